"""State in, request in, state and facts out: what is unusual about one request, for whoever makes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.policy.hours import zone_named
from envaccess.domain.principal import Principal
from envaccess.domain.signals.baseline import (
    COUNT,
    DAY_MINUTES,
    FORGOTTEN_DAYS,
    HOUR_MINUTES,
    HOURS,
    LENGTH,
    RECENT_MAX,
    Baseline,
    age_of,
    capped,
    denied_hash,
    has_environment,
    hash_of,
    hours_of,
    most_of,
    with_environment,
    with_hour,
    with_number,
    with_variable,
)
from envaccess.domain.signals.facts import Fact, Noticed
from envaccess.domain.signals.thresholds import DAY, Thresholds

MINUTE: Final = 60_000
_ODD: Final = 50
"""An hour is odd on fewer than one in so many of somebody's days and hours, with the hours beside it."""
_TWICE: Final = 2
"""Days that make an hour usual, however few days there are."""
_ENOUGH: Final = 8
"""Requests before it is known how long, or how many variables, are usual; of hours, days before today."""
_AT_LEAST: Final = 3
"""So many variables more than usual are more, however few are usual."""


@dataclass(frozen=True, slots=True)
class ObservedRequest:
    """A request as its event has it.

    Attributes:
        who: under whom facts are kept (`kept_under`).
        minute: when, in minutes since the epoch.
        hour: of the clock of the person who asks; None for a program.
        variables: canonical names.
        seconds: for how long; 0 for a single use, and for more time for a grant.
        past: minutes past that hour, by the same clock.
    """

    who: str
    minute: int
    hour: int | None
    variables: Sequence[str]
    seconds: int
    past: int = 0


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is looked into for facts, and remembered.

    Attributes:
        variables: their hashes, in the order of the request.
        environments: hashes of theirs, each once.
        recent: when the requests of the last hour were; where a clock was put back, what lies ahead is not
            counted for hours.
    """

    variables: Sequence[str]
    environments: Sequence[str]
    recent: Sequence[int]


def kept_under(principal: Principal) -> str:
    """Under whom facts are kept: a person, a machine with all its runs, or all agents of one person."""
    if principal.kind is ActorKind.AGENT:
        return f"behind:{principal.behalf}"
    return principal.id if principal.is_person else str(principal.actor)


@lru_cache(maxsize=256)
def clock_in(zone: str, minute: int) -> tuple[int, int]:
    """Hour and minute that a clock shows in a zone; in UTC, where no such zone is known."""
    there = datetime.fromtimestamp(minute * 60, tz=zone_named(zone) or UTC)
    return there.hour, there.minute


def observe(known: Baseline, asked: ObservedRequest, thresholds: Thresholds) -> tuple[Baseline, Noticed]:
    """What is remembered after a request, and what is unusual about it."""
    if not known.seen or asked.minute - known.last >= FORGOTTEN_DAYS * DAY_MINUTES:
        known = Baseline(denied=known.denied)
    looked = _look(known, asked)
    return _remember(known, asked, looked), _notice(known, asked, looked, thresholds)


def _look(known: Baseline, asked: ObservedRequest) -> _Looked:
    who, environments = asked.who, dict.fromkeys([name.partition("/")[0] for name in asked.variables])
    return _Looked(
        [hash_of(who, name) for name in asked.variables],
        [hash_of(who, name) for name in environments],
        [at for at in known.recent if -HOUR_MINUTES < asked.minute - at < HOUR_MINUTES],
    )


def _notice(known: Baseline, asked: ObservedRequest, looked: _Looked, thresholds: Thresholds) -> Noticed:
    first = _count_first(known, asked, looked, thresholds)
    in_hour = 1 + len(looked.recent)
    usual_variables = most_of(known.counts, COUNT, _ENOUGH)
    usual_minutes = most_of(known.lengths, LENGTH, _ENOUGH)
    odd, other_zone = _odd_hour(known, asked, thresholds)
    new = not known.seen or asked.minute - known.last >= thresholds.silent // 60
    more = max(thresholds.more_variables * usual_variables, usual_variables + _AT_LEAST)
    found = (  # in the order in which they are shown
        (Fact.NEW_OR_SILENT, new),
        (Fact.FIRST_VARIABLE, first > 0 and not new),
        (Fact.FIRST_ENVIRONMENT, not new and _has_new_environment(known, looked)),
        (Fact.ASKED_AFTER_DENIAL, _was_denied(known, asked, thresholds)),
        (Fact.ODD_HOUR, odd),
        (Fact.BURST, in_hour >= thresholds.burst),
        (Fact.MORE_VARIABLES, usual_variables > 0 and len(asked.variables) >= more),
        (Fact.LONGER, usual_minutes > 0 and asked.seconds // 60 >= thresholds.longer * usual_minutes),
    )
    return Noticed(
        facts=tuple([fact for fact, is_so in found if is_so]),
        hour=-1 if asked.hour is None else asked.hour,
        minute=asked.past,
        usual=usual_hours(known.hours) if odd else (),
        other_zone=other_zone,
        in_hour=in_hour,
        silent_days=(asked.minute - known.last) // DAY_MINUTES if new and known.seen else 0,
        first=first,
        usual_variables=usual_variables,
        usual_minutes=usual_minutes,
    )


def _remember(known: Baseline, asked: ObservedRequest, looked: _Looked) -> Baseline:
    day = asked.minute // DAY_MINUTES
    variables, environments = known.variables, known.environments
    for variable in looked.variables:
        variables = with_variable(variables, variable, day)
    for environment in looked.environments:
        environments = with_environment(environments, environment)
    minutes = asked.seconds // 60
    return Baseline(
        capped(known.seen + 1, 3),
        asked.minute,
        (*looked.recent, asked.minute)[-RECENT_MAX:],
        *_remember_hours(known, asked, day),
        with_number(known.lengths, minutes, LENGTH) if asked.seconds else known.lengths,
        with_number(known.counts, len(asked.variables), COUNT),
        environments,
        variables,
        known.denied,
    )


def _remember_hours(known: Baseline, asked: ObservedRequest, day: int) -> tuple[str, str, int, int, int]:
    """Each hour counts once a day: nobody makes the night usual in one night."""
    if asked.hour is None:
        return known.hours, known.utc_hours, known.day, known.today, known.utc_today
    utc = asked.minute // HOUR_MINUTES % HOURS
    here_now, utc_now = (known.today, known.utc_today) if day == known.day else (0, 0)
    here_bit, utc_bit = 1 << asked.hour, 1 << utc
    return (
        known.hours if here_now & here_bit else with_hour(known.hours, asked.hour),
        known.utc_hours if utc_now & utc_bit else with_hour(known.utc_hours, utc),
        day,
        here_now | here_bit,
        utc_now | utc_bit,
    )


def _count_first(known: Baseline, asked: ObservedRequest, looked: _Looked, thresholds: Thresholds) -> int:
    day, most = asked.minute // DAY_MINUTES, thresholds.first // DAY
    ages = [age_of(known.variables, variable, day) for variable in looked.variables]
    return len([age for age in ages if age is None or age >= most])


def _has_new_environment(known: Baseline, looked: _Looked) -> bool:
    return not all(has_environment(known.environments, environment) for environment in looked.environments)


def _was_denied(known: Baseline, asked: ObservedRequest, thresholds: Thresholds) -> bool:
    if not known.denied:
        return False
    names = {denied_hash(name) for name in asked.variables}
    return any(
        name in names and asked.minute - minute < thresholds.after_denial // 60
        for name, minute in known.denied
    )


def _odd_hour(known: Baseline, asked: ObservedRequest, thresholds: Thresholds) -> tuple[bool, bool]:
    """Whether the hour is odd, and whether it is so by UTC alone.

    Both clocks count: whoever changes the time zone of their profile changes only one.
    """
    if asked.hour is None or known.seen < thresholds.odd_hour_after:
        return False, False
    same_day = asked.minute // DAY_MINUTES == known.day
    here_now, utc_now = (known.today, known.utc_today) if same_day else (0, 0)
    here = _is_odd(known.hours, here_now, asked.hour)
    by_utc = _is_odd(known.utc_hours, utc_now, asked.minute // HOUR_MINUTES % HOURS)
    return here or by_utc, by_utc and not here


def _is_odd(text: str, today: int, hour: int) -> bool:
    """Whether they rarely ask around this hour; what they asked for today makes nothing usual."""
    hours = [count - (today >> place & 1) for place, count in enumerate(hours_of(text))]
    around = hours[hour - 1] + hours[hour] + hours[(hour + 1) % HOURS]
    known = sum(hours)
    return known >= _ENOUGH and (around < _TWICE or around * _ODD < known)


def usual_hours(text: str) -> tuple[int, ...]:
    """The fewest hours in a row with nine in ten of somebody's days and hours: the first, the one after."""
    hours = hours_of(text)
    total = sum(hours)
    for length in range(1, HOURS + 1):
        for begin in range(HOURS):
            if sum(hours[(begin + place) % HOURS] for place in range(length)) * 10 >= total * 9:
                return begin, (begin + length) % HOURS
    return ()
