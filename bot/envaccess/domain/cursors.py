"""Named cursors: how far each follower of the audit stream has come, and which of them is waited for.

Events are dropped when they are older than the retention and every follower has them. A follower whose name
this version does not know is another version's, and is waited for like the rest. Only a sink, somebody else's
system, is waited for no longer than its limits: then it is declared lost, with an event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.audit import NO_EVENT, stream_order

LINES: Final = "lines"
"""The audit channel's lines. Besides, `seal`, `archive` and `leases` are kept for followers to come."""
SIGNALS: Final = "signals"
"""Whoever looks for what is unusual."""
ROTATION: Final = "rotation"
"""Whoever looks for values that are to be made worthless."""
SINK: Final = "sink:"
"""What stands before a sink's own name."""
SINK_BEHIND: Final = 7 * 24 * 3_600 * 1_000
"""Milliseconds for which the oldest event that a sink has not taken may wait."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where one follower stands.

    Attributes:
        stored: as it lies in the store.
        at: the last event that it has, `NO_EVENT` for none; empty where what is stored cannot be believed,
            because it is no stream id or is after the newest event.
        waiting: the oldest event that it does not have; empty where it has all.
    """

    name: str
    stored: str
    at: str
    waiting: str


def lost_sinks(cursors: Sequence[Cursor], now: int, retention: int, *, filling: bool) -> Sequence[Cursor]:
    """The sinks that are waited for no longer.

    Args:
        cursors: every follower's.
        now: Redis' time in milliseconds.
        retention: how long events are kept, in milliseconds.
        filling: whether Redis is filling up: then no sink keeps an event that would be dropped without it.
    """
    sinks = [cursor for cursor in cursors if cursor.name.startswith(SINK) and cursor.waiting]
    others = (cursor.at or NO_EVENT for cursor in cursors if not cursor.name.startswith(SINK))
    kept = _lowest([f"{now - retention}-0", *others])
    return [
        sink
        for sink in sinks
        if now - stream_order(sink.waiting)[0] > SINK_BEHIND
        or (filling and stream_order(sink.waiting) < stream_order(kept))
    ]


def _lowest(events: Iterable[str]) -> str:
    return min(events, key=stream_order)
