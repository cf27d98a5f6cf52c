"""Makes the role of a lease, and lets it live longer.

The role is a member of one group, owns nothing, and has its end by the server's own clock. The server is sent
a verifier, never the password. The same lease again gets a new password: none is kept anywhere, so the first
cannot be given out twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from envaccess.domain.leases import LeaseId, TimeLeft
from envaccess.domain.sources.faults import SourceFault
from envaccess.sources.postgres import quoting, scram
from envaccess.sources.postgres.faults import CONCURRENT, NO_SUCH_OBJECT, meaning_of
from envaccess.sources.postgres.groups import LOOK, SINCE_SET_FALSE, TOO_MIGHTY, judge
from envaccess.sources.postgres.lookup import COMMENT, OURS, LeasedRole, roles_of
from envaccess.sources.postgres.session import PostgresSession, Server, tried

_TRIES: Final = 6
_BEFORE: Final = f"""{LOOK},
  (clock_timestamp() + make_interval(secs => $3))::text AS until,
  (SELECT system_identifier::text FROM pg_control_system()) AS system,
  (SELECT bool_or(has_database_privilege(k.oid, d.oid, 'CONNECT')) FROM known k, pg_database d
    WHERE k.rolname = $1 AND d.datname = $6) AS connects,
  (SELECT coalesce(json_agg(ours), '[]')::text FROM (
    {OURS.replace("$1", "$4").replace("$2", "$5")}) ours) AS roles
"""  # noqa: S608 - texts of ours
"""All that is to be known before a role is made, in one answer."""
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
        database: what it is for.
        connections: how many sessions it may have open at once.
    """

    lease: LeaseId
    group: str
    database: str
    connections: int


async def mint(
    server: Server, session: PostgresSession, login: LeasedLogin, left: TimeLeft
) -> tuple[LeasedRole, str, str]:
    """Make the role, or give the one that is there a new password; returns both, and its server's id.

    Raises:
        PostgresFaultError: it was not made. `MISSING`: the group; `DELETED`: the lease was ended already.
        LeaseTooShortError: of `left`.
    """
    password = scram.new_password()
    server.withhold(password)
    for _ in range(_TRIES):
        seconds, comment = float(left.seconds()), COMMENT + login.lease
        found = await session.fetchrow(
            _BEFORE, login.group, TOO_MIGHTY, seconds, login.lease, comment, login.database
        )
        assert found is not None
        await judge(server, session, login.group, found)
        _require_connects(server, login, found["connects"])
        there = _ours(server, login.lease, [LeasedRole(**row) for row in json.loads(found["roles"])])
        verifier = scram.verifier(password)
        refused = await tried(session, _statements(session, login, there, verifier, found["until"]))
        if not refused:
            role = there or await _made(server, session, login.lease)
            return role, password, found["system"]
        if refused not in CONCURRENT:
            break
    if refused == NO_SUCH_OBJECT and there:
        raise server.fault(SourceFault.DELETED, f"the lease {login.lease} was ended while it was made")
    fault, said = meaning_of(refused)
    raise server.fault(fault, f"no role was made for {login.lease}: {said}")


def _require_connects(server: Server, login: LeasedLogin, connects: bool | None) -> None:
    """Refuse to make what lets nobody into its database: it is gone, or closed to the group."""
    if connects is None:
        raise server.fault(SourceFault.MISSING, f"there is no database {login.database}: mend its rule")
    if not connects:
        what = f"the group {login.group} may not connect to {login.database}: `envaccess sources check` says"
        raise server.fault(SourceFault.DENIED, f"{what} which statement lets it")


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


def _ours(server: Server, lease: LeaseId, found: Sequence[LeasedRole]) -> LeasedRole | None:
    """The role that is there already. Raises for one that was ended, or that we did not make."""
    for role in found:
        if not role.marked:
            raise server.fault(SourceFault.DENIED, f"a role {lease} is there that was not made here: drop it")
        if not role.may_log_in or role.name != lease:
            raise server.fault(SourceFault.DELETED, f"the lease {lease} has ended")
        return role
    return None


async def _made(server: Server, session: PostgresSession, lease: LeaseId) -> LeasedRole:
    role = _ours(server, lease, await roles_of(session, lease))
    if role is None:
        raise server.fault(SourceFault.DELETED, f"the lease {lease} was ended while it was made")
    return role


async def _live(server: Server, session: PostgresSession, lease: LeaseId) -> LeasedRole:
    for role in await roles_of(session, lease):
        if role.may_log_in and role.marked:
            return role
    raise server.fault(SourceFault.MISSING, f"the lease {lease} has ended")
