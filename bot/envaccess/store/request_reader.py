"""Reads requests for every adapter: what cannot be read is refused alone, and told once (law 14)."""

from collections.abc import Iterable, Sequence
from functools import partial

from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.request import Request
from envaccess.store.record_seals import StoredRequest
from envaccess.store.records import Loaded, build, load
from envaccess.store.refusals import SEAL_KEY, Alarm, Refusals, Refused, silent, with_keys_of_now
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing


class RequestReader:
    """Reads the records of one workspace's requests.

    A refusal is an event `record.refused`, once an hour however many processes meet it, and an alarm in each.

    Args:
        runner: the workspace's scripts.
        sealing: opens what people sealed.
        alarm: tells whoever runs this process.
    """

    def __init__(self, runner: Runner, sealing: Sealing, alarm: Alarm = silent) -> None:
        self._runner = runner
        self.sealing = sealing
        self._refusals = Refusals(runner, alarm)

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
            return await with_keys_of_now(self.sealing, partial(build, stored, self.sealing))
        except RecordRefusedError as refused:
            await self.tell(refused)
            raise

    async def load(self, ids: Iterable[str]) -> Loaded:
        """The same, and which are refused; each of them is told."""
        wanted = list(ids)
        loaded = await load(self._runner, self.sealing, wanted)
        unknown = any(refused.why == SEAL_KEY for refused in loaded.refused)
        if unknown and await self.sealing.look_again():
            loaded = await load(self._runner, self.sealing, wanted)
        for refused in loaded.refused:
            await self.tell(refused)
        return loaded

    async def tell(self, refused: Refused) -> None:
        """Write down that a record is refused, and raise the alarm, once an hour for each reason."""
        await self._refusals.tell(refused)
