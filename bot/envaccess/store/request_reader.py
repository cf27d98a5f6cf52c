"""Reads requests for every adapter: what cannot be read is refused alone, and told once (law 14)."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from envaccess.domain.errors import RecordRefusedError, StoreError
from envaccess.domain.request import Request
from envaccess.store.keys import SECOND, TTLS
from envaccess.store.records import Loaded, load
from envaccess.store.runner import Runner

Alarm = Callable[[RecordRefusedError], None]

_TOLD_AGAIN: Final = TTLS["outcome"] / SECOND
"""Seconds after which what is still refused is told again."""
_REMEMBERED: Final = 10_000
"""Refusals that are remembered as told; above that all are forgotten, so that some are told again."""


def _silent(_: RecordRefusedError) -> None:
    """No alarm: for whoever only looks."""


class RequestReader:
    """Reads the records of one workspace's requests.

    A refusal is an event `record.refused`, once an hour however many processes meet it, and an alarm in each.

    Args:
        runner: the workspace's scripts.
        alarm: tells whoever runs this process.
    """

    def __init__(self, runner: Runner, alarm: Alarm = _silent) -> None:
        self._runner = runner
        self._alarm = alarm
        self._told: dict[tuple[str, str], float] = {}

    async def get(self, request: str) -> Request | None:
        """One request, as it truly stands now.

        Raises:
            RecordRefusedError: it is there, but cannot be relied on.
        """
        loaded = await self.load([request])
        if loaded.refused:
            raise loaded.refused[0]
        return loaded.requests[0] if loaded.requests else None

    async def all_of(self, ids: Iterable[str]) -> Sequence[Request]:
        """Those that exist and can be read, in the same order."""
        return list((await self.load(ids)).requests)

    async def load(self, ids: Iterable[str]) -> Loaded:
        """The same, and which are refused; each of them is told."""
        loaded = await load(self._runner, ids)
        for refused in loaded.refused:
            await self._tell(refused)
        return loaded

    async def _tell(self, refused: RecordRefusedError) -> None:
        what, now = (refused.request, refused.why), asyncio.get_running_loop().time()
        if self._told.get(what, now) > now:
            return
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        self._told[what] = now + _TOLD_AGAIN
        self._alarm(refused)
        op = f"record:{refused.request}:{refused.why}"
        with contextlib.suppress(StoreError):  # the alarm has told it, and the others are still read
            await self._runner.run("refuse_record", op=op, id=refused.request, why=refused.why)
