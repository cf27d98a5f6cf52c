"""The server's URL: https, or http on this machine alone, in one writing."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from envaccess.client.errors import ServerUrlError

_HTTPS, _HTTP = "https", "http"
_PORTS: Final = {_HTTPS: 443, _HTTP: 80}
_LOOPBACK: Final = re.compile(r"localhost|127(\.\d{1,3}){3}|::1|0{0,4}(:0{0,4}){0,6}:0{0,3}1", re.ASCII)
_WHOLE: Final = re.compile(r"[!-~]{1,300}")
_SAID: Final = "is https://HOST, or http:// on this machine alone"


def read_server_url(text: str) -> str:
    """The URL in its one writing, without a slash at its end; `https://` may be left out.

    Raises:
        ServerUrlError: anything else than https, with a password, a query, or blanks; it is not repeated.
    """
    text = text.strip()
    parts = _split(text if "://" in text else f"{_HTTPS}://{text}")
    if not _WHOLE.fullmatch(text) or parts is None or not parts.hostname:
        raise ServerUrlError(f"This is no URL of a server (nor is it repeated here): it {_SAID}.")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ServerUrlError(f"The URL of a server has no password, `?` or `#`: it {_SAID}.")
    if parts.scheme != _HTTPS and not (parts.scheme == _HTTP and is_loopback(parts.hostname)):
        raise ServerUrlError(f"A session is sent to no server in the clear: the URL {_SAID}.")
    return _written(parts)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its text alone: a name's answer can be forged."""
    return _LOOPBACK.fullmatch(host) is not None


def port_of(parts: SplitResult) -> int:
    """The port that a URL means."""
    return parts.port or _PORTS[parts.scheme]


def _written(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if port_of(parts) == _PORTS[parts.scheme] else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        known = parts.port != 0
    except ValueError:
        return None
    return parts if known else None
