"""What gives a secret away by what stands before it: `DB_PASSWORD=...`, `Bearer ...`, `mysql -p...`.

A word that announces a secret also stands in sentences about it ("password: the reset flow is broken"), so
the word that follows is judged too.
"""

import base64
import binascii
import itertools
import re
from dataclasses import dataclass
from typing import Final

from bot.domain.secret_values import is_lone, is_mixed, is_number, is_plain, is_value, trimmed, words

_ASSIGNED: Final = re.compile(
    r"""
    (?<![\w.$-]) (?P<dashes>-{0,2}+) (?P<key>\w[\w.-]*+) ["'`\])]{0,2}
    (?P<sign>>(?=\S) | [ ]{0,2}(?::=|=>|={1,3}|->|:(?!//))[ ]{0,2} | [ ](?i:is|was):?[ ] | [ ])
    (?P<open>["'`]?) (?=(?P<value>[^\s"'`<>]{3,40}))
    """,
    re.VERBOSE,
)
_PARTS: Final = re.compile(r"[A-Z]?[a-z\u00df-\u00ff]++|[A-Z]++")
_SECRETS: Final = words(
    """
    password passwords passwd passwort kennwort passphrase passcode pwd secret secrets token tokens
    apikey accesskey secretkey privatekey authtoken authkey authorization credential credentials creds
    contraseña contrasena senha wachtwoord
    """
)
"""Parts of a name that announce a secret."""
_TAILS: Final = ("password", "passwd", "passphrase", "secret", "token", "apikey")
"""How a part may end that has more before it: `PGPASSWORD`."""
_SHORTENED: Final = words(
    """
    pass pw auth pat
    """
)
"""The same in an identifier (`DB_PASS`); alone they are ordinary words."""
_KINDS: Final = words(
    """
    api access secret private auth account service client signing encryption encrypt master license
    licence shared storage session hmac webhook admin root deploy app application ssh db database server
    consumer
    """
)
"""What stands before `key` where it is one to keep: a sort key is none."""
_ABOUT: Final = words(
    """
    name names url uri path file files dir ttl length len min max count id ids type policy bucket
    version reset rotation expiry expires expiration age days hours minutes seconds limit format enabled
    disabled required manager store storage field column arn endpoint host header provider
    """
)
"""Last parts of names that only tell about a secret: `TOKEN_URL`."""
_SCHEMES: Final = words(
    """
    bearer basic token digest apikey negotiate bot
    """
)
_IDENTIFIED: Final = re.compile(r"\bidentified (?:with \w{1,40} )?(?:by|as) [\"']?[^\s\"']{3}", re.IGNORECASE)
_AT_A_HOST: Final = re.compile(
    r"(?<![\w.:@/%+-])[\w.%+-]++:(?=[^\s:@/]{0,30}\d)(?=[^\s:@/]{0,30}[A-Za-z])[^\s:@/]{6,40}@(?!sha)\w",
    re.ASCII,
)
_LONG: Final = 16
_TOLD: Final = 8


@dataclass(frozen=True, slots=True)
class _Tool:
    """How a command is given a password.

    Attributes:
        flags: the flag; the value is glued to it, or the next word.
        glued: only a glued one counts, since the next word is something else.
        after: a word that must have stood before (`docker login`).
        pair: the value is `user:password`.
    """

    flags: tuple[str, ...]
    glued: bool = False
    after: str = ""
    pair: str = ""


_TOOLS: Final = {
    **dict.fromkeys(
        words("mysql mysqldump mysqladmin mysqlimport mariadb mariadb-dump mycli"), _Tool(("-p",), True)
    ),
    **dict.fromkeys(words("sshpass mongo mongosh mongodump mongorestore 7z"), _Tool(("-p",))),
    **dict.fromkeys(words("docker podman helm az oc skopeo"), _Tool(("-p",), after="login")),
    **dict.fromkeys(words("redis-cli valkey-cli"), _Tool(("-a", "--pass"))),
    **dict.fromkeys(words("sqlcmd bcp zip unzip"), _Tool(("-P",))),
    **dict.fromkeys(words("ldapsearch ldapadd ldapmodify ldapwhoami"), _Tool(("-w",))),
    **dict.fromkeys(words("curl wget http https"), _Tool(("-u", "--user", "-a", "--proxy-user"), pair=":")),
    "smbclient": _Tool(("-U",), pair="%"),
    "openssl": _Tool(("-passin", "-passout", "-pass"), pair=":"),
}


