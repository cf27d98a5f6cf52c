"""Ends a lease: locked out, sessions ended, then dropped unless somebody made things that belong to it.

Those are never dropped and never given to anybody (`REASSIGN OWNED` would make a leaver's SECURITY DEFINER
function the group's): the role stays, without a login and without the group, and a person decides.
"""

from dataclasses import dataclass
from typing import Final

from envaccess.domain.leases import Gone, LeaseId, Remains, StillThere
from envaccess.domain.sources.faults import SourceFault
from envaccess.sources.postgres import quoting
from envaccess.sources.postgres.faults import CONCURRENT, NO_SUCH_OBJECT, STILL_NEEDED, meaning_of
from envaccess.sources.postgres.lockout import become_member, end_sessions, lock_out, roll_back_prepared
from envaccess.sources.postgres.lookup import LeasedRole, is_somebodys, roles_of
from envaccess.sources.postgres.session import PostgresFaultError, PostgresSession, Server, tried

_TRIES: Final = 6
_OWNS: Final = """
SELECT count(*) AS objects, string_agg(DISTINCT coalesce(datname, 'all'), ', ') AS databases
FROM pg_shdepend d LEFT JOIN pg_database b ON b.oid = d.dbid
WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = $1 AND d.deptype = 'o'
"""
_GRANTED_IN: Final = """
SELECT DISTINCT coalesce(datname, current_database()) AS datname
FROM pg_shdepend d LEFT JOIN pg_database b ON b.oid = d.dbid
WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = $1 AND d.deptype <> 'o'
"""
_MEMBER_OF: Final = """
SELECT DISTINCT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = $1
"""
_LEFT_HERE: Final = """
SELECT count(*) FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = $1
  AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


@dataclass(frozen=True, slots=True)
class _Again:
    """Something changed meanwhile: look again."""


async def end(server: Server, session: PostgresSession, lease: LeaseId, oid: int | None) -> Gone | StillThere:
    """End a lease and look what is left. `oid` is that of the role that was made, if it is known.

    Raises `PostgresFaultError` where the server does not let us.
    """
    for _ in range(_TRIES):
        roles = await roles_of(session, lease)
        ours = [role for role in roles if role.marked or role.oid == oid]
        if not ours:
            left = await _look_again(session, oid)
            return _not_ours(lease) if roles and isinstance(left, Gone) else left
        for role in ours:
            ended = await _end_role(server, session, role)
            if isinstance(ended, StillThere):
                return ended
    raise server.fault(SourceFault.SLOW, f"the role of {lease} is changed by somebody else all the time")


async def _look_again(session: PostgresSession, oid: int | None) -> Gone | StillThere:
    """Sessions outlive their role: those of the recorded oid are ended, unless another role has it now."""
    if oid is None or await is_somebodys(session, oid):
        return Gone()
    left = await end_sessions(session, oid)
    return _sessions(left) if left else Gone()


async def _end_role(server: Server, session: PostgresSession, role: LeasedRole) -> Gone | StillThere | _Again:
    refused = await lock_out(server, session, role)
    if refused == NO_SUCH_OBJECT:
        return await _after_drop(session, role)
    if refused:
        await end_sessions(session, role.oid)
        raise _fault(server, role, "was not locked out", refused)
    left = await end_sessions(session, role.oid)
    if left:
        await _take_rights(session, role)
        return _sessions(left)
    await roll_back_prepared(server, session, role)
    outcome = await _kept(session, role) or await _drop(server, session, role)
    if isinstance(outcome, StillThere):
        await _take_rights(session, role)
    return outcome


async def _take_rights(session: PostgresSession, role: LeasedRole) -> None:
    """What stays is a member of nothing: functions and views that it left behind act as the role."""
    for row in await session.fetch(_MEMBER_OF, role.oid):
        await tried(session, f"REVOKE {quoting.name(row['rolname'])} FROM {role.quoted}")


async def _kept(session: PostgresSession, role: LeasedRole) -> StillThere | None:
    found = await session.fetchrow(_OWNS, role.oid)
    if found is None or not found["objects"]:
        return None
    return StillThere(
        Remains.OWNS,
        what=f"{found['objects']} objects in {found['databases']} belong to the role {role.name}: "
        f"give them another owner or drop them, then run `envaccess leases end {role.name}`",
    )


async def _drop(server: Server, session: PostgresSession, role: LeasedRole) -> Gone | StillThere | _Again:
    for row in await session.fetch(_GRANTED_IN, role.oid):
        cannot = await _drop_grants(server, row["datname"], role)
        if cannot:
            return cannot
    refused = await tried(session, f"DROP ROLE {role.quoted}")
    if refused and refused != NO_SUCH_OBJECT:
        if refused in CONCURRENT or refused == STILL_NEEDED:
            return _Again()
        raise _fault(server, role, "was locked out, but not dropped", refused)
    return await _after_drop(session, role)


async def _drop_grants(server: Server, database: str, role: LeasedRole) -> StillThere | None:
    """Drop what was granted to the role in a database, once it is sure that it owns nothing.

    What somebody else granted stays, without an error: only whoever may grant it can revoke it.
    """
    left = 0
    try:
        async with server.session(database) as there:
            async with there.transaction():
                await there.execute(become_member(there, role))
                kept = await _kept(there, role)
                if kept is None:
                    await there.execute(f"DROP OWNED BY {role.quoted}")
                    left = int(await there.fetchval(_LEFT_HERE, role.oid))
            if not left:
                return kept
    except PostgresFaultError as failed:
        if failed.code == NO_SUCH_OBJECT or failed.code in CONCURRENT:
            return None
        if failed.fault not in {SourceFault.DENIED, SourceFault.MISSING}:
            raise
    return StillThere(
        Remains.OWNS,
        what=f"somebody granted privileges in database {database} to the role {role.name}: there, as a "
        f"superuser, run DROP OWNED BY {role.quoted}, then `envaccess leases end {role.name}`",
    )


async def _after_drop(session: PostgresSession, role: LeasedRole) -> Gone | StillThere:
    left = await end_sessions(session, role.oid)
    return _sessions(left) if left else Gone()


def _not_ours(lease: LeaseId) -> StillThere:
    return StillThere(
        Remains.LOGIN,
        what=f"a role {lease} is there that was not made here, and is left alone: rename it, or drop it",
    )


def _sessions(left: int) -> StillThere:
    return StillThere(
        Remains.SESSIONS, left, "sessions of the lease did not end when told to: they are told again"
    )


def _fault(server: Server, role: LeasedRole, what: str, refused: str) -> PostgresFaultError:
    fault, said = meaning_of(refused)
    return PostgresFaultError(fault, server.source, f"the role {role.name} {what}: {said}", refused)
