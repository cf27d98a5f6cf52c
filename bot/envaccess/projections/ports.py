"""What the projections need besides the verbs' ports: what is to be shown, and what is due."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.application.ports.process import Lease
from envaccess.domain.audit import Event
from envaccess.domain.cursors import Cursor
from envaccess.domain.render_batch import RenderBatch
from envaccess.domain.request import Request


class Messages(Protocol):
    """Slack's messages. Raises `MessageRefusedError`, `MessageDelayedError`, `MessageUncertainError`."""

    async def post_request(self, request: Request) -> str:
        """Post to the approvers channel; returns `ts`."""
        ...

    async def update_request(self, request: Request) -> None:
        """Redraw that message."""
        ...

    def known_dm(self, user: str) -> str:
        """The direct-message channel with somebody, if it is known without asking; else nothing."""
        ...

    async def dm(self, user: str) -> str:
        """The direct-message channel with somebody."""
        ...

    async def post_notification(self, request: Request) -> None:
        """Notify those who are awaited, in the thread under the request's message."""
        ...

    async def post_call(self, dm: str, request: Request) -> None:
        """Notify somebody who is not in the channel that they are awaited."""
        ...

    async def post_card(self, request: Request) -> str:
        """Post the requester's card to `request.surfaces.dm`; returns `ts`."""
        ...

    async def update_card(self, request: Request) -> None:
        """Redraw the card."""
        ...

    async def update_lost(self, request: Request, *, card: bool) -> None:
        """Say on the request's message, or on its card, that the store has lost it."""
        ...

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        ...

    async def post_lines(self, events: Sequence[Event], thread: str) -> tuple[str, int]:
        """Post the audit lines of these events, in a request's thread where there is one.

        Returns `ts`, and how many of them the message holds: the first, at least one.
        """
        ...

    async def post_digest(self, events: Sequence[Event]) -> int:
        """Post what stands for many lines, with every name; returns for how many of the events."""
        ...


class Outbox(Lease, Protocol):
    """What the relay has still to show, shared by all replicas."""

    async def resign(self) -> None:
        """Give the lease up."""
        ...

    async def due(self, limit: int, posts: int) -> RenderBatch:
        """What to render now: `limit` requests of each kind at most, `posts` of them with a new message."""
        ...

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        ...

    async def shown(self, request: str, **surfaces: str | int) -> None:
        """Store what was shown; clears the mark if nothing is left to show.

        The surfaces are fields of `domain.request.Surfaces`. A message in another's place
        makes the other an orphan, to be deleted.
        """
        ...

    async def forget_orphan(self, request: str, mark: str) -> None:
        """Forget an orphaned message that is deleted."""
        ...

    async def delay(self, request: str, seconds: float, *, posts: bool = True) -> None:
        """Try this one again later; without `posts`, its message keeps its place in the queue."""
        ...


class Cursors(Protocol):
    """How far each follower of the audit stream has come, by its name (`domain.cursors`).

    Attributes:
        retention: how long events are kept, in milliseconds.
    """

    retention: int

    async def at(self, name: str) -> str | None:
        """The last event that a follower has, `0-0` for none; None where what is stored is not believed."""
        ...

    async def move(self, name: str, event: str) -> bool:
        """Store that a follower has the events up to this one; never backwards. False: it is lost."""
        ...

    async def restart(self, name: str, event: str) -> None:
        """Begin anew after this event, with `audit.gap`, where what is stored cannot be believed."""
        ...

    async def newest_gap(self) -> str:
        """The event that told the last loss of the stream, if that was a moment ago; else nothing."""
        ...

    async def tell_gap(self, seen: str, known: Sequence[str]) -> tuple[str, bool]:
        """Tell that the stream lost the event `seen`, once for all processes; have everything drawn again.

        Returns:
            The event that tells it, empty where nothing is lost; whether it was written now.
        """
        ...

    async def all(self) -> tuple[int, Sequence[Cursor]]:
        """The store's time in milliseconds, and every cursor; that of the audit lines is always there."""
        ...

    async def lose(self, sink: Cursor, *, goes_on: bool = False) -> bool:
        """Declare a sink lost, with `sink.lost`, from which it goes on; False where it has moved since."""
        ...

    async def trim(self) -> int:
        """Drop what is older than the retention and what every follower has; returns how many."""
        ...


class DayThreads(Protocol):
    """The thread of each day in which checkpoints are told."""

    async def thread_of(self, day: str) -> str:
        """The `ts` of its first message; empty where there is none yet."""
        ...

    async def replicated(self) -> bool:
        """Whether a replica has all that was written until now, after a second's wait at most."""
        ...

    async def keep_thread(self, day: str, ts: str) -> None:
        """Remember it; those of earlier days are forgotten."""
        ...


class Deadlines(Protocol):
    """What time alone brings about."""

    async def settle(self, limit: int) -> float:
        """Run what is overdue; returns seconds until the next deadline, at most one, zero if more waits."""
        ...
