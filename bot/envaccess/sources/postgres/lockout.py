"""Ends every login of a role, and the sessions and prepared transactions that it has open.

Whoever has a session may hold a lock on their own role (`ALTER ROLE me PASSWORD ...` in an open transaction).
Locking it out waits for that, next in line, while its sessions are ended, however fast new ones are opened.
A prepared transaction holds that lock without a session, and only the role itself or a superuser may roll it
back: we act as the role for that.
"""

import asyncio
from typing import Final

from envaccess.sources.postgres import quoting
from envaccess.sources.postgres.faults import CONCURRENT
from envaccess.sources.postgres.groups import SINCE_SET_FALSE
from envaccess.sources.postgres.lookup import LeasedRole
from envaccess.sources.postgres.session import PostgresSession, Server, tried

_TRIES: Final = 5
_LOOKS: Final = 12
_PAUSE: Final = 0.02
_TERMINATE: Final = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usesysid = $1 AND pid <> pg_backend_pid()
"""
_PREPARED: Final = "SELECT gid, database FROM pg_prepared_xacts WHERE owner = $1"


async def lock_out(
    server: Server, session: PostgresSession, role: LeasedRole, *, prepared: bool = True
) -> str:
    """Let nobody log in any more; returns the SQLSTATE of what did not let us, else an empty text.

    `prepared`: whether what the role prepared may be rolled back where it is in the way.
    """
    statement = f"ALTER ROLE {role.quoted} NOLOGIN PASSWORD NULL"
    refused = await tried(session, statement)
    if refused not in CONCURRENT:
        return refused
    async with server.session() as other:
        for _ in range(_TRIES):
            waiting = asyncio.ensure_future(tried(session, statement))
            try:
                while not waiting.done():
                    await other.fetchval(_TERMINATE, role.oid)
                    if prepared:
                        await roll_back_prepared(server, other, role)
                    await asyncio.wait([waiting], timeout=_PAUSE)
            finally:
                waiting.cancel()
            refused = await waiting
            if refused not in CONCURRENT:
                break
    return refused


async def end_sessions(session: PostgresSession, oid: int) -> int:
    """Terminate every session of a role, by its oid, and look until none is left; returns how many are."""
    open_still = 0
    for look in range(_LOOKS):
        open_still = int(await session.fetchval(_TERMINATE, oid))
        if not open_still:
            break
        await asyncio.sleep(_PAUSE * (look + 1))
    return open_still


async def roll_back_prepared(server: Server, session: PostgresSession, role: LeasedRole) -> None:
    """Roll back what the role prepared: a transaction of a lease ends with it."""
    found = await session.fetch(_PREPARED, role.name)
    if not found:
        return
    await session.execute(f"GRANT {role.quoted} TO CURRENT_USER{_as(session, 'SET TRUE')}")
    for row in found:
        async with server.own_session(row["database"]) as there:
            await there.execute(f"SET ROLE {role.quoted}")
            await tried(there, f"ROLLBACK PREPARED {quoting.text(row['gid'])}")


def become_member(session: PostgresSession, role: LeasedRole) -> str:
    """The statement that gives the minting role what the role has, so that it may drop that."""
    return f"GRANT {role.quoted} TO CURRENT_USER{_as(session, 'SET FALSE')}"


def _as(session: PostgresSession, whether: str) -> str:
    return f" WITH INHERIT TRUE, {whether}" if session.get_server_version().major >= SINCE_SET_FALSE else ""
