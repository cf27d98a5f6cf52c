"""Who has seen which value. A value is known by its mark, never by what it is.

A version is the source's own id and the mark, `3~9f86d081884c7d65`. The id alone would not do: some sources
give none, and some count edits that leave the value as it was. So two versions with one mark are one value,
and who has seen it under an earlier id knows it still.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.call import BROKER, CI, SLACK, Origin
from envaccess.domain.principal import Principal
from envaccess.domain.variable import Variable

_MARKED: Final = "~"
GET: Final = "envaccess get"
"""The program that a terminal names where it shows the value to its person."""
HOST: Final = "host"
IMPORTED: Final = "imported"
"""Ways in which nobody's grant was used: read by an operator, and brought in from elsewhere."""


def version_of(version: str, mark: str) -> str:
    """Which value this is, everywhere that it is written down: the source's own id, and the value's mark."""
    return f"{version}{_MARKED}{mark}"


def mark_of(version: str) -> str:
    """What is the same for the same value; empty for what is no version."""
    return version.rpartition(_MARKED)[2] if _MARKED in version else ""


class SeerKind(StrEnum):
    """What kind of thing saw a value."""

    PERSON = "person"
    """Somebody to whom it was shown, or who read it on the host."""
    PROCESS = "process"
    """A process that used it: a command of a person's, an agent's broker, a machine's pipeline."""
    UNKNOWN = "unknown"
    """Nobody knows who: it was brought in from elsewhere."""


@dataclass(frozen=True, slots=True, order=True)
class Seer:
    """Who saw a value.

    Attributes:
        id: of a person the Slack user id, or who they are on the host (`cli:root`); of a process the person
            whose it is, or the machine (`machine:deploy`); empty where nobody knows.
    """

    kind: SeerKind
    id: str = ""

    def __str__(self) -> str:
        """`person:U0ALICE`, `process:machine:deploy`, `unknown`."""
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)


UNKNOWN: Final = Seer(SeerKind.UNKNOWN)


def read_seer(text: str) -> Seer:
    """The inverse of `str(seer)`; of what this version does not know nobody knows who it is."""
    kind, _, name = text.partition(":")
    return Seer(SeerKind(kind), name) if kind in set(SeerKind) else UNKNOWN


def seers_of(person: str) -> tuple[Seer, ...]:
    """A person, and the processes that used values for them."""
    return Seer(SeerKind.PERSON, person), Seer(SeerKind.PROCESS, person)


def seer_of(principal: Principal, origin: Origin) -> tuple[Seer, str]:
    """Who sees what leaves through a surface, and how, as one word.

    A machine is one for all of its runs; an agent is the person behind it, since each session is another one.
    """
    if principal.kind is ActorKind.MACHINE:
        return Seer(SeerKind.PROCESS, str(principal.actor)), CI
    if principal.kind is ActorKind.AGENT:
        return Seer(SeerKind.PROCESS, principal.behalf or str(principal.actor)), BROKER
    if origin.surface == SLACK:
        return Seer(SeerKind.PERSON, principal.id), SLACK
    program = origin.receipt.program if origin.receipt else ""
    if program in {"", GET}:
        return Seer(SeerKind.PERSON, principal.id), "terminal"
    return Seer(SeerKind.PROCESS, principal.id), "run"


@dataclass(frozen=True, slots=True)
class Seen:
    """One who has seen one value.

    Attributes:
        first: when for the first time, milliseconds, Redis time; so is `last`.
        how: how often in each way: `slack`, `terminal`, `run`, `broker`, `ci`, `host`, `imported`.
    """

    seer: Seer
    first: int
    last: int
    how: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def times(self) -> int:
        """How often in all."""
        return sum(self.how.values())


@dataclass(frozen=True, slots=True)
class SeenCount:
    """How many have seen the current value of a variable.

    Attributes:
        people: of whom it is known who they are.
        processes: machines, and people whose commands or agents used it.
        unknown: whether it was known to nobody knows whom when it came here.
    """

    people: int = 0
    processes: int = 0
    unknown: bool = False

    def __str__(self) -> str:
        """`3 people and 1 process`; empty where it is nobody of whom it is known."""
        people = f"{self.people} {'person' if self.people == 1 else 'people'}" if self.people else ""
        processes = f"{self.processes} process{'' if self.processes == 1 else 'es'}" if self.processes else ""
        return " and ".join(filter(None, (people, processes)))

    @property
    def any(self) -> bool:
        """Whether anybody or anything has."""
        return bool(self.people or self.processes or self.unknown)


@dataclass(frozen=True, slots=True)
class CurrentValue:
    """A value that is current.

    Attributes:
        version: as `version_of` writes it.
        as_of: when it was last read, milliseconds.
        leased: whether it was made for one grant, and is current as long as its lease lives.
    """

    version: str
    as_of: int
    leased: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """A value that is current, and that one of these has seen."""

    variable: Variable
    current: CurrentValue
    seen: Seen


@dataclass(frozen=True, slots=True)
class KnownVariable:
    """A variable whose current value somebody has seen.

    Attributes:
        count: how many.
        left: how many of these have left since.
    """

    variable: Variable
    count: SeenCount
    left: int = 0


@dataclass(frozen=True, slots=True)
class KnownVariables:
    """The worst of some variables: first what somebody knows who has left, then what most know.

    Attributes:
        total: how many of them anybody has seen.
    """

    found: tuple[KnownVariable, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class ExposurePage:
    """Some of what somebody, or something, is exposed to: what they know for the longest time first.

    Attributes:
        total: of all pages; a little too many while lists are still being written.
        reached: the place from which the next page goes on.
    """

    found: tuple[Exposure, ...] = ()
    total: int = 0
    reached: int = 0


@dataclass(frozen=True, slots=True)
class LeaverList:
    """What a leaver has seen and is still current, as one place is told.

    Attributes:
        found: the first of it: what they know for the longest time.
        total: of all.
    """

    found: tuple[Exposure, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class SeenPage:
    """Who has seen the current value of a variable: the last ones first.

    Attributes:
        current: what is current; several of a variable that is leased; none where nobody has read it.
        count: of all.
        seen: some of them.
        more: whether there are further ones.
        leased: whether a value is made for each use.
    """

    variable: Variable
    current: tuple[CurrentValue, ...] = ()
    count: SeenCount = SeenCount()
    seen: tuple[Seen, ...] = ()
    more: bool = False
    leased: bool = False
