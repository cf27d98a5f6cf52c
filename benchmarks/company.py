"""A company that never was: who asks for what, when and for how long, in 240 days, and ten attacks among it.

What people do is made up from a seed: teams with variables of their own, office hours in three time zones,
nights on call, holidays, trips, new colleagues, retries after a denial, pipelines and agents.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251 - what is simulated is the same for a seed
from typing import Final
from zoneinfo import ZoneInfo

from envaccess.domain.audit import Event, Tag, read_actor

PEOPLE: Final = 60
DAYS: Final = 240
BEGIN: Final = datetime(2026, 1, 5, tzinfo=UTC)
ZONES: Final = ("Europe/Berlin",) * 4 + ("America/New_York", "Asia/Kolkata")
TEAM: Final = 6
_LENGTHS: Final = ("1h",) * 10 + ("30m",) * 5 + ("2h",) * 3 + ("4h", "8h", "once")
_WEEKDAYS: Final = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that somebody asks for, or is denied."""

    at: datetime
    who: str
    names: tuple[str, ...]
    zone: str = ""
    duration: str = "1h"
    behind: str = ""
    denied: bool = False

    def event(self, number: int) -> Event:
        """As the stream has it."""
        milliseconds = int(self.at.timestamp() * 1000)
        detail = {"duration": self.duration}
        if self.zone:
            detail["hour"] = str(self.at.astimezone(ZoneInfo(self.zone)).hour)
        if self.behind:
            detail["behind"] = self.behind
        return Event(
            f"{milliseconds}-{number}",
            Tag.REQUEST_DENIED if self.denied else Tag.REQUEST_CREATED,
            milliseconds,
            read_actor(self.who if ":" in self.who else f"person:{self.who}"),
            f"r{number:07}",
            variables=self.names,
            requester=self.who,
            detail=detail,
        )


@dataclass
class Employee:
    """Somebody with a team, habits and a time zone."""

    id: str
    chance: Random
    team: int
    first_day: int
    zone: str = field(init=False)
    weekly: float = field(init=False)
    arrives: int = field(init=False)
    away: set[int] = field(default_factory=set)
    trips: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = self.chance
        self.zone = chance.choice(ZONES)
        self.weekly = min(12.0, chance.lognormvariate(0.7, 0.7))
        self.arrives = chance.choice((8, 9, 9, 10))
        self.names = [f"{env}/TEAM{self.team}_{n}" for env in ("staging", "production") for n in range(6)]
        for length in (5, 10, 15):
            begin = chance.randrange(DAYS)
            self.away.update(range(begin, begin + length))
        if chance.random() < 0.3:
            begin = chance.randrange(DAYS)
            self.trips = dict.fromkeys(range(begin, begin + 5), chance.choice(ZONES))

    def wishes(self) -> Iterator[Wish]:
        """All that they ask for."""
        for day in range(self.first_day, DAYS):
            date, zone = BEGIN + timedelta(days=day), self.trips.get(day, self.zone)
            if date.weekday() < _WEEKDAYS and day not in self.away:
                yield from self._day(date, zone)
            if day % 70 == hash_of(self.id) % 70:  # on call for a night
                yield self._wish(_clock(date, zone, self.chance.choice((1, 2, 3, 22, 23))), zone)

    def _day(self, date: datetime, zone: str) -> Iterator[Wish]:
        while self.chance.random() < self.weekly / (_WEEKDAYS + self.weekly):
            hour = self.arrives + min(9, int(abs(self.chance.gauss(4, 2.5))))
            wish = self._wish(_clock(date, zone, hour), zone)
            yield wish
            if self.chance.random() < 0.03:
                yield replace(wish, denied=True, at=wish.at + timedelta(minutes=9))
                if self.chance.random() < 0.5:
                    yield replace(wish, at=wish.at + timedelta(minutes=25))

    def _wish(self, at: datetime, zone: str) -> Wish:
        chance = self.chance
        names = tuple(chance.sample(self.names, chance.choice((1, 1, 1, 1, 2, 2, 3))))
        if chance.random() < 0.04:
            names = (f"production/TEAM{chance.randrange(PEOPLE // TEAM)}_{chance.randrange(6)}",)
        at += timedelta(minutes=chance.randrange(60))
        return Wish(at, self.id, names, zone, chance.choice(_LENGTHS))


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return sum(ord(letter) * (place + 7) for place, letter in enumerate(text))


