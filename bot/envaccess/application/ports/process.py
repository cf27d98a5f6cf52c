"""What a process has whatever it serves: a clock, ids, a log, a limit, a lease."""

from typing import Protocol

from envaccess.domain.limits import Act


class Clock(Protocol):
    """The time of day, for working hours and for `from 22:00`; never for deadlines, which are Redis' own."""

    def now(self) -> int:
        """Milliseconds since the epoch."""
        ...


class Ids(Protocol):
    """Randomness."""

    def request(self) -> str:
        """A new request id."""
        ...

    def operation(self) -> str:
        """A new operation id."""
        ...


class Journal(Protocol):
    """The process's log: a tag and ids, never what a person typed."""

    def fault(self, what: str, **facts: str) -> None:
        """An expected fault, one line without a traceback."""
        ...

    def crash(self, what: str, error: BaseException) -> None:
        """A fault nobody expected, with its scrubbed traceback."""
        ...


class Throttle(Protocol):
    """Law 12's limit."""

    async def allow(self, op: str, person: str, act: Act = ...) -> bool:
        """Count an act; False above what a minute may have of it (`domain.limits`).

        A repeat of `op` is not counted, and gets the first answer.
        """
        ...


class Lease(Protocol):
    """Which process does what one of them does for all."""

    async def lead(self) -> bool:
        """Take or keep the lease; False while another process has it."""
        ...
