"""A secret told in a sentence: `the root password on db1 is ...`, `mot de passe : ...`, `creds alice/...`.

Only what mixes letters and digits counts here: a sentence about a password has ordinary words.
"""

import re
from typing import Final

from envaccess.domain.secret_names import KINDS, announces
from envaccess.domain.secret_values import is_plain, trimmed, words

_PASSWORDS: Final = words(
    """
    password passwords passwd passwort kennwort passphrase passcode pwd pw contraseña contrasena senha
    wachtwoord hasło haslo пароль пароля parola heslo lösenord losenord adgangskode passord salasana jelszó
    şifre sifre mdp passe requirepass masterauth
    """
)
"""Words for a password; a value may follow at once."""
_OTHERS: Final = words(
    """
    pass clave token secret apikey токен секрет ключ jeton schlüssel geheimnis klucz chave clé llave
    """
)
"""Words that need a sign or a verb between them and a value."""
_PAIRS: Final = words(
    """
    creds credentials zugangsdaten identifiants credenciales logindaten user/pass user/password
    username/password login/password
    """
)
"""Words that a user's name and a password follow."""
_VERBS: Final = words(
    """
    : is was are ist lautet war est es era é é: foi to jest является это är is: value values は が 은 는 是
    """
)
_TOPICS: Final = words(
    """
    version versions id ids name names error errors mismatch failure failures failed reset resets policy
    rotation rotated hash length change changed expiry prompt field manager code count counts
    limit limits check type ttl lifetime event
    """
)
"""Words that say what else a sentence is about: `token error: ...`."""
_NAMED: Final = re.compile(
    r"""
      (?-i:[A-Z]{1,10}[0-9]{1,9})               # a code, a ticket
    | (?:user|kunde|customer|client|account|tenant|team|prod|dev|test|stage|staging|web|app
        |node|host|server|db|svc|pod)
      [0-9]{1,9}
    | [a-z]{2,10}[24][a-z]{2,10}                # `mail2user`
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_JOINED: Final = re.compile(
    r"(?:パスワード|暗証番号|トークン|密码|密碼|口令|비밀번호|암호)(?=(?:は|が|是|为|為|은|는)?[\s:=])"
)
"""Words of scripts that put no spaces between words."""
_SIGNS: Final = re.compile(r"(?:=>|->|→|\u2013|\u2014|:=|={1,3}|:(?!//))|(?<=\s)-(?=\s)")
_QUOTES: Final = "\"'`<>()[]{},;*_/"
_SENTENCE_ENDS: Final = (".", ";", "?", "!")
_FAR: Final = 5
"""Words between the noun and the value, at most."""
_LEAST: Final = 6
_LEAST_AFTER_SIGN: Final = 3


def tells_secret(text: str) -> bool:
    """Whether a sentence tells a value."""
    plain = _SIGNS.sub(" : ", _JOINED.sub(" password ", text))
    said = [word.strip(_QUOTES) or word for word in plain.split()]
    return any(_is_told(said, place) for place in range(len(said) - 1))


def _is_told(said: list[str], place: int) -> bool:
    """Whether a value follows the word at a place: at once, after a verb, or after a name."""
    noun, after = said[place].lower(), said[place + 1 : place + 2 + _FAR]
    if after[0].lower() in _TOPICS and after[1:2] != ["to"]:
        return False
    if noun in _PAIRS:
        return _has_pair(after)
    if noun in _PASSWORDS:
        return _is_strong(after[0]) or _after_verb(after)
    if noun in _OTHERS or (noun == "key" and place and said[place - 1].lower() in KINDS):
        return _after_verb(after[:3])
    return announces(said[place]) and (("_" in noun and _is_strong(after[0])) or _after_verb(after[:3]))


def _after_verb(after: list[str]) -> bool:
    """Whether a verb or a sign stands among these words, and a value right behind it."""
    for place, word in enumerate(after[:-1]):
        value = after[place + 1]
        if word.lower() in _VERBS and _is_strong(value, _LEAST_AFTER_SIGN if word == ":" else _LEAST):
            return True
        if word.endswith(_SENTENCE_ENDS):
            return False
    return False


def _has_pair(after: list[str]) -> bool:
    """Whether it begins as `alice/pass1`, `alice / pass1` or `: alice : pass1`."""
    parts = " ".join(after).replace("/", " : ").split()
    while parts and parts[0].lower() in _VERBS:
        parts = parts[1:]
    return len(parts) > len(("user", ":")) and parts[1] == ":" and _is_strong(parts[2])


def _is_strong(word: str, least: int = _LEAST) -> bool:
    word = trimmed(word)
    return is_plain(word) and len(word) >= least and not _NAMED.fullmatch(word)
