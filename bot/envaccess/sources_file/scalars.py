"""The words of `sources.yml`: credentials, addresses, templates. A reader raises `FieldError`."""

import base64
import binascii
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, InstanceOf, ValidationInfo, WithJsonSchema

from envaccess.domain.hosts import is_loopback
from envaccess.domain.sources.specs import Credential
from envaccess.domain.sources.templates import LONGEST, OF_VARIABLES, has_stray_brace, holes_in, is_ambiguous
from envaccess.yaml_file.scalars import TEXT, FieldError, near, read_text, shown

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
SOURCE_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_OURS: Final = ("ENVACCESS_", "SLACK_")
"""How names of our own settings begin: who writes this file should not be able to send master keys away."""
WEBHOOK_SECRET: Final = "whsec_"  # noqa: S105 - what such a secret begins with
_CREDENTIAL_MEND: Final = (
    "write `env:NAME` for a variable of the bot's environment, or `file:/path` for a file"
)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where credentials are looked up.

    Attributes:
        environment: the value of a variable of the bot's environment; None where there is none.
        file: the text of a file. Raises `OSError`, `ValueError`.
        missing_ok: whether one that is not here is no fault: the file is checked elsewhere than it is used.
    """

    environment: Callable[[str], str | None]
    file: Callable[[str], str]
    missing_ok: bool = False


def _credential(value: object, info: ValidationInfo) -> Credential:
    text = read_text(value, "where a credential is", "`env:NAME` or `file:/path`")
    where, _, rest = text.partition(":")
    if where == "env" and (rest.startswith(_OURS) or rest == "REDIS_URL"):
        problem = f"{rest} is a setting of envaccess itself, which goes to no source"
        raise FieldError(problem, "give the source a credential of its own, under another name")
    if where == "env" and _VARIABLE.fullmatch(rest):
        return Credential(_looked_up(info, rest, ""))
    if where == "file" and rest.startswith("/"):
        lookup = info.context
        assert isinstance(lookup, Lookup)
        return Credential(_looked_up(info, "", rest), rest, lookup.file)
    # What stands there may be the secret itself: it is not repeated.
    if where == "env" and rest:
        raise FieldError(
            "this is no name of a variable, and a credential never stands in this file",
            "write `env:` and its name: letters, digits and `_`",
        )
    if where == "file" and rest:
        raise FieldError(
            "this is no path from / on, and a credential never stands in this file",
            "write `file:` and the whole path",
        )
    raise FieldError("a credential never stands in this file", _CREDENTIAL_MEND)


def _looked_up(info: ValidationInfo, name: str, path: str) -> str:
    lookup = info.context
    assert isinstance(lookup, Lookup)
    what = f"the environment has no {name}" if name else "that file"
    mend = f"set {name} where the bot runs" if name else "check the path and who may read it"
    try:
        found = (lookup.environment(name) or "") if name else lookup.file(path)
    except (OSError, ValueError) as error:
        if lookup.missing_ok and isinstance(error, FileNotFoundError):
            return ""
        raise FieldError(f"{what} cannot be read ({_why(error)})", mend) from None
    text = found.strip()
    if text or lookup.missing_ok:
        return text
    if name and not found:
        raise FieldError(what, mend)
    raise FieldError(f"{name or what} is empty", "put into it what belongs there")


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return (error.strerror if isinstance(error, OSError) else str(error)) or "no reason"


def _one_line(value: object, info: ValidationInfo) -> Credential:
    found = _credential(value, info)
    if found.text and not (found.text.isprintable() and found.text.isascii()):
        raise FieldError("what stands there is not one line of ASCII", "store the credential alone in it")
    return found


def _webhook_secret(value: object, info: ValidationInfo) -> Credential:
    found = _credential(value, info)
    try:
        sound = bool(base64.b64decode(found.text.removeprefix(WEBHOOK_SECRET), validate=True))
    except (ValueError, binascii.Error):
        sound = False
    if found.text and not (sound and found.text.startswith(WEBHOOK_SECRET)):
        raise FieldError(
            "a webhook's secret is `whsec_` and base64", "make one as docs/reference/sources.md says"
        )
    return found


def _certificates(value: object, info: ValidationInfo) -> str:
    path = read_text(value, "the path of a file", "`/path`")
    if not path.startswith("/"):
        raise FieldError(f"{shown(path)} is no path from / on", "write the whole path")
    text = _looked_up(info, "", path)
    try:
        if text:
            ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        raise FieldError("that file holds no certificates", "name a file with certificates in PEM") from None
    return text


def read_address(value: object) -> str:
    """A URL of https, or of http on this machine; without a slash at its end."""
    text = read_text(value, "an address", "such as `https://vault.internal`")
    mend = "write `https://...` (`http://` for this machine only), without a password, `?` or `#`"
    try:
        parts = urlsplit(text)
        plain = parts.scheme == "http" and is_loopback(parts.hostname)
        sound = bool(parts.hostname) and (parts.scheme == "https" or plain) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or "@" in parts.netloc or set("?#{}\\ ") & set(text) or not text.isprintable():
        raise FieldError("this is no address that can be called", mend)
    return text.rstrip("/")


def _unquoted(value: object) -> str:
    """How to write `{name}`, which without quotes is a mapping of YAML's; empty where that is not it."""
    if isinstance(value, dict) and len(value) == 1 and "" in value.values():
        return f"it in quotes: `'{{{shown(next(iter(value))).strip('`')}}}'`"
    return ""


