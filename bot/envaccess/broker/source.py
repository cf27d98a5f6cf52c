"""Where the broker gets services that may be called now, and where it reports calls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, Self

from envaccess.broker.echo import EchoSearch
from envaccess.broker.service import BrokeredService


class OpenService:
    """A service while its grant lives. Calls under way register, and are broken off at its end.

    Raises:
        CallRefusedError: its value is too short to be found in an answer, or would go out in the clear.
    """

    def __init__(self, service: BrokeredService) -> None:
        service.check_base()
        self.service, self.echo = service, EchoSearch(service)
        self._running: set[Callable[[], object]] = set()
        self.ended = asyncio.Event()

    @property
    def is_running(self) -> bool:
        """Whether a call is under way."""
        return bool(self._running)

    def end(self) -> None:
        """The grant is over: break off what is under way."""
        self.ended.set()
        for abort in tuple(self._running):
            abort()

    def begin(self, abort: Callable[[], object]) -> None:
        """A call begins; told to break off at the end of the grant."""
        self._running.add(abort)

    def done(self, abort: Callable[[], object]) -> None:
        """A call is over."""
        self._running.discard(abort)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call, as it is reported: nothing of its query, its headers or its bodies.

    Attributes:
        status: of HTTP; 0 where none was passed back.
        blocked: why it was blocked; empty if it was not.
    """

    grant: str
    service: str
    method: str
    host: str
    path: str
    status: int
    blocked: str = ""

    def shortened(self, path: str) -> Self:
        """The same with another path."""
        return replace(self, path=path)


class ServiceSource(Protocol):
    """Where services come from, and where calls are reported."""

    async def open(self, name: str) -> OpenService:
        """The service of this name.

        Raises:
            CallRefusedError: there is none, or no live grant for its variable.
        """
        ...

    def record(self, call: CallRecord) -> None:
        """A call was made or blocked; one that was blocked as an echo has ended the grant."""
        ...
