"""What the projections need besides the verbs' ports: what is to be shown, and what is due."""

from typing import Protocol

from envaccess.application.ports.process import Lease
from envaccess.domain.due import Due
from envaccess.domain.request import Request


class Outbox(Lease, Protocol):
    """What the relay has still to show, shared by all replicas."""

    async def resign(self) -> None:
        """Give the lease up."""
        ...

    async def due(self, limit: int, posts: int) -> Due:
        """Whose turn it is: at most `limit` requests of each kind, of which `posts` may post a message."""
        ...

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        ...

    async def shown(self, request: str, **surfaces: str | int) -> None:
        """Store what was shown; clears the mark if nothing is left to show.

        The surfaces are fields of `domain.request.Surfaces`. A message in another's place makes the other a
        stray, to be deleted.
        """
        ...

    async def forget_orphan(self, request: str, mark: str) -> None:
        """Forget a stray message that is deleted."""
        ...

    async def delay(self, request: str, seconds: float, *, posts: bool = True) -> None:
        """Try this one again later; without `posts`, its message in the channel keeps its turn."""
        ...

    async def cursor(self) -> str:
        """The last event whose line is in the audit channel."""
        ...

    async def move_cursor(self, event: str) -> None:
        """That line is posted."""
        ...


class Deadlines(Protocol):
    """What time alone brings about."""

    async def settle(self, limit: int) -> float:
        """Run what is overdue; returns seconds until the next deadline, at most one, zero if more waits."""
        ...