def template(*more: str) -> Callable[[object], str]:
    """A reader of an option with `{name}` and `{environment}`, and these, which its source fills in."""
    known = (*OF_VARIABLES, *more)

    def read(value: object) -> str:
        text = read_text(value, "a text", _unquoted(value) or "a text")
        if len(text) > LONGEST:
            raise FieldError(f"it has {len(text)} characters", f"write at most {LONGEST}")
        if not text.isprintable():
            raise FieldError(
                "a character stands here that nobody sees", "write the text without it, on one line"
            )
        listed = " and ".join(f"`{{{one}}}`" for one in known)
        for one in holes_in(text):
            if one not in known:
                raise FieldError(
                    f"nothing is filled in for `{{{one}}}`", near(one, known, f"there are {listed}")
                )
        if has_stray_brace(text):
            raise FieldError("a brace stands here that belongs to no name", f"there are {listed}")
        if is_ambiguous(text):
            problem = "`{environment}` and `{name}` run together: two variables could be one secret"
            raise FieldError(problem, "put a `/` between them")
        return text

    return read


_OF_LOGINS: Final = ("user", "password")
_fill_login = template(*_OF_LOGINS)


def check_login(text: str) -> None:
    """Refuse a URL with which nobody could log in. Raises `FieldError`."""
    missing = [f"`{{{one}}}`" for one in _OF_LOGINS if one not in holes_in(text)]
    if missing:
        mend = "write such as `postgresql://{user}:{password}@db.internal/app`"
        raise FieldError(f"without {' and '.join(missing)} in it nobody could log in", mend)


def _login_url(value: object) -> str:
    text = _fill_login(value)
    check_login(text)
    return text


def read_source_name(value: object) -> str:
    """The name of a source, as rules say it."""
    text = read_text(value, "the name of a source", "one of `sources`, or `sealed`")
    if not SOURCE_NAME.fullmatch(text):
        raise FieldError(f"{shown(text)} is no name of a source", "write small letters, digits, `-` and `_`")
    return text


_CREDENTIAL_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$",
}
Secret = Annotated[InstanceOf[Credential], BeforeValidator(_one_line), WithJsonSchema(_CREDENTIAL_SCHEMA)]
"""`env:NAME` or `file:/path`: one line of ASCII."""
SecretText = Annotated[
    InstanceOf[Credential], BeforeValidator(_credential), WithJsonSchema(_CREDENTIAL_SCHEMA)
]
"""The same, of several lines: a key file."""
WebhookSecret = Annotated[
    InstanceOf[Credential], BeforeValidator(_webhook_secret), WithJsonSchema(_CREDENTIAL_SCHEMA)
]
Certificates = Annotated[
    str, BeforeValidator(_certificates), WithJsonSchema({"type": "string", "pattern": "^/.+"})
]
"""The path of a file with certificates (PEM); what is kept is its text."""
Address = Annotated[str, BeforeValidator(read_address), WithJsonSchema({"type": "string", "format": "uri"})]
Option = Annotated[str, BeforeValidator(template()), WithJsonSchema(TEXT)]
"""What may hold `{name}` and `{environment}`."""
LoginUrl = Annotated[
    str,
    BeforeValidator(_login_url),
    WithJsonSchema({**TEXT, "examples": ["postgresql://{user}:{password}@db.internal/app"]}),
]
"""The same, and `{user}` and `{password}`, which the source fills in, quoted for a URL."""
SourceName = Annotated[str, BeforeValidator(read_source_name), WithJsonSchema(TEXT)]
