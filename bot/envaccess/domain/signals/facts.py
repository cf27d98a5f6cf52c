"""The facts that are told, by the codes that events have, and what an approver is shown of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self


class Fact(StrEnum):
    """One thing that is unusual for whoever asks; the order is that in which they are shown."""

    NEW_OR_SILENT = "new_or_silent"
    """Their first request, or the first after a long silence; told in place of the next two."""
    FIRST_VARIABLE = "first_variable"
    FIRST_ENVIRONMENT = "first_environment"
    ASKED_AFTER_DENIAL = "asked_after_denial"
    ODD_HOUR = "odd_hour"
    BURST = "burst"
    MORE_VARIABLES = "more_variables"
    LONGER = "longer"
    REFUSALS = "refusals"
    EXTENDED_TWICE = "extended_twice"
    REVEALED_MORE = "revealed_more"
    NEW_HOST = "new_host"


FIRST: Final = frozenset({Fact.NEW_OR_SILENT, Fact.FIRST_VARIABLE, Fact.FIRST_ENVIRONMENT})
"""Facts that count as one: else whoever is new to a company, or to a project, would be an alert."""


def distinct(facts: Iterable[str]) -> int:
    """How many facts there are together by their codes, where those of `FIRST` are one."""
    return len({Fact.NEW_OR_SILENT if fact in FIRST else fact for fact in facts})


def write_facts(facts: Iterable[Fact]) -> str:
    """As an event has them: codes, comma-separated."""
    return ",".join(facts)


def read_facts(text: str) -> tuple[Fact, ...]:
    """The inverse; codes of another version are left out."""
    return tuple(Fact(code) for code in text.split(",") if code in set(Fact))


@dataclass(frozen=True, slots=True)
class Noticed:
    """What filing noticed, with what is needed to say it.

    Attributes:
        facts: in the order in which they are shown.
        hour: of the clock of the person who asks, 0 to 23; -1 for a program.
        minute: of that hour.
        usual: in which hours of their clock they usually ask: the first, and the one after the last; empty
            unless the hour is odd.
        other_zone: the hour is usual by their clock, and odd by UTC: their time zone is another than usual.
        in_hour: requests within the hour, with this one.
        silent_days: for how long they asked for nothing; 0 for who never asked, and unless it was long.
        first: so many of the variables are asked for the first time.
        usual_variables: how many they usually ask for at once, at most.
        usual_minutes: for how long they usually ask, at most.
    """

    facts: tuple[Fact, ...] = ()
    hour: int = -1
    minute: int = 0
    usual: tuple[int, ...] = ()
    other_zone: bool = False
    in_hour: int = 0
    silent_days: int = 0
    first: int = 0
    usual_variables: int = 0
    usual_minutes: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON keeps it; what is as usual is left out."""
        found = {name: getattr(self, name) for name in _TOLD}
        told = {name: value for name, value in found.items() if value}
        return {**told, "facts": list(self.facts), "hour": self.hour, "usual": list(self.usual)}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse; facts of another version are left out."""
        facts = read_facts(",".join(plain["facts"]))
        return cls(**{**plain, "facts": facts, "usual": tuple(plain["usual"])})


_TOLD: Final = (
    "minute",
    "other_zone",
    "in_hour",
    "silent_days",
    "first",
    "usual_variables",
    "usual_minutes",
)
"""What `plain` leaves out where it is nothing."""
