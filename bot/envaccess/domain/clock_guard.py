"""Whether the clock of the store can be trusted with the ends of grants.

They are Redis' own times: a clock that stepped back two hours lets a grant of one hour live three. The
newest event is a mark that never goes back.
"""

from dataclasses import dataclass
from typing import Final

BEHIND_EVENTS: Final = 1_000
"""Milliseconds that it may be behind the newest event."""

OFF_OURS: Final = 30_000
"""Milliseconds that it may differ from our own clock."""

_FORGED: Final = "or remove an event that has a time to come, as the runbook for the clock says"


@dataclass(frozen=True, slots=True)
class ClockFault:
    """What is wrong with a clock.

    Attributes:
        tag: a constant word.
        problem: for the operator's log.
        mend: what to do about it.
    """

    tag: str
    problem: str
    mend: str


def clock_fault(redis: int, newest: int, ours: int) -> ClockFault | None:
    """What is wrong; None where nothing is.

    Args:
        redis: its time, in milliseconds since the epoch, as are the others.
        newest: the time in the id of the newest event; 0 where there is none.
        ours: this machine's.
    """
    if newest - redis > BEHIND_EVENTS:
        behind = (newest - redis) // 1_000
        problem = f"Redis' clock is {behind} s behind the newest event, and no value is shown"
        return ClockFault("clock_back", problem, f"Set its clock by NTP, {_FORGED}")
    if abs(redis - ours) > OFF_OURS:
        way = "ahead of" if redis > ours else "behind"
        problem = (
            f"Redis' clock is {abs(redis - ours) // 1_000} s {way} this machine's, and no value is shown"
        )
        return ClockFault("clock_off", problem, "Set both by the same NTP servers")
    return None
