"""What a setting must look like: checks that raise `ValueError` and never repeat the bad value."""

import base64
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretBytes, SecretStr

from envaccess.domain.hosts import is_loopback
from envaccess.domain.text import whole_number

T = TypeVar("T")

BOT_TOKEN = re.compile(r"xoxb-[A-Za-z0-9-]+")
APP_TOKEN = re.compile(r"xapp-[A-Za-z0-9-]+")
SIGNING_SECRET = re.compile(r"(?!xox|xapp)[!-~]+")
CLIENT_SECRET = SIGNING_SECRET
_PORT_LAST = 65_535
_KEY_BYTES = 32  # AES-256
_KEY_TEXT = re.compile(r"[A-Za-z0-9_-]{43}=?")  # 32 bytes in urlsafe base64, with or without its padding


class SettingValueError(ValueError):
    """A mend that says more than the field's description; its text holds nothing of the bad value."""


def shaped(pattern: re.Pattern[str]) -> Callable[[SecretStr], SecretStr]:
    """Make a check that the whole secret fits `pattern`."""

    def check(secret: SecretStr) -> SecretStr:
        if not pattern.fullmatch(secret.get_secret_value()):
            raise ValueError
        return secret

    return check


def split_keys(keys: object) -> object:
    """Comma-separated text to the keys' bytes; what is no text is left to pydantic."""
    if not isinstance(keys, str):
        return keys
    return tuple(_decode_key(part.strip()) for part in keys.split(",") if part.strip())


def _decode_key(text: str) -> bytes:
    if not _KEY_TEXT.fullmatch(text):
        raise ValueError
    return base64.urlsafe_b64decode(text.rstrip("=") + "=")


def check_key(key: SecretBytes) -> SecretBytes:
    """Check that a master key has 32 bytes."""
    if len(key.get_secret_value()) != _KEY_BYTES:
        raise ValueError
    return key


def read_by(read: Callable[[str], T | None]) -> Callable[[object], object]:
    """Make a reading of text; what is no text is left to pydantic.

    Args:
        read: what a text stands for; None where it stands for nothing.
    """

    def check(text: object) -> object:
        if not isinstance(text, str):
            return text
        found = read(text)
        if found is None:
            raise ValueError
        return found

    return check


def split(url: str) -> SplitResult:
    """Split a URL; ValueError when it has no valid form (`urlsplit` looks at the port only when asked)."""
    parts = urlsplit(url)
    if parts.port == 0:
        raise ValueError
    return parts


def check_api_url(url: str) -> str:
    """Check the base of the Web API; returns it with a slash at its end."""
    parts = split(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not (safe and parts.hostname) or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError
    return url if url.endswith("/") else url + "/"


def check_origin(url: str) -> str:
    """Check our own address; returns it in small letters, without a usual port or a slash at its end."""
    try:
        parts = split(url)
    except ValueError:
        raise SettingValueError("is no valid URL: give one such as https://envaccess.example.com") from None
    if parts.path not in {"", "/"}:
        raise SettingValueError(
            "must have no path: give the API a host of its own, without anything after it"
        )
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not (safe and parts.hostname) or "?" in url or "#" in url or "@" in parts.netloc:
        raise ValueError
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if not re.fullmatch(r"[a-z0-9.:\[\]-]+", host):
        raise ValueError
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port and parts.port != usual else "")


def make_absolute(path: Path) -> Path:
    """A path without `~`, from the root."""
    try:
        return path.expanduser().absolute()
    except RuntimeError:  # `~nobody`, whom this machine does not know
        raise ValueError from None


def ignore_relative(path: Path | None) -> Path | None:
    """As the XDG base directory specification asks: a relative path is invalid and is ignored."""
    return path if path and path.is_absolute() else None


def check_listen(host: str) -> str:
    """Check an address to listen on, and give it as sockets take it."""
    if host == "localhost":
        return "127.0.0.1"
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    address = ip_address(bare)
    if address.is_multicast or (bare != host and address.version == 4):  # noqa: PLR2004 (IPv4)
        raise ValueError
    return str(address)


def split_listen(text: object) -> object:
    """An address and a port, `ADDRESS:PORT`; IPv6 in brackets. What is no text is left to pydantic."""
    if not isinstance(text, str):
        return text
    host, _, port = text.rpartition(":")
    number = whole_number(port)
    if not number or number > _PORT_LAST or (":" in host and not host.startswith("[")):
        raise ValueError
    return check_listen(host), number


def split_networks(text: object) -> object:
    """Comma-separated addresses and networks; what is no text is left to pydantic."""
    if not isinstance(text, str):
        return text
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