def assigns_secret(text: str) -> bool:
    """Whether a value is given to what announces a secret."""
    if _IDENTIFIED.search(text) or _AT_A_HOST.search(text) or _runs_with_password(text):
        return True
    scheme_follows = False
    for found in _ASSIGNED.finditer(text):
        if _in_header(found, told=scheme_follows) or _is_assigned(found, text):
            return True
        sign, value = found["sign"].strip(), found["value"].lower()
        scheme_follows = sign == ":" and value in _SCHEMES
    return False


def _in_header(found: re.Match[str], *, told: bool) -> bool:
    """`Bearer ...`, `Basic ...`; after `Authorization:` a plain word is enough."""
    scheme, value = found["key"].lower(), trimmed(found["value"])
    if found["sign"] != " " or scheme not in _SCHEMES or found["dashes"]:
        return False
    if told:
        return len(value) >= _SHORT_VALUE and is_value(value)
    if scheme == "basic":
        return _is_user_and_password(value)
    return scheme == "bearer" and len(value) >= _TOLD and is_mixed(value)


_SHORT_VALUE: Final = 4


def _is_user_and_password(word: str) -> bool:
    """Whether it is base64 of `user:password`."""
    try:
        plain = base64.b64decode(word[: len(word) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in plain and plain.isascii() and plain.decode().isprintable()


def _is_assigned(found: re.Match[str], text: str) -> bool:
    key, sign, value = found["key"], found["sign"].strip().lower(), found["value"]
    if not _announces(key):
        return sign == "=" and key.upper().endswith("_KEY") and len(value) >= _TOLD and is_plain(value)
    if found["dashes"] == "--" and not sign:
        return not value.startswith("-") and is_value(value)
    if not sign:
        quoted = bool(found["open"]) and is_mixed(value)
        return quoted or ("_" in key and len(value) >= _LONG and is_plain(value))
    if sign.startswith(("is", "was")):
        return len(trimmed(value)) >= _IS_LEAST and is_plain(value)
    if sign.startswith("=") or sign in {":=", "->", ">"}:
        return is_value(value)
    return _after_colon(found, text)


_IS_LEAST: Final = 6


def _after_colon(found: re.Match[str], text: str) -> bool:
    """A sentence may follow a colon: an ordinary word is a value only where nothing comes after it."""
    value, end = found["value"], found.end() + len(found["value"])
    if len(value) < _SHORT_VALUE:
        return False
    if (
        is_mixed(value)
        or is_number(value)
        or (found["open"] and text[end : end + 1] == found["open"] and is_value(value))
    ):
        return True
    return _takes_words(found["key"]) and is_lone(value) and not text[end:].strip(" .,;!\"'`)}]")


def _takes_words(key: str) -> bool:
    """Whether a word is a value after it: a token is none, and `secret: kubernetes` is a sentence."""
    return "_" in key or "pass" in key.lower() or key.lower() == "pwd"


def _announces(key: str) -> bool:
    """Whether a name is a secret's: `STRIPE_SECRET_KEY`, `dbPassword`, `api-key`."""
    parts = [part.lower() for part in _PARTS.findall(key)]
    if not parts or parts[-1] in _ABOUT:
        return False
    if (
        not _SECRETS.isdisjoint(parts)
        or parts[-1].endswith(_TAILS)
        or (len(parts) > 1 and not _SHORTENED.isdisjoint(parts))
    ):
        return True
    pairs = itertools.pairwise(parts)
    return any(kind in _KINDS and word in {"key", "keys"} for kind, word in pairs)


def _runs_with_password(text: str) -> bool:
    """Whether a command line holds a password: `mysql -pS3cr3t`, `curl -u user:pass`."""
    tool, seen, before = None, set[str](), ""
    for word in text.split():
        bare = word.strip("`'\"($")
        tool = _TOOLS.get(bare.rpartition("/")[2].lower(), tool)
        if tool and (not tool.after or tool.after in seen) and _gives(tool, before, word.strip("`")):
            return True
        seen.add(bare)
        before = bare
    return False


def _gives(tool: _Tool, before: str, word: str) -> bool:
    given = "" if tool.glued or before not in tool.flags else word
    for flag in tool.flags:
        if word.startswith(flag) and len(word) > len(flag):
            given = word[len(flag) :].removeprefix("=")
    given = given.strip("'\"")
    if tool.pair:
        _, between, given = given.partition(tool.pair)
        return bool(between) and bool(trimmed(given)) and not given.startswith(("$", "<", "{"))
    return is_value(given) and not given.startswith("-")