def _clock(date: datetime, zone: str, hour: int) -> datetime:
    return date.replace(hour=hour % 24, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def company(seed: int) -> list[Wish]:
    """All that people, pipelines and agents ask for, in order."""
    chance = Random(seed)  # noqa: S311 - a simulation
    employees = [
        Employee(
            f"U{number:03}",
            Random(seed * 1_000 + number),  # noqa: S311 - likewise
            number // TEAM,
            chance.randrange(30, DAYS) if number % 10 == 9 else 0,
        )
        for number in range(PEOPLE)
    ]
    wishes = [wish for employee in employees for wish in employee.wishes()]
    wishes += list(_pipeline(chance))
    wishes += list(_agents(employees[3], chance))
    return sorted(wishes, key=lambda wish: wish.at)


def _pipeline(chance: Random) -> Iterator[Wish]:
    for day in range(DAYS):
        for _ in range(chance.choice((1, 2, 3))):
            at = BEGIN + timedelta(days=day, minutes=chance.randrange(1440))
            yield Wish(at, "machine:deploy", ("production/DEPLOY_KEY",), duration="15m", behind="U001")


def _agents(person: Employee, chance: Random) -> Iterator[Wish]:
    for day in range(0, DAYS, 3):
        at = BEGIN + timedelta(days=day, hours=10, minutes=chance.randrange(300))
        session = f"agent:ag_{day:04}"
        yield Wish(at, session, (person.names[chance.randrange(3)],), duration="30m", behind=person.id)


def attacks(victim: Employee, at: datetime) -> dict[str, list[Wish]]:
    """Ten things that somebody ought to hear of, by name; `at` is midnight of a day, UTC."""
    zone, own = victim.zone, victim.names
    night, noon = _clock(at, zone, 3), _clock(at, zone, 12)
    foreign = [f"production/VAULT_{number}" for number in range(12)]

    def series(
        begin: datetime, names: list[str], who: str = victim.id, clock: str = zone, behind: str = ""
    ) -> list[Wish]:
        wish = Wish(begin, who, (), clock, behind=behind)
        return [
            replace(wish, names=(name,), at=begin + timedelta(minutes=4 * place))
            for place, name in enumerate(names)
        ]

    denied = Wish(noon, victim.id, (own[0],), zone, denied=True)
    return {
        "stolen account at night": series(night, foreign[:2]),
        "the same with another time zone in the profile": series(
            night, foreign[:2], clock="America/Los_Angeles" if zone != "America/New_York" else "Asia/Tokyo"
        ),
        "everything in one request": [Wish(noon, victim.id, tuple(foreign), zone)],
        "one after the other": series(noon, foreign[:5]),
        "a forgotten account wakes": series(night + timedelta(days=60), foreign[:4]),
        "asks until somebody gives in": [denied, *series(noon + timedelta(minutes=5), [own[0]] * 4)],
        "for as long as it goes": [Wish(noon, victim.id, (foreign[0],), zone, "5d")],
        "all of one's own, for a day, at night": [Wish(night, victim.id, tuple(own), zone, "1d")],
        "a hijacked agent": series(noon, foreign[:5], "agent:ag_evil", "", victim.id),
        "a hijacked pipeline": series(noon, foreign[:5], "machine:deploy", "", victim.id),
    }


def victim_of(seed: int) -> Employee:
    """Somebody whose habits are known: they have been there from the first day, and ask every week."""
    for number in range(PEOPLE):
        found = Employee(f"U{number:03}", Random(seed * 1_000 + number), number // TEAM, 0)  # noqa: S311
        if number % 10 != 9 and found.weekly > 3 and not found.trips:
            return found
    raise LookupError(seed)
