"""Makes the role of a lease, and lets it live longer.

The role is a member of one group, owns nothing, and has its end by the server's own clock. The server is sent
a verifier, never the password. The same lease again gets a new password: none is kept anywhere, so the first
cannot be given out twice.
"""

from dataclasses import dataclass
from typing import Any, Final

from envaccess.domain.leases import LeaseId, TimeLeft
from envaccess.domain.sources.faults import SourceFault
from envaccess.sources.postgres import quoting, scram
from envaccess.sources.postgres.faults import CONCURRENT, NO_SUCH_OBJECT, meaning_of
from envaccess.sources.postgres.groups import SINCE_SET_FALSE, require_harmless
from envaccess.sources.postgres.lookup import COMMENT, LeasedRole, roles_of
from envaccess.sources.postgres.session import PostgresSession, Server, tried

_TRIES: Final = 6
_UNTIL: Final = "SELECT (clock_timestamp() + make_interval(secs => $1))::text"
_EXTENDED: Final = """
SELECT (clock_timestamp() + make_interval(secs => $2))::text AS until,
  rolvaliduntil IS NULL OR rolvaliduntil < clock_timestamp() + make_interval(secs => $2)
    OR rolvaliduntil = 'infinity' AS sooner,
  CASE WHEN isfinite(rolvaliduntil)
    THEN extract(epoch FROM rolvaliduntil - clock_timestamp())::bigint END AS has
FROM pg_roles WHERE oid = $1
"""


@dataclass(frozen=True, slots=True)
class LeasedLogin:
    """What a lease is to be.

    Attributes:
        group: what it is a member of.
        connections: how many sessions it may have open at once.
    """

    lease: LeaseId
    group: str
    connections: int


async def mint(
    server: Server, session: PostgresSession, login: LeasedLogin, left: TimeLeft
) -> tuple[LeasedRole, str]:
    """Make the role, or give the one that is there a new password. Returns it with the password.

    Raises:
        PostgresFaultError: it was not made. `MISSING`: the group; `DELETED`: the lease was ended already.
        LeaseTooShortError: of `left`.
    """
    await require_harmless(server, session, login.group)
    password = scram.new_password()
    server.withhold(password)
    for _ in range(_TRIES):
        there = await _ours(server, session, login.lease)
        until = await session.fetchval(_UNTIL, float(left.seconds()))
        refused = await tried(session, _statements(session, login, there, scram.verifier(password), until))
        if not refused:
            return await _made(server, session, login.lease), password
        if refused not in CONCURRENT:
            break
    if refused == NO_SUCH_OBJECT and there:
        raise server.fault(SourceFault.DELETED, f"the lease {login.lease} was ended while it was made")
    fault, said = meaning_of(refused)
    raise server.fault(fault, f"no role was made for {login.lease}: {said}")


async def extend(server: Server, session: PostgresSession, lease: LeaseId, left: TimeLeft) -> int | None:
    """Let it live for `left.seconds()` from now on; returns the seconds where it lives longer already."""
    role = await _live(server, session, lease)
    for _ in range(_TRIES):
        seconds = left.seconds()
        found: Any = await session.fetchrow(_EXTENDED, role.oid, float(seconds))
        if found is None:
            break
        if not found["sooner"]:
            return int(found["has"])
        refused = await tried(session, f"ALTER ROLE {role.quoted} VALID UNTIL {quoting.text(found['until'])}")
        if not refused:
            return None
        if refused == NO_SUCH_OBJECT:
            break
        if refused not in CONCURRENT:
            fault, said = meaning_of(refused)
            raise server.fault(fault, f"{lease} was not extended: {said}")
    raise server.fault(SourceFault.MISSING, f"the lease {lease} has ended")


def _statements(
    session: PostgresSession, login: LeasedLogin, there: LeasedRole | None, verifier: str, until: str
) -> str:
    """One text, so that all of it happens or nothing (a simple query is one transaction)."""
    name = quoting.name(login.lease)
    makes = "ALTER" if there else "CREATE"
    alone = " WITH INHERIT TRUE, SET FALSE" if session.get_server_version().major >= SINCE_SET_FALSE else ""
    return (
        f"{makes} ROLE {name} {'' if there else 'LOGIN'} PASSWORD {quoting.text(verifier)}"
        f" VALID UNTIL {quoting.text(until)} CONNECTION LIMIT {login.connections};"
        f" COMMENT ON ROLE {name} IS {quoting.text(COMMENT + login.lease)};"
        f" GRANT {quoting.name(login.group)} TO {name}{alone}"
    )


async def _ours(server: Server, session: PostgresSession, lease: LeaseId) -> LeasedRole | None:
    """The role that is there already. Raises for one that was ended, or that we did not make."""
    for role in await roles_of(session, lease):
        if not role.marked:
            raise server.fault(SourceFault.DENIED, f"a role {lease} is there that was not made here: drop it")
        if not role.may_log_in or role.name != lease:
            raise server.fault(SourceFault.DELETED, f"the lease {lease} has ended")
        return role
    return None


async def _made(server: Server, session: PostgresSession, lease: LeaseId) -> LeasedRole:
    role = await _ours(server, session, lease)
    if role is None:
        raise server.fault(SourceFault.DELETED, f"the lease {lease} was ended while it was made")
    return role


async def _live(server: Server, session: PostgresSession, lease: LeaseId) -> LeasedRole:
    for role in await roles_of(session, lease):
        if role.may_log_in:
            return role
    raise server.fault(SourceFault.MISSING, f"the lease {lease} has ended")
