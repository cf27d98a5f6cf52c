"""What the page needs from behind Slack: Redis' facts, and control of the bot and of Redis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Standing = Literal["starting", "up", "down"]


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A live grant. Times are milliseconds since the epoch, Redis time.

    Attributes:
        ttl_ms: what is left of the key itself (PTTL); -2 when it is gone.
    """

    id: str
    requester: str
    variables: tuple[str, ...]
    once: bool
    granted_at: int
    expires_at: int
    ttl_ms: int


@dataclass(frozen=True, slots=True)
class TreeFacts:
    """What verifying the audit tree found.

    Attributes:
        exit_code: as `envaccess audit verify` ends with: 0 valid, 3 altered, 4 forked, 5 incomplete.
        problems: what does not hold, in the words of that command.
        size: how many events the newest head seals.
        origin: what that head is called.
        root: in hexadecimal digits.
        key: the eight that name the key that signed it.
        sealed_until: when the last of them happened, milliseconds of Redis' time; 0 for none.
        events: how many the stream has.
        marks: events -> `sealed`, `waits`, `altered` or `missing`, and their index; -1 for none.
    """

    exit_code: int
    problems: tuple[str, ...]
    size: int
    origin: str
    root: str
    key: str
    sealed_until: int
    events: int
    marks: Mapping[str, tuple[str, int]]


class Backend(Protocol):
    """What lies monitor. Methods that ask Redis raise `StoreError`."""

    @property
    def bot(self) -> Standing:
        """Whether the bot's process runs and was connected since it started."""
        ...

    @property
    def ready(self) -> bool:
        """Whether everything that a newcomer needs is in place."""
        ...

    async def events(self, after: str, count: int) -> Sequence[Mapping[str, Any]]:
        """Audit events after a stream id, oldest first, as `audit export` prints them."""
        ...

    async def wait(self, last: str, seconds: float) -> None:
        """Return when an event after `last` came, or when the time is over."""
        ...

    async def grants(self) -> Sequence[GrantFacts]:
        """The live grants."""
        ...

    async def move_clock(self, seconds: int) -> None:
        """Shorten every time that Redis holds, in one step."""
        ...

    async def restart_redis(self) -> None:
        """End the Redis server at once; its watcher starts it again."""
        ...

    @property
    def tampered(self) -> str:
        """What was done to the audit stream and is not undone: `edit`, `delete` or `fork`; else empty."""
        ...

    async def tree(self) -> TreeFacts:
        """The audit tree, verified just now."""
        ...

    async def tamper(self, deed: str) -> None:
        """Edit an event, delete one, or sign another tree of the same size."""
        ...

    async def undo_tampering(self) -> None:
        """Bring the true stream back."""
        ...

    async def kill_bot(self) -> None:
        """`kill -9` the bot; returns when it is gone."""
        ...

    async def start_bot(self) -> None:
        """Start the bot's process if it does not run."""
        ...
