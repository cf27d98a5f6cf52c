"""Messages about logins that are still to be drawn: fits `projections.session_cards.CardOutbox`."""

from collections.abc import Sequence
from typing import Final

from envaccess.domain.proposal import Proposal
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.session import Login
from envaccess.domain.signals.alerts import Alert
from envaccess.store.runner import Runner
from envaccess.store.sessions import RedisSessions

_PUT_ASIDE: Final = 300.0
"""Seconds after which one that cannot be relied on is looked at again."""


class RedisSessionCards:
    """One workspace's.

    Args:
        runner: the workspace's scripts.
        sessions: reads logins, and tells of those that do not hold.
    """

    def __init__(self, runner: Runner, sessions: RedisSessions) -> None:
        self._runner = runner
        self._sessions = sessions

    async def due(self, limit: int) -> tuple[Sequence[Login], float]:
        """What is to be drawn now, and seconds until the next is, one at most."""
        answer = await self._runner.outcome("due_sessions", limit=limit)
        ids = [login for login in answer["ids"].split(",") if login]
        found = {login.id: login for login in await self._sessions.all_of(ids)}
        for login in ids:
            if login not in found:
                await self.delay(login, _PUT_ASIDE)
        return list(found.values()), 1.0 if answer["wait"] < 0 else min(answer["wait"] / 1_000, 1.0)

    async def shown(
        self, login: Login | Proposal | Alert | Rotation, version: int, dm: str, ts: str, deleted: str = ""
    ) -> None:
        """Store what the message shows, and one that is deleted."""
        await self._runner.run(
            "session_shown", session=login.id, shown=version, dm=dm, ts=ts, deleted=deleted
        )

    async def delay(self, login: str, seconds: float) -> None:
        """Try this one again later."""
        await self._runner.run("delay_session", session=login, milliseconds=int(seconds * 1_000))
