"""The words of machines and services: ids, claims, addresses, headers, calls. Each reader takes text."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from envaccess.domain.policy.services import AllowedCall
from envaccess.domain.variable import Variable, parse_variable
from envaccess.yaml_file.scalars import FieldError, read_text, read_words, shown

ISSUERS: Final = ("github", "gitlab")
"""Issuers that are named by a word."""
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
"""Asymmetric ones alone: with the others whoever checks a token could make one."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
VALUE: Final = "{value}"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)
_ID: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_ADDRESS: Final = re.compile(r"[!-~]{1,500}", re.ASCII)
_PERSON: Final = re.compile(r"[UW][A-Z0-9]{2,31}", re.ASCII)
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_FORMAT: Final = re.compile(r"[!-~](?:[ -~]{0,198}[!-~])?", re.ASCII)
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()+,;=:@*-]*)+", re.ASCII)
_NOT_THEIRS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that a connection has for itself (RFC 9110, 7.6.1), and those that decide where it leads."""
_CHECKED: Final = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})
"""Claims that are checked of every token, and differ from one to the next."""


def is_program_name(text: str) -> bool:
    """Whether a machine or a service may have this name."""
    return _NAME.fullmatch(text) is not None


def not_a_name(name: str, kind: str) -> tuple[str, str]:
    """What is said of a name that nobody may have."""
    return f"{shown(name)} is no name of a {kind}", "write small letters, digits, `-` and `_`, a letter first"


def read_ids(value: object) -> tuple[str, ...]:
    """Numbers that a platform never gives to another, as text."""
    return tuple(_id(word, place) for place, word in enumerate(read_words(value)))


def _id(word: str, place: int) -> str:
    if _ID.fullmatch(word):
        return word
    mend = "write the number that the platform shows, such as '456', without zeros before it"
    raise FieldError(f"{shown(word)} is no id", mend, place)


def read_texts(value: object) -> tuple[str, ...]:
    """Texts of which a claim must be one, exactly."""
    found = read_words(value)
    for place, word in enumerate(found):
        if "*" in word:
            raise FieldError(f"{shown(word)} is a pattern, and claims are exact", "write each one out", place)
    return found


def read_flags(value: object) -> tuple[str, ...]:
    """`true` or `false`, as the text that a claim has."""
    text = read_text(value, "true or false", "`true` or `false`")
    if text not in {"true", "false"}:
        raise FieldError(f"{shown(text)} is neither true nor false", "write `true` or `false`")
    return (text,)


def read_claims(value: object) -> dict[str, tuple[str, ...]]:
    """Exact claims, by name or by path."""
    if not isinstance(value, dict) or not value:
        raise FieldError("no claims stand here", "write them as a mapping: `{sub: ...}`")
    return {name: _claim(name, said) for name, said in value.items()}


def _claim(name: str, said: object) -> tuple[str, ...]:
    if name in _CHECKED:
        raise FieldError(f"{shown(name)} is checked of every token", "take it out")
    if isinstance(said, dict):
        raise FieldError(f"{shown(name)} holds claims of its own", f"write `{name}/...: ...` for each")
    try:
        return read_texts(said)
    except FieldError as error:
        raise FieldError(f"{shown(name)}: {error.problem}", error.mend) from None


def read_issuer(value: object) -> str:
    """`github`, `gitlab`, or the exact URL that tokens have as their `iss`."""
    text = read_text(value, "an issuer", "`github`, `gitlab` or the exact `iss` of its tokens")
    if text in ISSUERS:
        return text
    if "://" not in text:
        raise FieldError(
            f"{shown(text)} is no issuer", "write `github`, `gitlab` or the exact `iss` of its tokens"
        )
    _url(text)
    return text


def read_key_address(value: object) -> str:
    """Where an issuer's keys are fetched."""
    text = read_text(value, "an address", "such as https://HOST/.well-known/jwks")
    _url(text)
    return text


def read_key_file(value: object) -> str:
    """A file's whole path."""
    text = read_text(value, "a path", "such as /etc/envaccess/keys.json")
    if not text.startswith("/"):
        raise FieldError(f"{shown(text)} is no whole path", "begin it with `/`")
    return text


