"""Keeps the Home tabs right that somebody may be looking at: drawn again when something changed for them."""

from collections.abc import Mapping
from typing import Protocol

from bot.domain.audit import Event
from bot.domain.errors import DirectoryError, MessageError
from bot.services.ports import Journal, Outbox, Stream

_PAGE = 1_000
_AT_ONCE = 10
"""Tabs drawn in one round: Slack takes about a hundred `views.publish` a minute (docs/slack.md)."""
_ROUND_SECONDS = 2.0
_BUSY_SECONDS = 15.0
"""After a round that drew as many as it may."""


class Lookers(Protocol):
    """Who opened their Home tab lately, and which pages of it they look at."""

    async def looking(self, person: str, pages: Mapping[str, int]) -> None:
        """Somebody opened it, or turned a page."""
        ...

    async def lately(self) -> Mapping[str, Mapping[str, int]]:
        """Everybody who may be looking, with their pages."""
        ...


class HomeTab(Protocol):
    """Draws a Home tab. Raises `MessageError`."""

    async def draw(self, person: str, pages: Mapping[str, int]) -> None:
        """From the state of this moment."""
        ...


class HomeKeeper:
    """One process's hand in it: only the one that leads draws tabs unasked.

    Args:
        lookers: who may be looking.
        tab: draws.
        stream: what happened; every change has its event.
        outbox: says whether this process leads.
        journal: the log.
    """

    def __init__(
        self, lookers: Lookers, tab: HomeTab, stream: Stream, outbox: Outbox, journal: Journal
    ) -> None:
        self._lookers = lookers
        self._tab = tab
        self._stream = stream
        self._outbox = outbox
        self._journal = journal
        self._seen = ""
        self._due: set[str] = set()

    async def step(self) -> float:
        """Draw for whom something changed; returns seconds until the next round."""
        if not self._seen or not await self._outbox.lead():
            self._seen = await self._stream.last()
            self._due.clear()
            return _ROUND_SECONDS
        events = await self._stream.after(self._seen, _PAGE)
        if not (events or self._due):
            return _ROUND_SECONDS
        looking = await self._lookers.lately()
        self._due |= {person for person in looking if any(_concerns(event, person) for event in events)}
        self._seen = events[-1].id if events else self._seen
        now = [person for person in looking if person in self._due][:_AT_ONCE]
        self._due = self._due.intersection(looking).difference(now)
        await self._draw({person: looking[person] for person in now})
        return _BUSY_SECONDS if len(now) >= _AT_ONCE else _ROUND_SECONDS

    async def _draw(self, looking: Mapping[str, Mapping[str, int]]) -> None:
        for person, pages in looking.items():
            try:
                await self._tab.draw(person, pages)
            except (DirectoryError, MessageError) as error:
                self._journal.fault("home", person=person, why=str(error))


_SHARED = ("request.", "emergency.", "duty.", "policy.", "secret.", "principal.")
"""Events that may put something into anybody's tab; of the others only those two people see something."""


def _concerns(event: Event, person: str) -> bool:
    return event.event.startswith(_SHARED) or person in {event.requester, event.actor.id}
