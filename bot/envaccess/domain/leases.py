"""A lease: a value that a source makes for one use of a grant, and destroys with it.

A lease is written down before it is made (`intended`), and again once it is made (`minted`). It is over only
when its source confirmed that nothing of it is left. Its id is what carries it at the source, so that whoever
finds it there knows whose it is.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from envaccess.domain.errors import SourceError
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable

LeaseId = NewType("LeaseId", str)
"""`ev_<workspace>_<request>_<variable's number>_<use>`: letters, digits and `_`, at most 63 of them.

PostgreSQL cuts longer names silently, and AWS takes 64 for a session's.
"""
LEASES_MOST = 5
"""Leases of one grant that may live at once."""
LEAST_SECONDS = 3
"""Nothing is made that would live for less."""
MARGIN_SECONDS = 1
"""What a lease ends earlier than its grant, so that it never outlives it by a slow answer."""
OVERDUE_SECONDS = 60
"""How long a login may be past its own end before it is ended whatever is written of it."""
COMMAND_OVER = "command"
"""Why a lease ends whose command is over."""
_ID = re.compile(r"ev_([A-Za-z0-9]{1,32})_([0-9a-z]{8})_(\d{1,3})_(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LeaseParts:
    """What an id says: whose it is.

    Attributes:
        number: which of the request's variables, counted from 0 in their order.
        use: the how manieth making of a value for this request, counted from 1.
    """

    workspace: str
    request: str
    number: int
    use: int


def lease_id(workspace: str, request: str, number: int, use: int) -> LeaseId:
    """The id of one lease. Raises `SourceError` where these make none that every source takes."""
    made = LeaseId(f"{lease_prefix(workspace)}{request}_{number}_{use}")
    if _ID.fullmatch(made) is None:
        raise SourceError("No lease can be made: the id of the workspace or request is too long")
    return made


def lease_prefix(workspace: str) -> str:
    """What every lease of a workspace begins with; a source is searched for it."""
    return f"ev_{workspace}_"


def lease_parts(text: str) -> LeaseParts | None:
    """Whose lease this is; None for whatever is no id of a lease."""
    found = _ID.fullmatch(text)
    if found is None:
        return None
    workspace, request, number, use = found.groups()
    return LeaseParts(workspace, request, int(number), int(use))


class LeaseState(StrEnum):
    """Where a lease stands in our records."""

    INTENDED = "intended"
    """About to be made; nobody has been shown it."""
    MINTED = "minted"
    ENDING = "ending"
    """Until its source confirms that nothing of it is left: then there is no record of it."""


class Standing(StrEnum):
    """The same in one letter, as the record of a request lists it."""

    INTENDED = "i"
    MINTED = "m"
    ENDING = "e"
    CLOSED = "c"
    """Ending, and nobody logs in with it any more."""
    LEFT = "t"
    """Locked out, but something belongs to it: a person decides."""


@dataclass(frozen=True, slots=True)
class GrantLease:
    """What a request says of one of its leases that is not confirmed gone.

    Attributes:
        number: which of its variables, counted from 0.
        works_until: when its source lets nobody in any more by itself: milliseconds, Redis time.
    """

    number: int
    use: int
    standing: Standing
    works_until: int

    @property
    def live(self) -> bool:
        """Whether it is meant to work."""
        return self.standing in {Standing.INTENDED, Standing.MINTED}


def read_leases(text: str) -> tuple[GrantLease, ...]:
    """What a record lists, `0_1:m:1764230000000,...`. Raises `ValueError` for what is no such list."""
    found = []
    for entry in text.split(",") if text else ():
        name, standing, until = entry.split(":")
        number, use = name.split("_")
        found.append(GrantLease(int(number), int(use), Standing(standing), int(until)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class LeaseIntent:
    """A lease that is about to be made, and is written down already.

    Attributes:
        place: where, with its options: which group, which database, how the value is put together.
        pinned: what the source said of itself (`Leases.pin`) when this was written down.
    """

    id: LeaseId
    place: LeasePlace
    pinned: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease that may exist at its source.

    Attributes:
        source: its name in `sources.yml`.
        pinned: of `Leases.pin`, and once it is known to be made, of `Minted`.
    """

    id: LeaseId
    variable: Variable
    source: str
    pinned: Mapping[str, str] = field(default_factory=dict)


