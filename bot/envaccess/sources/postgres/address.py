"""Where a DSN leads, without what proves who we are. No sentence here quotes any part of a DSN."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

_DEFAULT_PORT: Final = "5432"
_UNDERSTOOD: Final = frozenset({
    "host", "port", "dbname", "database", "user", "password", "passfile", "sslmode", "sslcert", "sslkey",
    "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation", "ssl_min_protocol_version",
    "ssl_max_protocol_version", "target_session_attrs", "krbsrvname", "gsslib", "application_name",
})  # fmt: skip
"""What the driver takes or the server knows; another would be sent to the server, which refuses it."""
_CHECKED: Final = ("verify-ca", "verify-full")
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")


class DsnError(ValueError):
    """A DSN that leads nowhere; its sentence holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a DSN leads.

    Attributes:
        host: a name, an address, the folder of a unix socket, or several of them with commas.
        port: in digits; of several hosts, as many of them.
        database: what the session is opened in.
        user: who the session is; empty where the DSN leaves it out.
        sslmode: as it is written; empty where it is left out.
        files: of certificates and keys.
    """

    host: str
    port: str
    database: str
    user: str
    sslmode: str
    files: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether no network is between."""
        return self.host.startswith("/") or self.host in {"127.0.0.1", "::1", "localhost"}

    @property
    def checks_server(self) -> bool:
        """Whether the connection is refused where the server's certificate is not the right one."""
        return self.sslmode in _CHECKED


def read_address(dsn: str) -> Address:
    """Where it leads. Raises `DsnError`."""
    parts, query = _split(dsn)
    host, port = _host(parts.netloc.rpartition("@")[2])
    database = query.get("dbname") or query.get("database") or unquote(parts.path.removeprefix("/"))
    user = query.get("user") or unquote(parts.netloc.rpartition("@")[0].partition(":")[0])
    host, port = host or query.get("host", ""), port or query.get("port", "") or _DEFAULT_PORT
    if not host or not (database or user):
        raise DsnError("The DSN names no host or no database")
    if not all(part.isdecimal() for part in port.split(",")):
        raise DsnError(
            "The DSN's port is no number: special characters of a password are written as %XX there"
        )
    files = tuple(query[name] for name in _FILES if name in query)
    return Address(host, port, database or user, user, query.get("sslmode", ""), files)


def password_of(dsn: str) -> list[str]:
    """The password in a DSN, as it stands there and as it is; none where there is none."""
    try:
        parts = urlsplit(dsn)
        query = parse_qs(parts.query)
    except ValueError:
        return []
    written = parts.netloc.rpartition("@")[0].partition(":")[2]
    return sorted({one for one in (written, unquote(written), *query.get("password", [])) if one})


def _split(dsn: str) -> tuple[SplitResult, dict[str, str]]:
    try:
        parts = urlsplit(dsn)
        query = {
            key: found[-1] for key, found in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()
        }
    except ValueError:
        parts = None
        query = {}
    if parts is None or parts.scheme not in {"postgresql", "postgres"} or parts.fragment:
        raise DsnError(
            "The DSN is no postgresql:// URL: special characters of a password are written as %XX there"
        )
    if parts.netloc.count("@") > 1:
        raise DsnError("The DSN holds more than one @: that of a password is written as %40")
    if not _UNDERSTOOD.issuperset(query):
        raise DsnError(f"The DSN has a parameter other than {', '.join(sorted(_UNDERSTOOD))}")
    return parts, query


def _host(netloc: str) -> tuple[str, str]:
    """Hosts and ports of what stands behind the `@`; several hosts are divided by commas, as libpq has it."""
    hosts, ports = [], []
    for one in netloc.split(","):
        bracket = one.rpartition("]")
        host, _, port = (bracket[0][1:], "", bracket[2][1:]) if bracket[1] else one.partition(":")
        hosts.append(unquote(host))
        ports.append(port or _DEFAULT_PORT)
    return ",".join(hosts), ",".join(ports) if netloc else ""
