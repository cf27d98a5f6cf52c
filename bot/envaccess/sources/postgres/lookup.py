"""Finds the role of a lease: by its name, and by its comment, which stays with it when somebody renames it.

Only whoever may change the role may change its comment (`COMMENT ON ROLE`), so that a leased person cannot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.leases import OVERDUE_SECONDS, LeaseId, lease_parts, lease_prefix
from envaccess.sources.postgres import quoting
from envaccess.sources.postgres.session import PostgresSession

COMMENT: Final = "envaccess lease "
OID: Final = "oid"
SYSTEM: Final = "system"
"""What is pinned when a role was made: the role's oid, and the id that its server was given by `initdb`."""

_MADE_IS_ADMIN: Final = 16
"""The first version where whoever made a role, and no other CREATEROLE, has ADMIN OPTION on it."""
OURS: Final = """
SELECT oid::bigint AS oid, rolname AS name, rolcanlogin AS may_log_in,
  coalesce(rolvaliduntil > clock_timestamp(), true) AS in_time,
  coalesce(shobj_description(oid, 'pg_authid') = $2, false) AS marked FROM pg_roles
WHERE oid IN (SELECT to_regrole(quote_ident($1)) UNION ALL SELECT objoid FROM pg_shdescription
  WHERE classoid = 'pg_authid'::regclass AND description = $2) ORDER BY oid
"""
"""The roles of the lease `$1`, with the comment `$2`: through indexes, however many roles there are."""
_STRAY: Final = """
SELECT rolname, coalesce(shobj_description(oid, 'pg_authid'), '') AS said FROM pg_roles
WHERE (starts_with(rolname, $1) OR starts_with(coalesce(shobj_description(oid, 'pg_authid'), ''), $2))
  AND pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION')
"""
_STRAY_15: Final = _STRAY.replace("  AND pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION')\n", "")
_OVERDUE: Final = """
  AND rolvaliduntil < clock_timestamp() - make_interval(secs => $3)
  AND starts_with(coalesce(shobj_description(oid, 'pg_authid'), ''), $2)
"""
_NAMED: Final = "SELECT 1 FROM pg_roles WHERE oid = $1"


@dataclass(frozen=True, slots=True)
class LeasedRole:
    """A role of a lease that is there.

    Attributes:
        oid: which one it is, whatever it is called.
        name: what it is called now.
        may_log_in: whether it was not yet locked out.
        in_time: whether its end is to come, by the server's clock.
        marked: whether it carries our comment.
    """

    oid: int
    name: str
    may_log_in: bool
    in_time: bool
    marked: bool

    @property
    def works(self) -> bool:
        """Whether somebody can log in."""
        return self.may_log_in and self.in_time

    @property
    def quoted(self) -> str:
        """Its name in a statement."""
        return quoting.name(self.name)


async def roles_of(session: PostgresSession, lease: LeaseId) -> list[LeasedRole]:
    """The role of a lease: none, one, or also one that somebody renamed."""
    found = await session.fetch(OURS, lease, COMMENT + lease)
    return [LeasedRole(**row) for row in found]


async def stray_leases(session: PostgresSession, workspace: str) -> Sequence[LeaseId]:
    """Leases of a workspace whose roles are there.

    From version 16 on, only those that this minting role made: another installation's are not ours to end.
    """
    prefix = lease_prefix(workspace)
    return _ids_of(await session.fetch(_stray(session), prefix, COMMENT + prefix), prefix)


async def overdue_leases(session: PostgresSession, workspace: str) -> Sequence[LeaseId]:
    """Of those, what has our comment and is past its end for `OVERDUE_SECONDS`, by the server's clock."""
    prefix, late = lease_prefix(workspace), float(OVERDUE_SECONDS)
    rows = await session.fetch(_stray(session) + _OVERDUE, prefix, COMMENT + prefix, late)
    return _ids_of(rows, prefix)


def _stray(session: PostgresSession) -> str:
    return _STRAY if session.get_server_version().major >= _MADE_IS_ADMIN else _STRAY_15


def _ids_of(rows: Sequence[Mapping[str, str]], prefix: str) -> Sequence[LeaseId]:
    return sorted({LeaseId(found) for row in rows if (found := _id_of(row, prefix))})


async def system_of(session: PostgresSession) -> str:
    """The id that `initdb` gave the server: a standby has it too, another server has another."""
    return str(await session.fetchval("SELECT system_identifier FROM pg_control_system()"))


async def is_somebodys(session: PostgresSession, oid: int) -> bool:
    """Whether a role has this oid."""
    return bool(await session.fetchval(_NAMED, oid))


def _id_of(row: Mapping[str, str], prefix: str) -> str:
    for text in (row["said"].removeprefix(COMMENT), row["rolname"]):
        if text.startswith(prefix) and lease_parts(text):
            return text
    return ""