class Due(StrEnum):
    """What is to be done about a lease at its source."""

    END = "end"
    EXTEND = "extend"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class DueLease:
    """A lease that this process shall see to now.

    Attributes:
        lease: as it is sealed; where its seal does not hold, with nothing pinned.
        left: milliseconds until its end.
        ends_at: that end: milliseconds, Redis time.
        extensions: the requests that its grant was prolonged by.
        stuck: whether it has not ended for so long that people were told.
    """

    lease: HeldLease
    request: str
    due: Due
    left: int = 0
    ends_at: int = 0
    extensions: tuple[str, ...] = ()
    stuck: bool = False


@dataclass(frozen=True, slots=True)
class DueLeases:
    """What was taken, and after how many milliseconds there is more; -1: nothing is left."""

    leases: tuple[DueLease, ...]
    wait: int


@dataclass(frozen=True, slots=True)
class KeptLease:
    """A lease as operators see it.

    Attributes:
        left: what was left of it when its source was asked last, or why that did not answer; empty before.
        sessions: how many were open then.
        works_until: when its source lets nobody in any more by itself: milliseconds, Redis time.
        ending_at: since when it is to end; 0: it lives.
        next_at: when its source is asked next.
    """

    id: LeaseId
    request: str
    requester: str
    variable: str
    source: str
    state: LeaseState
    works_until: int
    left: str = ""
    sessions: int = 0
    tries: int = 0
    ending_at: int = 0
    next_at: int = 0
    stuck: bool = False

    @property
    def is_tombstone(self) -> bool:
        """Whether a person has to decide about what belongs to it."""
        return self.left == Remains.OWNS


@dataclass(frozen=True, slots=True)
class Minted:
    """A lease was made.

    Attributes:
        value: what is shown; its version is the lease's id.
        pinned: what finds it again whatever becomes of its name, such as a role's oid, with the intent's.
        seconds: for how long it works from now on, as the source says; None where that is what was asked.
    """

    value: Value
    pinned: Mapping[str, str]
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """Nothing of it is left: looked for after it was ended, not concluded from the ending."""


class Remains(StrEnum):
    """What is left of a lease that was to end."""

    LOGIN = "login"
    """It may still be used anew."""
    SESSIONS = "sessions"
    """Nobody logs in any more; what was opened is open still."""
    OWNS = "owns"
    """Locked out and its sessions ended, but a person made things that belong to it: a person decides."""
    UNTIL = "until"
    """The source ends it at its time alone, and not before."""


@dataclass(frozen=True, slots=True)
class StillThere:
    """Something of it is left.

    Attributes:
        sessions: how many are open.
        what: one sentence for the operator: what is left, and what to do. Holds nothing of an answer's body.
    """

    why: Remains
    sessions: int = 0
    what: str = ""


CLOSED = frozenset({Remains.SESSIONS, Remains.OWNS})
"""What is left where nobody logs in any more."""


class LeaseTooShortError(SourceError):
    """The access ends too soon for anything to be made."""


class TimeLeft:
    """How long a lease may live, asked right before it is made: less what passed since, and a second."""

    def __init__(self, milliseconds: int, monotonic: Callable[[], float]) -> None:
        """`milliseconds` are left by Redis' clock now; `monotonic` tells seconds of any clock that runs."""
        self._monotonic = monotonic
        self._ends = monotonic() + milliseconds / 1000 - MARGIN_SECONDS

    def seconds(self) -> int:
        """Whole seconds from now. Raises `LeaseTooShortError` under `LEAST_SECONDS`."""
        left = int(self._ends - self._monotonic())
        if left < LEAST_SECONDS:
            raise LeaseTooShortError("The access ends in a moment: nothing was made for it")
        return left
