"""What the tools take. A program fills these in, after text that it has read somewhere: all is checked."""

import base64
import binascii
import re
from typing import Annotated, Final, Literal, Self
from urllib.parse import quote, unquote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from envaccess.domain.variable import parse_variable

NAMES_MOST: Final = 50
BODY_MOST: Final = 1_048_576
"""Characters of what is sent to a service."""
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
"""A header's name (RFC 9110, 5.6.2)."""
_LINE: Final = re.compile(r"[\t\x20-\x7e]*")
_FRAMING: Final = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "te", "trailer"),
        *("transfer-encoding", "upgrade", "accept-encoding"),
    }
)
"""Headers that say where a message ends or whom it is for: who writes the message says so."""
_PATH: Final = r"^/[!$-;=@-~]*$"
"""Visible ASCII as it is sent: no blank, no `?`, no `#`."""


def _variable(text: str) -> str:
    if parse_variable(text) is None:
        raise ValueError("must be NAME or environment/NAME, of letters, digits and _")
    return text


def _without_dots(path: str) -> str:
    if "\\" in path or any(unquote(part) in {".", ".."} for part in path.split("/")):
        raise ValueError("must have no `.`, no `..` and no backslash: write the path that is meant")
    return path


def _headers(found: dict[str, str]) -> dict[str, str]:
    for name, value in found.items():
        if not _TOKEN.fullmatch(name) or not _LINE.fullmatch(value):
            raise ValueError("must be names of HTTP headers, each with one line of ASCII")
        if name.lower() in _FRAMING:
            raise ValueError(f"must not have {', '.join(sorted(_FRAMING))}: they are set for you")
    return found


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    return text


class ToolInput(BaseModel):
    """The base of these: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class NoInput(ToolInput):
    """Nothing is taken."""


class AccessInput(ToolInput):
    """What is asked for."""

    variables: Annotated[
        tuple[Annotated[str, Field(max_length=200), AfterValidator(_variable)], ...],
        Field(min_length=1, max_length=NAMES_MOST, strict=False),
    ] = Field(description="Names as list_variables tells them, such as production/GITHUB_TOKEN.")
    duration: str = Field(
        pattern=r"^[0-9a-z]{1,16}$", description="How long: 15m, 1h, 1h30m. The shortest that does."
    )
    reason: str = Field(
        min_length=3, max_length=500, description="What it is for, in a sentence for the people who decide."
    )


class RequestInput(ToolInput):
    """Which request."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The id that request_access returned.")


class CallInput(ToolInput):
    """One call of a service."""

    service: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="A service that list_variables tells."
    )
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        description="The method of HTTP."
    )
    path: Annotated[str, AfterValidator(_without_dots)] = Field(
        pattern=_PATH,
        max_length=4096,
        description="The path below the service's base, percent-encoded, such as /repos/acme/shop/issues.",
    )
    query: dict[str, str] = Field(
        default_factory=dict, description="Parameters of the query, not percent-encoded."
    )
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        default_factory=dict,
        max_length=64,
        description="Headers, such as Content-Type. The one with the credential is set for you.",
    )
    body: str | None = Field(default=None, max_length=BODY_MOST, description="The body as text.")
    body_base64: Annotated[str, AfterValidator(_base64)] | None = Field(
        default=None, max_length=BODY_MOST, description="The body as base64, if it is no text."
    )

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.body_base64 is not None:
            raise ValueError("there must be one body at most: body or body_base64")
        return self

    @property
    def target(self) -> str:
        """Path and query, as they are sent."""
        pairs = (f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query.items())
        return self.path + ("?" + "&".join(pairs) if self.query else "")

    @property
    def content(self) -> bytes | None:
        """The body's bytes; None for no body."""
        if self.body_base64 is not None:
            return base64.b64decode(self.body_base64)
        return None if self.body is None else self.body.encode()
