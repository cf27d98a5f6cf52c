"""What PostgreSQL's errors mean for whoever asked. No message of a server's is passed on: it may quote."""

import ssl
from typing import Final

from envaccess.domain.sources.faults import SourceFault

CONCURRENT: Final = frozenset({"55P03", "XX000", "40001", "40P01", "23505", "42710"})
"""Another session changes the same role: tried again. XX000 is also `tuple concurrently updated`."""
NO_SUCH_OBJECT: Final = "42704"
NO_SUCH_DATABASE: Final = "3D000"
STILL_NEEDED: Final = "2BP01"

_BY_CODE: Final = {
    "42501": (SourceFault.DENIED, "the minting role lacks a privilege: `envaccess sources check` names it"),
    "0LP01": (SourceFault.DENIED, "the group may not be granted: `envaccess sources check` says why"),
    "28P01": (SourceFault.DENIED, "the minting role's password is refused"),
    "28000": (SourceFault.DENIED, "the minting role may not log in from here (pg_hba.conf, NOLOGIN)"),
    NO_SUCH_DATABASE: (SourceFault.MISSING, "there is no such database"),
    "42704": (SourceFault.MISSING, "there is no such role"),
    "55000": (SourceFault.DENIED, "the database takes no connections"),
    "55P03": (SourceFault.SLOW, "another session holds a lock on the role"),
    "57014": (SourceFault.SLOW, "a statement took longer than 3 seconds"),
    "25006": (
        SourceFault.DOWN,
        "the server is read-only, as a standby is: the DSN has to lead to the primary",
    ),
    "53300": (SourceFault.DOWN, "the server, the database or the minting role has no connection left"),
    "57P03": (SourceFault.DOWN, "the server is starting or stopping"),
    "P0001": (SourceFault.DENIED, "a trigger or function of the server's refuses it"),
    "08P01": (SourceFault.MALFORMED, "the DSN leads to a pooler, not to PostgreSQL itself"),
}
_BY_CLASS: Final = {
    "08": (SourceFault.DOWN, "the connection was lost"),
    "28": (SourceFault.DENIED, "the minting role may not log in"),
    "53": (SourceFault.DOWN, "the server has no memory, disk or connection left"),
    "57": (SourceFault.DOWN, "the server ended the session, as when it stops"),
    "58": (SourceFault.DOWN, "the server has a fault of its own"),
    "XX": (SourceFault.DOWN, "the server has a fault of its own"),
}


_BY_KIND: Final[tuple[tuple[type[BaseException], tuple[SourceFault, str]], ...]] = (
    (
        ssl.SSLError,
        (SourceFault.DOWN, "no TLS connection that can be trusted was made (sslmode, sslrootcert)"),
    ),
    (TimeoutError, (SourceFault.SLOW, "it did not answer within 3 seconds")),
    (
        ValueError,
        (
            SourceFault.MALFORMED,
            "the driver does not take the DSN: a parameter is wrong, or verify-full has no sslrootcert",
        ),
    ),
    (OSError, (SourceFault.DOWN, "it could not be reached")),
    (BaseException, (SourceFault.DOWN, "the connection was lost or could not be made")),
)


def code_of(error: BaseException) -> str:
    """The SQLSTATE of an error of the server's; empty for any other."""
    return str(getattr(error, "sqlstate", None) or "")


def meaning(error: BaseException) -> tuple[SourceFault, str]:
    """The fault that an exception of the driver's is, and what it means in half a sentence."""
    code = code_of(error)
    if code:
        return meaning_of(code)
    if type(error) is ConnectionError:  # the driver's own; the system's are of its subclasses
        return SourceFault.DOWN, "it made no TLS connection, which the DSN asks for (sslmode)"
    return next(meant for kind, meant in _BY_KIND if isinstance(error, kind))


def meaning_of(code: str) -> tuple[SourceFault, str]:
    """The same of an SQLSTATE."""
    unknown = (SourceFault.MALFORMED, "the server refused the statement")
    fault, said = _BY_CODE.get(code) or _BY_CLASS.get(code[:2]) or unknown
    return fault, f"{said} ({code})"
