"""Weeks of whole days in a zone, whatever its clocks do."""

from datetime import UTC, date, datetime

import pytest

from envaccess.domain.signals.weeks import WeeklyTime, last_week, read_weekly

HOUR = 3_600_000
BERLIN = WeeklyTime(0, 9 * 60, "Europe/Berlin")


def at(text: str) -> int:
    """A moment in UTC, in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_on_a_monday_at_nine_the_week_that_ended_on_sunday_is_told() -> None:
    week = last_week(WeeklyTime(), at("2026-11-23T09:00:00"))
    assert (week.first, week.last) == (date(2026, 11, 16), date(2026, 11, 22))
    assert week.due == at("2026-11-23T09:00:00")
    assert (week.since, week.until) == (at("2026-11-16T00:00:00"), at("2026-11-23T00:00:00"))


def test_before_nine_it_is_still_the_week_before() -> None:
    assert str(last_week(WeeklyTime(), at("2026-11-23T08:59:59"))) == "2026-11-09"


def test_a_bot_that_was_off_on_monday_tells_the_same_week_on_thursday() -> None:
    assert str(last_week(WeeklyTime(), at("2026-11-26T17:00:00"))) == "2026-11-16"


@pytest.mark.parametrize(
    ("now", "hours"),
    [("2026-03-30T08:00:00", 167), ("2026-10-26T09:00:00", 169), ("2026-11-23T09:00:00", 168)],
)
def test_a_week_in_which_clocks_are_moved_has_seven_days(now: str, hours: int) -> None:
    week = last_week(BERLIN, at(now))
    assert (week.until - week.since) // HOUR == hours
    assert [week.day_of(edge) for edge in week.edges[:-1]] == list(range(-7, 7))
    assert week.day_of(week.until) is None


def test_nine_o_clock_is_the_zone_s_on_both_sides_of_a_change() -> None:
    before, after = last_week(BERLIN, at("2026-10-19T12:00:00")), last_week(BERLIN, at("2026-10-26T12:00:00"))
    assert (before.due, after.due) == (at("2026-10-19T07:00:00"), at("2026-10-26T08:00:00"))


@pytest.mark.parametrize("clock", ["02:30", "02:00", "03:00"])
def test_an_hour_that_a_clock_skips_or_shows_twice_is_told_once(clock: str) -> None:
    """Every quarter of an hour around both changes: each week comes once, and none is left out."""
    told = read_weekly(f"sun {clock} Europe/Berlin")
    assert told is not None
    for start in ("2026-03-28T00:00:00", "2026-10-24T00:00:00"):
        weeks = [str(last_week(told, at(start) + quarter * HOUR // 4)) for quarter in range(300)]
        assert list(dict.fromkeys(weeks)) == sorted(set(weeks))
        assert len(set(weeks)) == 2


def test_a_zone_that_skips_a_day_or_has_half_hours_has_weeks_too() -> None:
    for zone, now in (
        ("Pacific/Apia", "2012-01-02T12:00:00"),
        ("Australia/Lord_Howe", "2026-10-05T12:00:00"),
    ):
        week = last_week(WeeklyTime(zone=zone), at(now))
        assert list(week.edges) == sorted(week.edges)
        assert week.day_of(week.since) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mon 09:00", "mon 09:00 UTC"),
        ("Fri 17:30 Europe/Berlin", "fri 17:30 Europe/Berlin"),
        ("fri 24:00", None),
        ("friday 09:00", None),
        ("mon 9:00", None),
        ("mon 09:00 Mars/Base", None),
        ("mon 09:00 localtime", None),
        ("09:00", None),
        ("", None),
    ],
)
def test_a_time_is_a_day_a_clock_and_a_zone(text: str, told: str | None) -> None:
    found = read_weekly(text)
    assert (str(found) if found else None) == told


def test_a_monday_morning_in_shanghai_is_a_sunday_in_utc_and_no_tuesday() -> None:
    """matomo-org/matomo#24980: hours that are another day in UTC were told a day late."""
    told = read_weekly("mon 05:00 Asia/Shanghai")
    assert told is not None
    week = last_week(told, at("2026-11-22T21:00:00"))
    assert (week.first, week.due) == (date(2026, 11, 16), at("2026-11-22T21:00:00"))
    assert week.until == at("2026-11-22T16:00:00")
