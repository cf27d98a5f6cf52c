"""REDIS_URL: whether it can be used, and whether what it says travels safely.

redis-py takes any option after the `?` as an argument of its connection (redis-py 8.1, `parse_url`), the host
among them, so only those that are listed here may stand there. What a URL means is decided by its text alone:
nothing is resolved, because a name's answer can be forged.
"""

import re
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pydantic import SecretStr

from envaccess.domain.health import Transport
from envaccess.domain.hosts import is_loopback
from envaccess.domain.store_address import Locating, StoreAddress, locating_of, read_address
from envaccess.settings.shapes import SettingValueError, split

_TEXT: Final = r".+"
_NUMBER: Final = r"\d{1,9}"
_SECONDS: Final = r"\d{1,9}(\.\d{1,9})?"
_YES_OR_NO: Final = r"(?i:true|false|yes|no|t|f|y|n|1|0)"
_NO: Final = frozenset({"0", "f", "false", "n", "no"})
_OPTIONS: Final = {
    "db": _NUMBER,
    "username": _TEXT,
    "password": _TEXT,
    "client_name": _TEXT,
    "health_check_interval": _NUMBER,
    "max_connections": _NUMBER,
    "socket_connect_timeout": _SECONDS,
    "socket_keepalive": _YES_OR_NO,
    "socket_timeout": _SECONDS,
    "ssl_ca_certs": _TEXT,
    "ssl_ca_data": _TEXT,
    "ssl_ca_path": _TEXT,
    "ssl_cert_reqs": "none|optional|required",
    "ssl_certfile": _TEXT,
    "ssl_check_hostname": _YES_OR_NO,
    "ssl_ciphers": _TEXT,
    "ssl_keyfile": _TEXT,
    "ssl_min_version": _NUMBER,
    "ssl_password": _TEXT,
}
_OWN_CA: Final = frozenset({"ssl_ca_certs", "ssl_ca_data", "ssl_ca_path"})
_FORMS: Final = {
    Locating.SENTINEL: "give redis+sentinel://HOST:26379,HOST,HOST/NAME with the name of the primary",
    Locating.CLUSTER: "give redis+cluster://HOST:6379,HOST,HOST",
}
_ENCODE = "write / ? # @ % and spaces in its password as %2F %3F %23 %40 %25 %20"


def check_redis_url(secret: SecretStr) -> SecretStr:
    """Check that an address of Redis is one that this version can use.

    Raises:
        ValueError: it is not, or it means something else than whoever wrote it had in mind.
    """
    url = secret.get_secret_value()
    if not re.match(r"rediss?(\+sentinel|\+cluster)?://|unix://([^/]*@)?/", url):
        raise ValueError
    if not re.fullmatch(r"[!-~]+", url) or "#" in url:
        raise SettingValueError(f"cannot be read: {_ENCODE}")
    address = _address(url)
    try:
        parts = split(address.url)
    except ValueError:
        raise SettingValueError(f"cannot be read: {_ENCODE}") from None
    _check_parts(parts)
    databases = parts.path[1:], *parse_qs(parts.query).get("db", ())
    if address.locating is Locating.CLUSTER and any(map(int, filter(None, databases))):
        raise SettingValueError("must name no database but 0: a cluster has no other")
    return secret


def _address(url: str) -> StoreAddress:
    """What it says. Raises `SettingValueError`."""
    locating = locating_of(url)
    try:
        return read_address(url)
    except ValueError:
        raise SettingValueError(f"cannot be read: {_FORMS.get(locating, _ENCODE)}") from None


def _check_parts(parts: SplitResult) -> None:
    """A stray `/` or `?` in a password moves the host: what follows then is no database and no option."""
    if parts.scheme != "unix" and not re.fullmatch(rf"(/({_NUMBER})?)?", parts.path):
        raise SettingValueError(f"must end with the number of a database, or nothing; {_ENCODE}")
    for name, values in parse_qs(parts.query, keep_blank_values=True).items():
        if not (name in _OPTIONS and len(values) == 1 and re.fullmatch(_OPTIONS[name], values[0])):
            raise SettingValueError(f"has an option after ? that is none, or is wrong; {_ENCODE}")
        if name.startswith("ssl_") and parts.scheme != "rediss":
            raise SettingValueError("has an option for TLS, which only rediss:// speaks")


def transport(url: str) -> Transport:
    """How what is said to this server travels; the URL was checked."""
    address = read_address(url)
    parts = urlsplit(address.url)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Transport(
        remote=address.remote
        or (parts.scheme != "unix" and parts.hostname is not None and not is_loopback(parts.hostname)),
        tls=parts.scheme == "rediss",
        verified=parts.scheme == "rediss" and _is_verified(options),
        password=bool(parts.password or options.get("password")),
    )


def names_cluster(secret: SecretStr | None) -> bool:
    """Whether the store is a cluster, no node of which knows all workspaces."""
    return secret is not None and locating_of(secret.get_secret_value()) is Locating.CLUSTER


def _is_verified(options: dict[str, str]) -> bool:
    """Whether somebody in between would be noticed: any certificate of a public authority is no proof."""
    if options.get("ssl_cert_reqs") == "none":
        return False
    return options.get("ssl_check_hostname", "1").lower() not in _NO or bool(_OWN_CA & options.keys())


def passwords(url: str) -> tuple[str, ...]:
    """The password as it is written and as it is sent, for the log to remove."""
    parts = urlsplit(url)
    written = [parts.password or "", *re.findall(r"(?:^|&)(?:ssl_|sentinel_)?password=([^&]*)", parts.query)]
    return tuple(text for found in written for text in (found, unquote(found)) if text)


def host_of(url: SecretStr | None) -> str:
    """By what name Redis is reached, the first of several; empty for a socket, and the embedded server."""
    return (urlsplit(url.get_secret_value()).hostname or "") if url else ""
