"""What security people watch, as the store tells it."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.domain.sinks import SinkLag
from envaccess.domain.watch import LiveGrants, SealState


class Watched(Protocol):
    """What is live, sealed and sent. Methods raise `StoreError`."""

    async def grants(self, page: int, size: int) -> LiveGrants:
        """A page of all live grants, in few round trips however many there are."""
        ...

    async def seal(self) -> SealState:
        """How far the audit stream is sealed."""
        ...

    async def sinks(self) -> Sequence[SinkLag]:
        """How far each sink is behind."""
        ...
