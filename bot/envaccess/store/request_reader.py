"""Reads requests for every adapter: what cannot be read is refused alone, and told once (law 14)."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from envaccess.domain.audit import Tag
from envaccess.domain.errors import RecordRefusedError, SealRefusedError, StoreError
from envaccess.domain.request import Request
from envaccess.store.keys import SECOND, TTLS
from envaccess.store.record_seals import StoredRequest
from envaccess.store.records import Loaded, build, load
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

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
        sealing: opens what people sealed.
        alarm: tells whoever runs this process.
    """

    def __init__(self, runner: Runner, sealing: Sealing, alarm: Alarm = _silent) -> None:
        self._runner = runner
        self.sealing = sealing
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

    async def read(self, stored: StoredRequest) -> Request:
        """What a script returned of a request, as it saw it.

        Raises:
            RecordRefusedError: it cannot be relied on; that is told.
        """
        try:
            return build(stored, self.sealing)
        except RecordRefusedError as refused:
            await self.tell(refused)
            raise

    async def load(self, ids: Iterable[str]) -> Loaded:
        """The same, and which are refused; each of them is told."""
        loaded = await load(self._runner, self.sealing, ids)
        for refused in loaded.refused:
            await self.tell(refused)
        return loaded

    async def tell(self, refused: RecordRefusedError) -> None:
        """Write down that a record is refused, and raise the alarm, once an hour for each reason."""
        what, now = (refused.request, refused.why), asyncio.get_running_loop().time()
        if self._told.get(what, now) > now:
            return
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        self._told[what] = now + _TOLD_AGAIN
        self._alarm(refused)
        op = f"record:{refused.request}:{refused.why}"
        event, why = Tag.RECORD_REFUSED, refused.why
        if isinstance(refused, SealRefusedError):
            event, why = Tag.SEAL_BROKEN, refused.fault
        with contextlib.suppress(StoreError):  # the alarm has told it, and the others are still read
            await self._runner.run("refuse_record", op=op, id=refused.request, event=event, why=why)
