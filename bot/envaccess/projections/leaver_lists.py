"""Tells owners what a leaver has seen and is still current, once: by who leads.

A process that dies between posting and writing that down posts one list twice, and none is lost.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, Protocol

from envaccess.application.ports.process import Journal, Lease
from envaccess.domain.errors import DirectoryError
from envaccess.domain.exposure import LeaverList
from envaccess.projections.errors import MessageDelayedError, MessageError, MessageRefusedError

_LOOK_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 60.0


class LeaverQueue(Protocol):
    """Leavers whose lists are still to be told. Raises `StoreError`."""

    async def leaver_lists(self) -> Sequence[str]:
        """Some of them, the first first."""
        ...

    async def told_at(self, person: str) -> Collection[str]:
        """Where this one's list was posted already."""
        ...

    async def told(self, person: str, place: str = "") -> None:
        """It was posted at one place; without one, at all of them."""
        ...

    async def relist(self, most: int = 20) -> bool:
        """Write the rest of lists of very many people; whether more are left."""
        ...


class LeaverMessages(Protocol):
    """Slack. Raises `MessageError`."""

    async def post_leaver(self, place: str, person: str, seen: LeaverList) -> None:
        """Post one list, in a channel or to somebody."""
        ...


class LeaverLists:
    """Posts them, while this process has the lease.

    Args:
        lease: says whether this process leads.
        queue: whose lists are to be told.
        lists: what somebody has seen, by where it is told.
        messages: Slack.
        journal: the log.
    """

    def __init__(
        self,
        lease: Lease,
        queue: LeaverQueue,
        lists: Callable[[str], Awaitable[Mapping[str, LeaverList]]],
        messages: LeaverMessages,
        journal: Journal,
    ) -> None:
        self._lease, self._queue, self._lists = lease, queue, lists
        self._messages, self._journal = messages, journal

    async def step(self) -> float:
        """Tell what is to be told; seconds after which to look again.

        Raises:
            StoreError: Redis did not answer.
        """
        if not await self._lease.lead():
            return _LOOK_SECONDS
        more = await self._queue.relist()
        waits = [await self._tell(person) for person in await self._queue.leaver_lists()]
        return 0.1 if more else max([*waits, _LOOK_SECONDS])

    async def _tell(self, person: str) -> float:
        """Seconds after which to try again where something is left."""
        try:
            lists = await self._lists(person)
        except DirectoryError:
            return _AGAIN_SECONDS
        told = await self._queue.told_at(person)
        for place in sorted(lists.keys() - set(told)):
            try:
                await self._messages.post_leaver(place, person, lists[place])
            except MessageDelayedError as delayed:
                return delayed.seconds
            except MessageRefusedError as refused:  # this owner cannot be written to: the others are
                self._journal.fault("leaver.not_told", place=place, why=str(refused))
            except MessageError as error:
                self._journal.fault("leaver.not_told", place=place, why=str(error))
                return _AGAIN_SECONDS
            await self._queue.told(person, place)
        await self._queue.told(person)
        return 0.0
