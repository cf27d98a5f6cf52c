"""Rotation: making a value that somebody saw worthless. New first, old killed last.

An issuer with two slots (two roles of PostgreSQL, two keys of AWS) has one that is live and one that is idle.
A rotation gives the idle one a new secret, publishes that where the value is read, and ends the other, which
is the one that was seen: two slots that merely alternate keep a seen secret alive for one more turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from envaccess.domain.errors import EnvaccessError
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable


class BlockedWhy(StrEnum):
    """Why a rotation waits for a person; the value stands in events and is stable."""

    SLOTS_FULL = "slots_full"
    """Both slots are in use, or a key is there that nobody here knows: none is ever deleted to make room."""
    PENDING_VERSION = "pending_version"
    """A version that another rotation left behind (AWSPENDING)."""
    UNREADABLE = "unreadable"
    """Which slot is live cannot be told from the current value."""
    LIVE_SLOT = "live_slot"
    """What was to be ended is what the source shows now."""
    DENIED = "denied"
    """The issuer does not let us."""
    MISCONFIGURED = "misconfigured"
    """What the file asks for cannot be: a role or user that is missing, a slot too few."""


class RotationError(EnvaccessError):
    """A step of a rotation did not happen, and may be tried again; its sentence holds no value."""


class RotationUncertainError(RotationError):
    """Nobody knows whether a step happened."""


class RotationBlockedError(RotationError):
    """A step cannot happen before a person has acted; nothing was changed.

    Attributes:
        why: told to people and written down.
    """

    def __init__(self, why: BlockedWhy, what: str) -> None:
        """`what` is one sentence that says what to do, and names slots but holds no value."""
        super().__init__(what)
        self.why = why


class PublishConflictError(RotationError):
    """The source shows another version than the one that was to be replaced; nothing was written."""


@dataclass(frozen=True, slots=True)
class RotationOp:
    """One rotation of one variable, as a rotator is told of it.

    Attributes:
        id: the same for every step and every repetition of one rotation: letters and digits.
        options: what the rule says of this kind of rotator, by field; templates are filled in.
        current: what the source showed right before this call.
        fresh: a new secret of 43 characters (`A-Z a-z 0-9 _ -`, 256 bits) for an issuer whose secrets are
            chosen
            by whoever sets them; the same at every repetition.
        pinned: what `plan` and `prepare` returned last; empty for the first `plan`. One that is planned
            once more
            still has what it made before.
    """

    id: str
    variable: Variable
    options: Mapping[str, str]
    current: Value
    fresh: str = field(repr=False)
    pinned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slot:
    """A new secret that works while the old one still does.

    Attributes:
        text: the whole value to publish for the variable.
        fields: other fields of the same secret of the source, to be written in the same step (the id of a
            key).
        pinned: what became known by making it (the id of the new key), added to `RotationOp.pinned`.
    """

    text: str = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    pinned: Mapping[str, str] = field(default_factory=dict)
