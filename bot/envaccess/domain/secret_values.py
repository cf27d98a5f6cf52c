"""Whether a word could be a secret's value, or belongs to a sentence about one."""

import re
from typing import Final


def words(listed: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(listed.split())


_WORDS: Final = words(
    """
    a about access after again all already also alone always an and any anyone are argument arguments as
    at auth away bad base64 be because been before behind being below blank both but by can cannot
    changes check checks client cluster config could current default denied deploy dev did do does done
    down due during each empty env environment error errors ever every everyone everywhere exists
    expires expiry fails failure failures false file files first fix flag flags flow for format from
    gets gone good had has have header headers here hidden how human hygiene id if in incident incorrect
    input instead invalid is issue it its just key keys last later leak leaks length less local login
    logs long lost manager may me mfa mine mismatch missing more must my name names need needs never new
    next nil no nobody none not nothing now null of off old on once only open option options or other
    our out outage over owner page param parameter path plain plaintext please policy pool previous prod
    production prompt question rate read refresh release request required reset retry review revoke role
    rollout rotate rotates rotator same scope secret see server service set shall short should since
    some soon staging stale still stolen store support switch team test tests than that the their them
    then there these they this those ticket time timeout tls to today tokens tomorrow too true ttl
    unavailable undefined unknown unset until update upgrade urgent use used user users utf8 valid value
    values variable vault version very via wanted was we were what when where which who why will with
    without work works wrong x509 yes yesterday yet you your oauth oauth2 oauth1 openid sha1 sha256
    sha384 sha512 md5 argon2 argon2id bcrypt scrypt pbkdf2 ed25519 rsa2048 rsa4096 aes128 aes256 hs256
    1password utf8mb4 base64url sha3 pkcs1 pkcs8 pkcs12 hmac-sha256
    rs256 es256 ipv4 ipv6 http1 http2 http3 utf-8 base32 base58 k8s bearer basic digest token tokens
    password passwords changed changing deprecated deleted encrypted expected expired expiring failed
    failing generated hashed ignored leaked logged logging masked moved needed redacted rejected removed
    renamed renewed replaced reused revoked rotated rotating rotation rotations sealed shared unchanged
    unused updated vergessen abgelaufen fehlt falsch ungültig ist für nicht oublie perdu expire olvidada
    caducado olvidé esquecida vencida
    """
)
"""Words of sentences about secrets, and names that mix letters and digits."""
_ENDINGS: Final = tuple(
    words(
        """
        ing ed tion tions sion sions ment ments ity ance ence ness ure able ible ally ung ungen keit heit
        lich isch ieren iert
        """
    )
)
"""How words of sentences end, in English and German."""
_ORDINARY: Final = re.compile(
    r"""
      [A-Za-z]{1,12}-[0-9]{1,9} | \#[0-9]{1,9}            # a ticket
    | E[0-9]{3,5} | (?:ERR|AUTH|ORA|AADSTS|HTTP|SQL)[0-9]{3,9}
    | v?[0-9]{1,6}(?:[.:,/-][0-9x]{1,6}){0,4}[A-Za-z%+]{0,7}  # a number, a date
    | [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{4,12}Z?
    | [A-Z][A-Z0-9]*+(?:_[A-Z0-9]++)++                      # another variable's name
    | [A-Za-z]{1,10}/(?:[A-Za-z_]++|[a-z]{2}[0-9]) | [A-Z][A-Za-z]{0,15}[0-9]{1,2} | [a-z]{2}[0-9]
    | [a-z]{2,12}-[a-z]{2,12}-[0-9][a-z]?                   # a region
    """,
    re.VERBOSE | re.ASCII,
)
_CAMEL: Final = re.compile(r"[A-Z]{0,3}[a-z]++(?:[A-Z]{1,4}[a-z]++)*+[A-Z]{0,4}", re.ASCII)
"""`GitHubActions`."""
_REFERENCES: Final = (
    "$", "{", "<", "[", "(", "%", "*", "...", "..", "--", "#", "@", "&", "//", "\\",
    "http://", "https://", "op://", "vault:", "enc[", "arn:", "xxx",
    "os.", "process.", "env.", "secrets.", "var.", "!vault", "!ref", "!sub", "!getatt", "./", "../", "~/",
)  # fmt: skip
"""What stands for a value that is elsewhere."""
_ELSEWHERE: Final = re.compile(
    r"""
      /[a-z][\w-]{0,40}(?:/[\w.-]{1,60}){1,9}
    | (?:[a-z_]{1,30}\.){1,4}[a-z_]{0,30}(?:pass|passwd|password|pwd|secret|token|key)
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
"""A path, or another object's field: `config.password`."""
_CLOSING: Final = ".,;:!?)]}\"'`>"
_SYMBOLS: Final = frozenset("!@#$%^&*+=~")
_SHORT: Final = 3
_LONE: Final = 6
_NUMBER: Final = 6


def trimmed(word: str) -> str:
    """Without the sentence's punctuation behind it."""
    return word.rstrip(_CLOSING)


def is_value(word: str) -> bool:
    """Whether it could be a value at all: not a reference to one, not a word such as `expired`."""
    word = trimmed(word)
    lower = word.lower()
    if len(word) < _SHORT or lower in _WORDS or lower.startswith(_REFERENCES):
        return False
    return not _ELSEWHERE.fullmatch(word)


def is_mixed(word: str) -> bool:
    """Whether it is nothing that a sentence would have: letters with digits, or symbols."""
    word = trimmed(word)
    if not is_value(word) or _ORDINARY.fullmatch(word):
        return False
    letters, digits = any(map(str.isalpha, word)), any(map(str.isdigit, word))
    symbols = not _SYMBOLS.isdisjoint(word.rstrip("!"))
    if word.isalpha() and word.isascii():
        return len(word) >= _LONE and not (word.islower() or word.isupper() or _CAMEL.fullmatch(word))
    return (letters and (digits or symbols)) or (digits and symbols)


def is_plain(word: str) -> bool:
    """Whether it has letters and digits alone, as a value and no host's or release's name has."""
    return is_mixed(word) and trimmed(word).isalnum()


def is_number(word: str) -> bool:
    """Whether it is digits alone, too many to count something, and no date."""
    word = trimmed(word)
    return word.isdecimal() and len(word) >= _NUMBER and not word.startswith(("19", "20"))


def is_lone(word: str) -> bool:
    """Whether it could be a value that is a word, where no sentence goes on after it."""
    word = trimmed(word)
    plain = len(word) >= _LONE and word.isascii() and word.isalpha() and word[1:].islower()
    return plain and is_value(word) and not word.lower().endswith(_ENDINGS)
