"""Change a whole workspace that nobody serves: what a restore and an upgrade have in common.

Whoever does so has the lease that the serving process has otherwise, and keeps it before every page, so that
no two of them change the same workspace.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from envaccess.domain.audit import Actor
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.session import SessionEnd
from envaccess.store.client import PAGE_SECONDS, name_pages, ours
from envaccess.store.keys import KINDS
from envaccess.store.runner import Runner

_AT_ONCE: Final = 50
"""Requests or sessions that one step reads, ends or seals."""


class ExclusiveLease:
    """The lease of one workspace in the hands of whoever changes all of it.

    Args:
        runner: the workspace's scripts.
        token: names the holder.
    """

    def __init__(self, runner: Runner, token: str) -> None:
        self._runner = runner
        self.token = token

    async def is_others(self) -> bool:
        """Whether another process has it."""
        async with ours():
            holder = await self._runner.client.get(self._runner.key("lease"))
        return holder not in {None, self.token}

    async def take(self) -> bool:
        """Take or keep it; False where another process has it."""
        return bool(await self._runner.run("lead", token=self.token))

    async def keep(self) -> None:
        """Keep it.

        Raises:
            StoreUnavailableError: another process has it: go no further.
        """
        if not await self.take():
            raise taken_over()

    async def resign(self) -> None:
        """Give it up."""
        await self._runner.run("resign", token=self.token)

    async def names(self, begin: str = "") -> AsyncIterator[Sequence[str]]:
        """Keys of the workspace whose names begin so, by page, with the lease kept before each."""
        async for page in name_pages(self._runner.client, f"{self._runner.prefix}{begin}*", PAGE_SECONDS):
            await self.keep()
            yield page

    def requests(self) -> AsyncIterator[list[str]]:
        """Ids of all requests by page, with the lease kept before each."""
        return self._ids("request")

    async def _ids(self, kind: str) -> AsyncIterator[list[str]]:
        """Ids of all records of a kind by page, with the lease kept before each."""
        prefix = self._runner.key(kind)
        async for page in self.names(KINDS[kind]):
            for start in range(0, len(page), _AT_ONCE):
                await self.keep()
                yield [name.removeprefix(prefix) for name in page[start : start + _AT_ONCE]]

    async def _drop_sessions(self, actor: Actor) -> None:
        """End every session: who is signed in does so anew."""
        async for ids in self._ids("session"):
            how = SessionEnd.UPGRADED
            await self._runner.run("drop_sessions", ids=",".join(ids), actor=str(actor), how=how)

    async def end_live(self, actor: Actor, why: EndReason) -> tuple[int, int]:
        """End sessions, live grants and requests that wait; returns how many of the latter two.

        Args:
            actor: who does it, for the audit.
            why: for the audit and the records.
        """
        await self._drop_sessions(actor)
        grants = requests = 0
        async for ids in self.requests():
            ended = await self._runner.outcome("end_live", ids=",".join(ids), actor=str(actor), why=why)
            grants, requests = grants + ended["grants"], requests + ended["requests"]
        return grants, requests


def taken_over() -> StoreUnavailableError:
    """Another process has the lease now."""
    return StoreUnavailableError("Another process took this workspace over")
