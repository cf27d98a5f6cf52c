"""Two roles whose passwords are rotated in turn: the new one logs in before the old one is ended.

Which of them is live is read in the value that the source shows, at every step: a role that people use is
neither given another password nor ended, whatever an old record says. The password is the operation's own, so
that a step that is repeated by anybody makes the same login.
"""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.rotation import BlockedWhy, RotationBlockedError, RotationError, RotationOp, Slot
from envaccess.domain.sources.templates import fill
from envaccess.sources.postgres import quoting, scram
from envaccess.sources.postgres.faults import CONCURRENT, meaning_of
from envaccess.sources.postgres.lockout import end_sessions, lock_out
from envaccess.sources.postgres.lookup import LeasedRole
from envaccess.sources.postgres.session import PostgresSession, Server, tried
from envaccess.sources.postgres.values import encoded, user_in

OLD: Final = "old"
NEW: Final = "new"
_ROLE: Final = """
SELECT oid, rolname AS name, rolcanlogin AS may_log_in, true AS in_time, false AS marked FROM pg_roles
WHERE rolname = $1 AND NOT rolsuper
"""
_SESSIONS: Final = "SELECT count(*) FROM pg_stat_activity WHERE usesysid = $1"
_DENIED: Final = "42501"
_TRIES: Final = 5


class PostgresRotator:
    """`Rotator` of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def plan(self, op: RotationOp) -> Mapping[str, str]:
        """Which role is live, and which is to be made new."""
        roles = tuple(op.options.get("roles", "").split(","))
        if len(set(roles)) != 2 or not all(map(quoting.is_name, roles)):  # noqa: PLR2004 - two slots
            raise RotationBlockedError(BlockedWhy.MISCONFIGURED, "Two roles have to be named in `roles`")
        old = self._live(op, roles)
        new = roles[1 - roles.index(old)]
        async with self._server.session() as session:
            await self._role(session, old)
            idle = await self._role(session, new)
            if idle.may_log_in and await session.fetchval(_SESSIONS, idle.oid):
                raise RotationBlockedError(
                    BlockedWhy.SLOTS_FULL,
                    f"The role {new} has open sessions, so somebody uses it: end them, or name another role",
                )
        return {OLD: old, NEW: new}

    async def prepare(self, op: RotationOp) -> Slot:
        """Give the idle role the new password, and log in with it."""
        new = op.pinned.get(NEW, "")
        if self._live(op, (op.pinned.get(OLD, ""), new)) == new:
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, f"The role {new} is in use: plan this anew")
        async with self._server.session() as session:
            role = await self._role(session, new)
            await self._give(session, role, op.fresh)
        refused = await self._server.login(new, op.fresh)
        if refused:
            raise RotationError(f"The role {new} cannot log in with its new password ({refused})")
        return Slot(fill(op.options.get("url", ""), {"user": new, "password": op.fresh}, encoded))

    async def kill_old(self, op: RotationOp) -> None:
        """Lock the old role out, end its sessions, and see that a login is refused."""
        old = op.pinned.get(OLD, "")
        live = self._live(op, (old, op.pinned.get(NEW, "")))
        if live == old:
            raise RotationBlockedError(BlockedWhy.LIVE_SLOT, f"The role {old} is in use: nothing was ended")
        async with self._server.session() as session:
            if not (await self._role(session, live)).may_log_in:
                said = f"The role {live}, which the value names, cannot log in: nothing was ended"
                raise RotationBlockedError(BlockedWhy.LIVE_SLOT, said)
            role = await self._role(session, old)
            refused = await lock_out(self._server, session, role, prepared=False)
            if refused:
                raise _error(old, refused)
            left = await end_sessions(session, role.oid)
            if left or (await self._role(session, old)).may_log_in:
                raise RotationError(f"The role {old} has {left} open sessions that do not end, or can log in")
        if not await self._server.login(old, scram.new_password()):
            raise RotationError(f"The role {old} can still log in: pg_hba.conf lets it in without a password")

    async def discard(self, op: RotationOp) -> None:
        """Nothing: the idle role has a password that was never shown, and gets another the next time."""

    def _live(self, op: RotationOp, roles: tuple[str, ...]) -> str:
        live = user_in(op.current.text, op.options.get("url", ""), roles)
        if live is None:
            raise RotationBlockedError(
                BlockedWhy.UNREADABLE,
                f"The current value of {op.variable.label} is not what `url` makes of {' or '.join(roles)}",
            )
        return live

    async def _role(self, session: PostgresSession, name: str) -> LeasedRole:
        found = await session.fetchrow(_ROLE, name)
        if found is None:
            raise RotationBlockedError(
                BlockedWhy.MISCONFIGURED, f"There is no role {name}, or it is a superuser: make it"
            )
        return LeasedRole(**found)

    async def _give(self, session: PostgresSession, role: LeasedRole, password: str) -> None:
        refused = ""
        for _ in range(_TRIES):
            verifier = quoting.text(scram.verifier(password))
            refused = await tried(
                session, f"ALTER ROLE {role.quoted} LOGIN PASSWORD {verifier} VALID UNTIL 'infinity'"
            )
            if refused not in CONCURRENT:
                break
        if refused:
            raise _error(role.name, refused)


def _error(role: str, refused: str) -> RotationError:
    if refused == _DENIED:
        said = f'The minting role may not change {role}: GRANT "{role}" to it WITH ADMIN OPTION'
        return RotationBlockedError(BlockedWhy.DENIED, said)
    return RotationError(f"The role {role} was not changed: {meaning_of(refused)[1]}")
