"""Where traces are sent, in the words that OpenTelemetry has for its environment variables."""

import re
from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from envaccess.settings.shapes import split

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_TEXT: Final = re.compile(r"[ -~]{0,4096}")


def check_collector(url: str) -> str:
    """Check the address of a collector; returns it without a slash at its end."""
    parts = split(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError
    if "?" in url or "#" in url or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError
    return url.rstrip("/")


def headers_of(headers: SecretStr) -> dict[str, str]:
    """`key=value,key=value`, values percent-encoded (*OTLP Exporter Configuration*), else `ValueError`."""
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, headers.get_secret_value().split(","))):
        name, equals, text = part.partition("=")
        said = unquote(text.strip(), errors="strict")
        if not (equals and _NAME.fullmatch(name.strip()) and _TEXT.fullmatch(said)):
            raise ValueError
        found[name.strip()] = said
    return found


def _check_headers(headers: SecretStr) -> SecretStr:
    headers_of(headers)
    return headers


Collector = Annotated[str, AfterValidator(check_collector)]
CollectorHeaders = Annotated[SecretStr, AfterValidator(_check_headers)]
Percent = Annotated[int, Field(ge=1, le=100)]


class TraceSettings(BaseSettings):
    """The part of the settings that is about traces.

    Attributes:
        traces_endpoint: a collector (OTLP over HTTP); None: none are recorded.
        traces_headers: that it wants, as `headers_of` reads them.
        traces_percent: how many of a hundred traces are recorded.
    """

    traces_endpoint: Collector | None = Field(
        None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="must be the http:// or https:// URL of a collector, such as http://127.0.0.1:4318",
    )
    traces_headers: CollectorHeaders = Field(
        SecretStr(""),
        validation_alias="OTEL_EXPORTER_OTLP_HEADERS",
        description="must be name=value, with commas between several; a value percent-encoded",
    )
    traces_percent: Percent = Field(
        100,
        validation_alias="ENVACCESS_TRACES_PERCENT",
        description="must be a whole number from 1 to 100: how many of a hundred traces are recorded",
    )
