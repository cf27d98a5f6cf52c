"""Working hours: across midnight, weekends and the days on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.policy.hours import DAYS, Hours, next_clock, zone_named

BERLIN = "Europe/Berlin"
DAY = Hours(BERLIN, 9 * 60, 18 * 60)
NIGHT = Hours(BERLIN, 22 * 60, 6 * 60, ("fri",))
ALL_DAY = Hours("UTC", 0, 0, ("mon",))


def at(text: str, zone: str = BERLIN) -> int:
    """Milliseconds since the epoch of a local time; `2026-01-05` is a Monday."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("hours", "moment", "holds"),
    [
        (DAY, "2026-01-05 08:59:59", False),
        (DAY, "2026-01-05 09:00", True),
        (DAY, "2026-01-05 17:59:59", True),
        (DAY, "2026-01-05 18:00", False),
        (DAY, "2026-01-09 12:00", True),
        (DAY, "2026-01-10 12:00", False),  # Saturday
        (NIGHT, "2026-01-09 21:59", False),
        (NIGHT, "2026-01-09 22:00", True),
        (NIGHT, "2026-01-10 05:59", True),  # Saturday morning belongs to Friday's night
        (NIGHT, "2026-01-10 06:00", False),
        (NIGHT, "2026-01-09 05:00", False),  # Friday morning belongs to Thursday's
        (NIGHT, "2026-01-10 22:00", False),
    ],
)
def test_hours_hold_from_their_begin_to_their_end(hours: Hours, moment: str, holds: bool) -> None:
    assert hours.holds(at(moment)) is holds


def test_a_night_that_begins_on_sunday_goes_on_on_monday() -> None:
    night = Hours(BERLIN, 22 * 60, 6 * 60, ("sun",))
    assert night.holds(at("2026-01-11 23:00"))
    assert night.holds(at("2026-01-12 05:00"))
    assert not night.holds(at("2026-01-11 05:00"))


def test_the_same_begin_and_end_are_a_whole_day() -> None:
    assert ALL_DAY.holds(at("2026-01-05 00:00", "UTC"))
    assert ALL_DAY.holds(at("2026-01-05 23:59:59", "UTC"))
    assert not ALL_DAY.holds(at("2026-01-06 00:00", "UTC"))


@pytest.mark.parametrize(
    "moment", ["2026-03-27 09:00", "2026-03-30 09:00", "2026-10-23 09:00", "2026-10-26 09:00"]
)
def test_hours_follow_the_wall_clock_when_clocks_change(moment: str) -> None:
    """Berlin's nine o'clock is eight in UTC in winter and seven in summer."""
    assert DAY.holds(at(moment))
    assert not DAY.holds(at(moment) - 1000)


def test_the_hour_that_comes_twice_holds_twice() -> None:
    """25 October 2026, 02:30 in Berlin is 00:30 and 01:30 UTC."""
    hours = Hours(BERLIN, 2 * 60, 3 * 60, ("sun",))
    for utc in ("2026-10-25 00:30", "2026-10-25 01:30"):
        assert hours.holds(at(utc, "UTC"))
    assert not hours.holds(at("2026-10-25 02:00", "UTC"))


def test_the_hour_that_never_comes_holds_never() -> None:
    """29 March 2026: from 02:00 the clock goes to 03:00."""
    hours = Hours(BERLIN, 2 * 60, 3 * 60, ("sun",))
    begin = at("2026-03-29 00:00", "UTC")
    assert not any(hours.holds(begin + minute * 60_000) for minute in range(180))


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.integers(0, 7 * 1440 - 1),
)
def test_hours_hold_exactly_on_the_minutes_after_each_begin(
    begin: int, end: int, days: set[str], minute: int
) -> None:
    hours = Hours("UTC", begin, end, tuple(day for day in DAYS if day in days))
    lasts = (end - begin) % 1440 or 1440
    begins = [DAYS.index(day) * 1440 + begin for day in days]
    expected = any((minute - first) % (7 * 1440) < lasts for first in begins)
    assert hours.holds(at("2026-01-05", "UTC") + minute * 60_000) is expected


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (DAY, "mon-fri 09:00-18:00 Europe/Berlin"),
        (NIGHT, "fri 22:00-06:00 Europe/Berlin"),
        (Hours("UTC", 0, 1, ("sat", "sun")), "sat,sun 00:00-00:01 UTC"),
        (Hours("UTC", 0, 1, ("mon", "wed", "fri")), "mon,wed,fri 00:00-00:01 UTC"),
        (Hours("UTC", 0, 0, DAYS), "mon-sun 00:00-00:00 UTC"),
    ],
)
def test_hours_are_told_as_the_file_has_them(hours: Hours, told: str) -> None:
    assert str(hours) == told