def read_person(value: object) -> str:
    """One Slack user id."""
    text = read_text(value, "a person", "an id such as U0ALICE")
    if not _PERSON.fullmatch(text):
        raise FieldError(f"{shown(text)} is no person's id", "write an id such as U0ALICE")
    return text


def read_base(value: object) -> str:
    """Where a service is, without a slash at its end."""
    text = read_text(value, "an address", "such as https://api.github.com")
    found = _url(text)
    path = found.path.removesuffix("/")
    if path and not _is_path(path):
        raise FieldError(f"{shown(path)} is no plain path", "write it without `%`, `..`, `//` and `*`")
    return f"{found.scheme}://{found.netloc.lower()}{path}"


def _is_path(path: str) -> bool:
    return bool(_PATH.fullmatch(path)) and "*" not in path and not _has_dots(path)


def _has_dots(path: str) -> bool:
    """Whether a path has parts of dots alone, which lead elsewhere, or none between two slashes."""
    return "//" in path or any(part and not part.strip(".") for part in path.split("/"))


def _url(text: str) -> SplitResult:
    """An address without credentials: https, or http to this machine alone. What it holds is not repeated."""
    try:
        found = urlsplit(text)
        host, port = found.hostname or "", found.port
    except ValueError:
        host, port, found = "", None, SplitResult("", "", "", "", "")
    if found.username is not None or found.password is not None:
        raise FieldError("it holds a user or a password", "take them out: anybody may read this file")
    if not _ADDRESS.fullmatch(text) or not host or port == 0 or "\\" in text:
        raise FieldError("this is no address", "write it as https://HOST/PATH")
    if "?" in text or "#" in text:
        raise FieldError("it has a query or a fragment", "write the address alone")
    if found.scheme != "https" and not (found.scheme == "http" and host in _LOOPBACK):
        raise FieldError("it is not https", "write https://; http is for this machine alone (127.0.0.1)")
    return found


def read_header(value: object) -> str:
    """A header that may carry a value."""
    text = read_text(value, "a header", "such as Authorization")
    if not _HEADER.fullmatch(text):
        raise FieldError(f"{shown(text)} is no header's name", "write one such as Authorization or X-Api-Key")
    if text.lower() in _NOT_THEIRS:
        raise FieldError(f"{shown(text)} is the connection's own", "name the header that carries the value")
    return text


def read_format(value: object) -> str:
    """What stands in the header, with one place for the value."""
    text = read_text(value, "a format", f"such as 'Bearer {VALUE}'")
    if text.count(VALUE) != 1:
        raise FieldError(f"it must have {VALUE} once", f"write it as 'Bearer {VALUE}'")
    if not _FORMAT.fullmatch(text):
        raise FieldError("it has characters that no header may have", f"write it as 'Bearer {VALUE}'")
    return text


def read_variable(value: object) -> Variable:
    """One variable, written out."""
    text = read_text(value, "a variable", "`environment/NAME`")
    found = parse_variable(text)
    if found is None:
        mend = "write `environment/NAME`, or `NAME` for the default environment"
        raise FieldError(f"{shown(text)} is no variable's name", mend)
    return found


def read_allowed(value: object) -> tuple[AllowedCall, ...]:
    """What may be called, each once."""
    return tuple(_allowed(line, place) for place, line in enumerate(read_words(value)))


def _allowed(line: str, place: int) -> AllowedCall:
    method, space, path = line.partition(" ")
    path = path.strip()
    if not space or method not in METHODS:
        mend = f"write `GET /path`, with one of {', '.join(METHODS)}"
        raise FieldError(f"{shown(line)} begins with no method", mend, place)
    if "?" in path or "#" in path:
        raise FieldError(
            f"{shown(line)}: only paths are looked at, no queries", "end it before the `?`", place
        )
    if not _PATH.fullmatch(path) or _has_dots(path):
        mend = "begin it with `/`, without `%`, `..` and `//`; `*` is within one part of it, `**` any number"
        raise FieldError(f"{shown(line)} has no plain path", mend, place)
    if any("**" in part and part != "**" for part in path.split("/")):
        raise FieldError(f"{shown(line)}: `**` stands for whole parts", "write `/**` or `/name*`", place)
    return AllowedCall(method, path)
