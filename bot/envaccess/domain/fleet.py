"""The processes that serve one workspace, as each says of itself, and what waits for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

BEAT_SECONDS: Final = 10.0
"""How often a process says that it serves."""
LOST_SECONDS: Final = 45.0
"""A process that has said nothing for so long serves no more: it was killed, or Redis does not hear it."""
SOCKETS_EACH: Final = 2
"""Connections of a process in Socket Mode."""
SOCKETS_MOST: Final = 5
"""Processes in Socket Mode: Slack allows an app ten connections."""
APART_MOST: Final = 1
"""How far two layouts may be apart: what is new is read first, and written one version later."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a version writes what it stores.

    Attributes:
        epoch: the store as a whole.
        schema: the record of a request.
    """

    epoch: int
    schema: int

    def is_apart_from(self, other: "Layout") -> bool:
        """Whether two processes that write so cannot serve side by side."""
        return max(abs(self.epoch - other.epoch), abs(self.schema - other.schema)) > APART_MOST


@dataclass(frozen=True, slots=True)
class Replica:
    """One process that serves.

    Attributes:
        id: names it in the lease as well.
        version: of envaccess.
        mode: `socket` or `http`.
        started_at: milliseconds since the epoch, by its own clock.
        seen_at: when it last said so, by Redis' clock.
        leads: whether it draws, tells and does what one process does for all.
    """

    id: str
    version: str
    layout: Layout
    host: str
    pid: int
    mode: str
    started_at: int
    seen_at: int = 0
    leads: bool = False

    @property
    def place(self) -> str:
        """Where it runs."""
        return f"{self.host}, process {self.pid}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """All of them at one moment, and what waits for them.

    Attributes:
        now: Redis' clock, in milliseconds.
        replicas: the longest there first.
        pending: requests that nobody has decided.
        oldest: since when the oldest of these waits; 0 for none.
        undrawn: requests whose messages are to be drawn.
        overdue: since when the oldest deadline is overdue; 0 where none is.
    """

    now: int
    replicas: Sequence[Replica]
    pending: int = 0
    oldest: int = 0
    undrawn: int = 0
    overdue: int = 0

    @property
    def versions(self) -> frozenset[str]:
        """Those that serve side by side."""
        return frozenset(replica.version for replica in self.replicas)

    @property
    def sockets(self) -> int:
        """Connections of Socket Mode that they may have; a new one is opened before the old one is closed."""
        modes = [replica.mode for replica in self.replicas]
        return modes.count("socket") * (SOCKETS_EACH + 1)

    @property
    def leaders(self) -> Sequence[Replica]:
        """Who leads: one, or nobody for the moment."""
        return [replica for replica in self.replicas if replica.leads]


def too_far(own: Layout, replicas: Iterable[Replica]) -> Replica | None:
    """One of those beside which a process with this layout must not serve."""
    return next((replica for replica in replicas if own.is_apart_from(replica.layout)), None)