@pytest.mark.parametrize(
    ("now", "clock", "found"),
    [
        ("2026-01-05 20:00", 22 * 60, "2026-01-05 22:00"),
        ("2026-01-05 22:00", 22 * 60, "2026-01-06 22:00"),
        ("2026-01-05 22:01", 22 * 60, "2026-01-06 22:00"),
        ("2026-03-28 23:00", 22 * 60, "2026-03-29 22:00"),
        ("2026-10-24 23:00", 22 * 60, "2026-10-25 22:00"),
    ],
)
def test_a_clock_time_is_the_next_one_in_that_zone(now: str, clock: int, found: str) -> None:
    assert next_clock(clock, BERLIN, at(now)) == at(found)


@given(
    st.integers(0, 1439),
    st.integers(0, 4_000_000_000_000),
    st.sampled_from(["UTC", BERLIN, "Asia/Kolkata", "?"]),
)
def test_the_next_clock_time_is_ahead_and_within_a_day(clock: int, now: int, zone: str) -> None:
    found = next_clock(clock, zone, now)
    assert 0 < found - now <= timedelta(hours=25).total_seconds() * 1000


ODD = {
    BERLIN: ["2026-03-29 01:00", "2026-10-25 01:00"],
    "America/New_York": ["2026-03-08 07:00", "2026-11-01 06:00"],
    "America/Santiago": ["2026-09-06 04:00", "2026-04-05 03:00"],
    "America/St_Johns": ["2006-10-29 02:31", "2006-04-02 03:31"],
    "Africa/Casablanca": ["2026-02-15 02:00", "2026-03-22 02:00"],
    "Australia/Lord_Howe": ["2026-04-04 15:00", "2026-10-03 15:30"],
    "Pacific/Apia": ["2011-12-30 10:00", "2012-03-31 14:00"],
    "Asia/Pyongyang": ["2015-08-14 15:00", "2018-05-04 15:00"],
}
"""Zones, and when their clocks change: over an hour, half an hour, midnight, and a whole day (UTC)."""


def walked(clock: int, zone: str, now: int) -> int:
    """The next minute at which the clock shows it, found by looking at each."""
    there, minute = ZoneInfo(zone), now // 60_000
    while True:
        minute += 1
        local = datetime.fromtimestamp(minute * 60, tz=there)
        if local.hour * 60 + local.minute == clock:
            return minute * 60_000


@given(st.sampled_from(sorted(ODD)), st.data())
def test_a_start_is_the_earliest_later_minute_that_shows_it_around_a_change(
    zone: str, data: st.DataObject
) -> None:
    change = data.draw(st.sampled_from(ODD[zone]))
    now = at(change, "UTC") + data.draw(st.integers(-30 * 3600, 6 * 3600)) * 1000
    clock = data.draw(st.integers(0, 1439) | st.integers(0, 240) | st.sampled_from([1380, 1410, 1439]))
    assert next_clock(clock, zone, now) == walked(clock, zone, now)


def test_a_time_that_the_clock_skips_is_the_next_days() -> None:
    found = next_clock(150, BERLIN, at("2026-03-28 20:00"))
    assert (
        datetime.fromtimestamp(found / 1000, tz=ZoneInfo(BERLIN)).isoformat() == "2026-03-30T02:30:00+02:00"
    )


def test_a_time_that_comes_twice_is_the_one_still_ahead() -> None:
    first, second = (at(utc, "UTC") for utc in ("2026-10-25 00:30", "2026-10-25 01:30"))
    assert next_clock(150, BERLIN, first - 1) == first
    assert next_clock(150, BERLIN, first) == second
    assert next_clock(150, BERLIN, second - 1) == second


def test_a_day_that_a_zone_skips_is_waited_for() -> None:
    """Samoa had no 30 December 2011: 22:00 was passed on the 29th, and comes again on the 31st."""
    passed = at("2011-12-29 22:30", "Pacific/Apia")
    assert next_clock(1320, "Pacific/Apia", passed) == at("2011-12-31 22:00", "Pacific/Apia")


@pytest.mark.parametrize(
    "name",
    ["", "?", "localtime", "posixrules", "Factory", "posix/UTC", "right/UTC", "/etc/localtime", "../x"],
)
def test_what_is_no_zone_everywhere_is_none(name: str) -> None:
    assert zone_named(name) is None
    now = at("2026-01-05 20:00", "UTC")
    assert datetime.fromtimestamp(next_clock(1320, name, now) / 1000, tz=UTC).hour == 22
