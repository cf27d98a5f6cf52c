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

    async def kill_bot(self) -> None:
        """`kill -9` the bot; returns when it is gone."""
        ...

    async def start_bot(self) -> None:
        """Start the bot's process if it does not run."""
        ...
