"""Reads requests for every adapter: what cannot be read is refused alone, and told once (law 14)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

from envaccess.domain.archive import ArchivedRequest
from envaccess.domain.errors import ArchiveError, RecordRefusedError, StoreUnavailableError
from envaccess.domain.request import Request
from envaccess.store.record_seals import StoredRequest
from envaccess.store.records import Loaded, build, load
from envaccess.store.refusals import SEAL_KEY, Alarm, Refusals, Refused, silent, with_keys_of_now
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing


class Archived(Protocol):
    """Requests that left Redis."""

    async def find(self, ids: Iterable[str]) -> Mapping[str, ArchivedRequest]:
        """Those of these that are in the archive. Raises `ArchiveError`."""
        ...


class RequestReader:
    """Reads the records of one workspace's requests.

    A refusal is an event `record.refused`, once an hour however many processes meet it, and an alarm in each.

    Args:
        runner: the workspace's scripts.
        sealing: opens what people sealed.
        alarm: tells whoever runs this process.
        archive: where those are that left Redis; None where there is none.
    """

    def __init__(
        self, runner: Runner, sealing: Sealing, alarm: Alarm = silent, archive: Archived | None = None
    ) -> None:
        self._runner = runner
        self._archive = archive
        self.sealing = sealing
        self._refusals = Refusals(runner, alarm)

    async def get(self, request: str) -> Request | None:
        """One request, as it truly stands now.

        Raises:
            RecordRefusedError: it is there, but cannot be relied on.
            StoreUnavailableError: it may be in the archive, which does not answer.
        """
        loaded, away = await self._load_all([request])
        if away:
            raise StoreUnavailableError(str(away))
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
        """The same, and which are refused; each of them is told.

        Where the archive does not answer, those that are in Redis are all there is.
        """
        loaded, _ = await self._load_all(list(ids))
        return loaded

    async def _load_all(self, wanted: Sequence[str]) -> tuple[Loaded, ArchiveError | None]:
        """What Redis and the archive have of these, in the same order; why the archive did not answer."""
        loaded, away = await self._load(wanted), None
        known = {found.id for found in loaded.requests} | {refused.request for refused in loaded.refused}
        missing = [id_ for id_ in dict.fromkeys(wanted) if id_ not in known]
        if self._archive is None or not missing:
            return loaded, None
        try:
            archived = await self._archive.find(missing)
        except ArchiveError as error:
            return loaded, error
        requests, refused = {found.id: found for found in loaded.requests}, list(loaded.refused)
        for id_, found in archived.items():
            try:
                read = await self.read(StoredRequest(id_, found.fields, found.text))
                requests[id_] = read.as_of(self.sealing.clock(), key_lives=False)
            except RecordRefusedError as error:
                refused.append(error)
        kept = tuple(requests[id_] for id_ in wanted if id_ in requests)
        return Loaded(kept, tuple(refused)), away

    async def _load(self, wanted: Sequence[str]) -> Loaded:
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
