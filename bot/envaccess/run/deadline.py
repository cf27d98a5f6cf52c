"""What is to be done about the end of access, as a pure function of the time."""

from enum import Enum, auto


class EndPhase(Enum):
    """How far the end has come."""

    BEFORE = auto()
    ASK = auto()
    """Every process is asked to end (SIGTERM)."""
    FORCE = auto()
    """Every process is ended (SIGKILL)."""


def phase(now: float, ends_at: float, grace: float) -> EndPhase:
    """Where we are. Who wakes more than the grace after the end goes straight to `FORCE`.

    Args:
        now: seconds of a clock that goes on while the machine sleeps.
        ends_at: on the same clock.
        grace: seconds between asking and forcing.
    """
    if now < ends_at:
        return EndPhase.BEFORE
    return EndPhase.ASK if now < ends_at + grace else EndPhase.FORCE


WARNED_BEFORE = 60.0
"""Seconds before the end at which a person is told."""


def is_soon(now: float, ends_at: float) -> bool:
    """Whether the end is near enough to say so."""
    return ends_at - WARNED_BEFORE <= now < ends_at
