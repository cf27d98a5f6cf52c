"""Which weeks' digests are posted: fits `projections.digest.Digests`."""

from typing import Final

from envaccess.store.client import nothing_to_check
from envaccess.store.runner import Runner

TRIES: Final = 2
"""How often a digest is posted while nobody knows whether it arrived."""
_KEPT: Final = 12
"""Weeks that are remembered."""
_POSTED: Final = "posted:"


class RedisDigests:
    """One workspace's.

    Args:
        runner: the workspace's scripts.
        token: the process's name in the lease.
    """

    def __init__(self, runner: Runner, token: str) -> None:
        self._runner = runner
        self._token = token

    async def is_posted(self, week: str) -> bool:
        """Whether a week's is there already; it only saves the sums where it is."""
        stored = await self._runner.read("HGET", self._runner.key("digests"), week)
        return str(stored or "").startswith(_POSTED)

    async def begin(self, week: str) -> int:
        """Note that it is about to be posted; which try this is, 0: it is not to be posted, -1: no lease."""
        async with nothing_to_check():
            return int(await self._runner.run("begin_digest", token=self._token, week=week, most=TRIES))

    async def posted(self, week: str, ts: str) -> None:
        """It arrived."""
        await self._end(week, _POSTED + ts)

    async def not_posted(self, week: str, tries: int) -> None:
        """Slack did not take it: so many tries before that one may have arrived."""
        await self._end(week, f"trying:{tries}" if tries else "")

    async def _end(self, week: str, state: str) -> None:
        async with nothing_to_check():
            await self._runner.run("end_digest", week=week, state=state, most=_KEPT)
