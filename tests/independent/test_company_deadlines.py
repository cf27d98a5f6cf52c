"""How late deadlines are follows from the events: what is missing, and what came too early, is found."""

import pytest

from benchmarks.simulated.deadlines import PENDING, REMIND, TIMEOUT, Lateness, Lengths, lateness
from benchmarks.simulated.history import Entry
from benchmarks.simulated.world import DIRECTORS, LEADS

LENGTHS = Lengths(speed=100)
BEGIN, LATE = 1_800_000_000_000, 7
SECOND = 1_000


def entry(tag: str, after: int, request: str, actor: str = "time", **detail: str) -> Entry:
    return Entry(
        f"{BEGIN + after}-0", tag, BEGIN + after, actor, request, "U1", ("production/APP_00",), detail
    )


def day() -> list[Entry]:
    """A grant that ends, and a request that nobody decides: each deadline is written down 7 ms late."""
    until = str(BEGIN + 5 * SECOND)
    escalated = 36 * SECOND + LATE
    return [
        entry("request.created", 0, "aaaaaaaa", "person:U1"),
        entry("request.approved", 0, "aaaaaaaa", "policy"),
        entry("grant.activated", 0, "aaaaaaaa", "policy", seconds="5", expires_at=until),
        entry("request.created", 0, "bbbbbbbb", "person:U1"),
        entry("grant.expired", 5 * SECOND + LATE, "aaaaaaaa"),
        entry("request.reminded", 6 * SECOND + LATE, "bbbbbbbb"),
        entry("request.reminded", 18 * SECOND + 2 * LATE, "bbbbbbbb"),
        entry("request.escalated", escalated, "bbbbbbbb"),
        entry("request.reminded", escalated + 6 * SECOND + LATE, "bbbbbbbb"),
        entry("request.reminded", escalated + 18 * SECOND + 2 * LATE, "bbbbbbbb"),
        entry("request.timed_out", 72 * SECOND + LATE, "bbbbbbbb"),
    ]


def found(entries: list[Entry]) -> dict[str, Lateness]:
    return {one.what: one for one in lateness(entries, "T0", LENGTHS, BEGIN + 200 * SECOND, 5 * SECOND)}


def test_each_deadline_is_seven_milliseconds_late() -> None:
    kinds = found(day())
    assert {what: one.late for what, one in kinds.items()} == {
        "grant.expired": (LATE,),
        "request.escalated": (LATE,),
        "request.reminded": (LATE,) * 4,
        "request.timed_out": (LATE,),
    }
    assert not any(one.missing or one.early for one in kinds.values())


@pytest.mark.parametrize(
    "tag", ["grant.expired", "request.escalated", "request.reminded", "request.timed_out"]
)
def test_a_deadline_that_nobody_wrote_down_is_missing(tag: str) -> None:
    entries = day()
    entries.remove(next(one for one in reversed(entries) if one.tag == tag))
    assert found(entries)[tag].missing >= 1 or tag == "request.reminded"
    assert sum(one.missing for one in found(entries).values()) >= 1


@pytest.mark.parametrize(
    "tag", ["grant.expired", "request.escalated", "request.reminded", "request.timed_out"]
)
def test_a_deadline_before_its_time_is_early(tag: str) -> None:
    entries = [entry(tag, one.at - BEGIN - SECOND, one.request) if one.tag == tag else one for one in day()]
    assert found(entries)[tag].early >= 1


def test_the_policy_of_a_shorter_day_has_all_its_lengths_divided() -> None:
    text = LENGTHS.policy(LEADS, DIRECTORS)
    for length in (REMIND, TIMEOUT, PENDING):
        assert f"{length // 100}s" in text
