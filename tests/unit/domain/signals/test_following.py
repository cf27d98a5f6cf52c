"""Refusals, extensions, reveals, new hosts: told of each, small, and forgotten where they are damaged."""

from typing import Any

import pytest

from envaccess.domain.audit import Actor, ActorKind, Event, Tag
from envaccess.domain.signals.facts import Fact
from envaccess.domain.signals.following import Following, follow

NOON = 1_800_014_400_000
MINUTE, HOUR = 60_000, 3_600_000
DAY = 24 * HOUR
EVE = Actor(ActorKind.PERSON, "U0EVE")


def told(
    known: Following, *events: tuple[Tag, int, dict[str, Any]]
) -> tuple[Following, list[tuple[Fact, ...]]]:
    """What is remembered after these events, and what each of them tells."""
    found = []
    for tag, at, more in events:
        event = Event(f"{at}-0", tag, at, EVE, **{"requester": "U0EVE", **more})
        known, facts = follow(known, event)
        known = Following.decode(known.encode())
        found.append(facts)
    return known, found


def refused(at: int, count: int = 0) -> tuple[Tag, int, dict[str, Any]]:
    if count:
        return Tag.ACCESS_REFUSED_COUNT, at, {"detail": {"count": str(count)}}
    return Tag.ACCESS_REFUSED, at, {}


def revealed(at: int, names: int = 1) -> tuple[Tag, int, dict[str, Any]]:
    return Tag.GRANT_REVEALED, at, {"variables": tuple(f"default/V{number}" for number in range(names))}


def usual_days(values: int = 2, days: int = 10) -> Following:
    """Somebody who reveals so many values on each of so many days before."""
    known, _ = told(Following(), *(revealed(NOON - day * DAY, values) for day in range(days, 0, -1)))
    return known


def test_three_refusals_within_an_hour_are_told() -> None:
    _, found = told(Following(), *(refused(NOON + minute * MINUTE) for minute in (0, 30, 59, 60, 120)))
    assert found == [(), (), (Fact.REFUSALS,), (Fact.REFUSALS,), ()]


def test_refusals_that_were_only_counted_count() -> None:
    """The first a minute is written in full, the rest as one number: a flood is no quieter than three."""
    _, found = told(Following(), refused(NOON), refused(NOON + MINUTE, 40), refused(NOON + 2 * MINUTE))
    assert found == [(), (Fact.REFUSALS,), (Fact.REFUSALS,)]


def test_refusals_an_hour_apart_are_none() -> None:
    _, found = told(Following(), refused(NOON), refused(NOON + HOUR), refused(NOON + 2 * HOUR))
    assert not any(found)


def test_the_second_extension_of_one_access_is_told_and_no_other() -> None:
    grants = ("0000000a", "0000000b", "0000000a", "0000000a", "0000000b")
    _, found = told(Following(), *((Tag.GRANT_EXTENDED, NOON, {"request": grant}) for grant in grants))
    assert found == [(), (), (Fact.EXTENDED_TWICE,), (), (Fact.EXTENDED_TWICE,)]


def test_many_more_values_than_usual_are_told_once_a_day() -> None:
    known = usual_days()
    _, found = told(
        known, revealed(NOON, 6), revealed(NOON + MINUTE), revealed(NOON + HOUR, 50), revealed(NOON + DAY)
    )
    assert found == [(), (Fact.REVEALED_MORE,), (), ()]


def test_nobody_reveals_more_than_usual_before_it_is_known_what_that_is() -> None:
    _, found = told(usual_days(days=7), revealed(NOON, 60))
    assert not any(found)


def test_a_night_of_reveals_does_not_make_them_usual() -> None:
    """One day in nine: what nine in ten days have is usual."""
    known, _ = told(usual_days(days=16), revealed(NOON, 500))
    _, found = told(known, revealed(NOON + DAY, 500))
    assert found == [(Fact.REVEALED_MORE,)]


def test_the_first_host_of_somebody_new_is_none_and_the_next_one_is() -> None:
    host: tuple[Tag, int, dict[str, Any]] = (Tag.GRANT_NEW_HOST, NOON, {})
    assert told(Following(), host, host)[1] == [(), (Fact.NEW_HOST,)]
    long_here, _ = told(Following(), revealed(NOON - 15 * DAY))
    assert told(long_here, host)[1] == [(Fact.NEW_HOST,)]


def test_what_is_remembered_is_small_however_much_somebody_does() -> None:
    grants = [(Tag.GRANT_EXTENDED, NOON, {"request": f"{number:08d}"}) for number in range(40)]
    floods = [refused(NOON + number, 999_999_999) for number in range(40)]
    days = [revealed(NOON + day * DAY, 90) for day in range(40)]
    known, _ = told(Following(), *grants, *floods, *days)
    assert len(known.encode()) <= 700


@pytest.mark.parametrize(
    "damaged",
    [None, "", "[]", "{", "[1e999,[],[],0,0,[],0]", '{"refused":"x"}', '{"extended":[1]}', '{"day":1e999}'],
)
def test_what_is_damaged_is_forgotten(damaged: str | None) -> None:
    assert Following.decode(damaged) == Following()


def test_a_clock_that_was_put_back_tells_nothing_twice() -> None:
    known, _ = told(usual_days(), revealed(NOON + DAY, 50))
    _, found = told(known, revealed(NOON, 1))
    assert not any(found)
