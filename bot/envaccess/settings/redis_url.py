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
_ENCODE = "write / ? # @ % and spaces in its password as %2F %3F %23 %40 %25 %20"


def check_redis_url(secret: SecretStr) -> SecretStr:
    """Check that an address of Redis is one that this version can use.

    Raises:
        ValueError: it is not, or it means something else than whoever wrote it had in mind.
    """
    url = secret.get_secret_value()
    if url.startswith(("redis+sentinel://", "redis+cluster://")):
        raise SettingValueError("names Sentinel or Cluster, which this version cannot use: name one server")
    if not re.match(r"rediss?://|unix://([^/]*@)?/", url):
        raise ValueError
    if not re.fullmatch(r"[!-~]+", url) or "#" in url:
        raise SettingValueError(f"cannot be read: {_ENCODE}")
    try:
        parts = split(url)
    except ValueError:
        raise SettingValueError(f"cannot be read: {_ENCODE}") from None
    _check_parts(parts)
    return secret


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
    parts = urlsplit(url)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Transport(
        remote=parts.scheme != "unix" and parts.hostname is not None and not is_loopback(parts.hostname),
        tls=parts.scheme == "rediss",
        verified=parts.scheme == "rediss" and _is_verified(options),
        password=bool(parts.password or options.get("password")),
    )


def _is_verified(options: dict[str, str]) -> bool:
    """Whether somebody in between would be noticed: any certificate of a public authority is no proof."""
    if options.get("ssl_cert_reqs") == "none":
        return False
    return options.get("ssl_check_hostname", "1").lower() not in _NO or bool(_OWN_CA & options.keys())


def passwords(url: str) -> tuple[str, ...]:
    """The password as it is written and as it is sent, for the log to remove."""
    parts = urlsplit(url)
    written = [parts.password or "", *re.findall(r"(?:^|&)(?:ssl_)?password=([^&]*)", parts.query)]
    return tuple(text for found in written for text in (found, unquote(found)) if text)
