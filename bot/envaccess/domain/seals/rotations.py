"""What the seal of a rotation says: all of it.

`at` is the sealing process's own clock, in milliseconds since the epoch. Who writes to Redis could else have
us end the secret that everybody uses, publish another one, or ask a rotator anew. An older seal put back does
none of that: each step is held against what the source shows right then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from envaccess.domain.seals.statements import Statement


class RotationStage(StrEnum):
    """How far a rotation is; the value is stored, and stable."""

    DUE = "due"
    """It waits for other live grants that hold the value, for its turn, or to be tried again."""
    PLANNED = "planned"
    """Which slot is made and which is ended is pinned; nothing is changed yet, as far as is known."""
    PREPARED = "prepared"
    """The new secret works; it is published next."""
    PUBLISHED = "published"
    """The source shows the new one; the old one lives until the grace is over and it is proven ended."""
    ASKING = "asking"
    """A rotator is asked; whether it was, only the process that asks knows."""
    ASKED = "asked"
    """A rotator has accepted, or may have: the source is asked until the time is over."""
    TASK = "task"
    """The owner is asked to do it."""
    DONE = "done"
    GONE = "gone"
    """There is no such variable any more."""


CLOSED = frozenset({RotationStage.DONE, RotationStage.GONE})
"""Where nothing follows."""
RUNNING = frozenset(
    {
        RotationStage.PLANNED,
        RotationStage.PREPARED,
        RotationStage.PUBLISHED,
        RotationStage.ASKING,
        RotationStage.ASKED,
    }
)
"""Where something was begun that another rotation of the same variable waits for."""


class RotationWhy(StrEnum):
    """What made a rotation due; the value stands in events and is stable."""

    GRANT_END = "grant_end"
    SEEN_BY = "seen_by"
    AGE = "age"
    LEAVER = "leaver"
    DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class RotationSeal(Statement):
    """A rotation, as it stands.

    Attributes:
        variable: its name with its environment.
        seen: the version that is to be made worthless, as the ledger writes it; empty for whatever is
            current when
            it begins.
        why: `RotationWhy`, and `stage`: `RotationStage`; words, so that a later version's refuse this
            record alone.
        by: who wanted it, as the audit stream writes an actor.
        due_at: since when it is due; so is `at` our own clock, and all other moments.
        wait_until: until when it waits for other live grants.
        number: how often it changed.
        tries: failures in a row, of the steps up to the publishing or of the end of the old one.
        asked: how often a rotator was asked; each time is an operation of its own.
        kind: who makes the new value, `RotatorKind`; empty until it was looked up.
        pinned: the slots, as a rotator named them.
        before: the version that is replaced; empty where none is planned.
        after: the mark of the new value; empty until there is one.
        changed_at: when it was published, or when the rotator was asked.
        blocked: why a person has to act before it goes on, a short word; empty where nothing is in the way.
        says: one sentence of the rotator about that, or about the last failure.
        owners: whom its message calls, ids of people and groups with commas between them.
        key: which key made the marks; under another one nothing can be compared.
        told_at: when the owners were told, or reminded, last; 0: not yet.
        closed_at: when it was over; 0: it is not.
        people: how many had seen the value, where that made it due; None: something else did.
        away_at: since when a source or an issuer does not answer; None: all do.
    """

    KIND: ClassVar[str] = "rotation"
    id: str
    variable: str
    seen: str
    why: str
    by: str
    due_at: int
    wait_until: int
    at: int
    stage: str = RotationStage.DUE
    number: int = 0
    tries: int = 0
    asked: int = 0
    kind: str = ""
    pinned: Mapping[str, str] | None = None
    before: str = ""
    after: str = ""
    changed_at: int = 0
    blocked: str = ""
    says: str = ""
    owners: str = ""
    key: str = ""
    told_at: int = 0
    closed_at: int = 0
    people: int | None = field(default=None, kw_only=True)
    away_at: int | None = field(default=None, kw_only=True)

    def moved(self, **changes: Any) -> Self:  # noqa: ANN401 - its own fields
        """The same with some facts changed."""
        return replace(self, **changes)

    @property
    def is_closed(self) -> bool:
        """Whether it is over."""
        return self.stage in CLOSED

    @property
    def for_owners(self) -> bool:
        """Whether a person has to act, or to be told, now."""
        return not self.is_closed and (self.stage == RotationStage.TASK or bool(self.blocked))

    @property
    def op(self) -> str:
        """The operation that a rotator is told of: letters and digits."""
        return f"{self.id}n{self.asked}"
