"""Keeps the Home tabs right that somebody may be looking at: drawn again when something changed for them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from envaccess.application.ports.audit import Stream
from envaccess.application.ports.process import Journal
from envaccess.domain.audit import NO_EVENT, Event
from envaccess.domain.errors import DirectoryError
from envaccess.domain.variable import Variable, parse_variable
from envaccess.projections.errors import MessageDelayedError, MessageError
from envaccess.projections.ports import Outbox

_PAGE = 1_000
_ROUND_SECONDS = 2.0


class HomeViewers(Protocol):
    """Who opened their Home tab lately, and which pages of it they look at."""

    async def looking(self, person: str, pages: Mapping[str, int]) -> None:
        """Somebody opened it, or turned a page."""
        ...

    async def lately(self) -> Mapping[str, Mapping[str, int]]:
        """Everybody who may be looking, with their pages."""
        ...


class HomeTab(Protocol):
    """Draws a Home tab. Raises `MessageError`; `MessageDelayedError` while Slack takes no more."""

    async def draw(self, person: str, pages: Mapping[str, int]) -> None:
        """From the state of this moment."""
        ...


class HomeTabs:
    """Redraws Home tabs: only the process with the lease does so unasked.

    Args:
        viewers: who may be looking. tab: draws one.
        stream: what happened; every change has its event.
        outbox: says whether this process leads.
        journal: the log.
        watches: whether somebody sees what is live, sealed and sent.
        owns: whether one of these variables is somebody's: they see how many know its value.
    """

    def __init__(
        self,
        viewers: HomeViewers,
        tab: HomeTab,
        stream: Stream,
        outbox: Outbox,
        journal: Journal,
        watches: Callable[[str], Awaitable[bool]],
        owns: Callable[[str, Collection[Variable]], Awaitable[bool]],
    ) -> None:
        self._viewers = viewers
        self._tab = tab
        self._stream = stream
        self._outbox = outbox
        self._journal = journal
        self._watches = watches
        self._owns = owns
        self._seen = ""
        self._due: dict[str, None] = {}

    async def step(self) -> float:
        """Draw for whom something changed; returns seconds until the next round."""
        if not self._seen or not await self._outbox.lead():
            self._seen = await self._stream.last()
            self._due.clear()
            return _ROUND_SECONDS
        lost = self._seen != NO_EVENT and not await self._stream.holds(self._seen)
        self._seen = await self._stream.last() if lost else self._seen
        events = await self._stream.bare(self._seen, _PAGE)
        if not (events or self._due or lost):
            return _ROUND_SECONDS
        looking = await self._viewers.lately()
        concerned = [person for person in looking if lost or await self._is_concerned(events, person)]
        # Whoever has been due for longest comes first, however often something changes for the others.
        self._due = {person: None for person in [*self._due, *concerned] if person in looking}
        self._seen = events[-1].id if events else self._seen
        for person in list(self._due):
            try:
                await self._draw(person, looking[person])
            except MessageDelayedError as error:
                return error.seconds
        return _ROUND_SECONDS

    async def _is_concerned(self, events: Sequence[Event], person: str) -> bool:
        if any(_concerns(event, person) for event in events):
            return True
        seen = {name for event in events if event.event.startswith(_SEEN) for name in event.variables}
        try:
            if seen and await self._owns(person, list(filter(None, map(parse_variable, seen)))):
                return True
            watched = any(event.event.startswith(_WATCHED) for event in events)
            return watched and await self._watches(person)
        except DirectoryError:  # whether they see any of it is asked again when it is drawn
            return True

    async def _draw(self, person: str, pages: Mapping[str, int]) -> None:
        """Draw for one person; whoever could not be drawn now stays due."""
        try:
            await self._tab.draw(person, pages)
        except MessageDelayedError:
            raise
        except (DirectoryError, MessageError) as error:
            self._journal.fault("home", person=person, why=str(error))
        self._due.pop(person, None)


_SHARED = ("request.", "emergency.", "duty.", "policy.", "secret.", "principal.")
"""Events that may put something into anybody's tab; of the others only those two people see something."""

_SEEN = "value."
"""Events that put something into the tab of a variable's owners."""
_WATCHED = ("grant.", "audit.checkpoint", "audit.gap", "sink.", "seal.", "signal.", "review.")
"""Events that put something into the tab of whoever watches over security."""


def _concerns(event: Event, person: str) -> bool:
    return event.event.startswith(_SHARED) or person in {event.requester, event.actor.id, event.behind}
