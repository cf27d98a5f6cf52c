"""What gives a secret away by what stands before it: `DB_PASSWORD=...`, `Bearer ...`, `mysql -p...`.

A word that announces a secret also stands in sentences about it ("password: the reset flow is broken"), so
the word that follows is judged too.
"""

import base64
import binascii
import re
from typing import Final

from envaccess.domain.secret_commands import runs_with_password
from envaccess.domain.secret_names import announces, counts
from envaccess.domain.secret_phrases import tells_secret
from envaccess.domain.secret_values import is_lone, is_mixed, is_number, is_plain, is_value, trimmed, words

_ASSIGNED: Final = re.compile(
    r"""
    (?<![\w.$-]) (?P<dashes>-{0,2}+) (?P<key>\w[\w.-]*+) ["'`\])]{0,2}
    (?P<sign>>(?=\S) | [ ]{0,2}(?::=|=>|={1,3}|->|:(?!//))[ ]{0,2} | [ ](?i:is|was):?[ ] | [ ])
    (?P<open>["'`]?) (?=(?P<value>[^\s"'`<>]{3,40}))
    """,
    re.VERBOSE,
)
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


def assigns_secret(text: str) -> bool:
    """Whether a value is given to what announces a secret."""
    if _IDENTIFIED.search(text) or _AT_A_HOST.search(text) or runs_with_password(text) or tells_secret(text):
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
    if scheme not in _SCHEMES or found["dashes"]:
        return False
    if found["sign"] != " ":
        return scheme == "bearer" and len(value) >= _TOLD and is_mixed(value)
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
    if value.isdecimal() and counts(key):
        return False
    if not announces(key):
        return sign == "=" and key.upper().endswith("_KEY") and len(value) >= _TOLD and is_plain(value)
    if found["dashes"] == "--" and (not sign or key.lower() == "secret"):
        return _is_given_by_flag(key, value)
    if not sign:
        quoted = bool(found["open"]) and is_mixed(value)
        return quoted or ("_" in key and len(value) >= _LONG and is_plain(value))
    if sign.startswith(("is", "was")):
        return len(trimmed(value)) >= _IS_LEAST and is_plain(value)
    return _after_sign(found, sign, text)


def _after_sign(found: re.Match[str], sign: str, text: str) -> bool:
    if sign == ":":
        return _after_colon(found, text)
    is_arrow = sign in {"->", "=>"} and not found["open"]  # `password -> SSO`
    return is_mixed(found["value"]) if is_arrow else is_value(found["value"])


def _is_given_by_flag(key: str, value: str) -> bool:
    """`--secret=payments-db` is the name of one."""
    return not value.startswith("-") and (is_mixed(value) if key.lower() == "secret" else is_value(value))


_IS_LEAST: Final = 6


def _after_colon(found: re.Match[str], text: str) -> bool:
    """A sentence may follow a colon: an ordinary word is a value only where nothing comes after it."""
    value, end = found["value"], found.end() + len(found["value"])
    if is_mixed(value):
        return True
    if len(value) < _SHORT_VALUE:
        return False
    if is_number(value) or (found["open"] and text[end : end + 1] == found["open"] and is_value(value)):
        return True
    return _takes_words(found["key"]) and is_lone(value) and not text[end:].strip(" .,;!\"'`)}]")


def _takes_words(key: str) -> bool:
    """Whether a word is a value after it: a token is none, and `secret: kubernetes` is a sentence."""
    return "_" in key or "pass" in key.lower() or key.lower().startswith(("pwd", "x-"))
