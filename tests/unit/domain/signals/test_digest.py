"""What a week was like: sums over a stream of any size, which nobody bends by splitting what they do."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from envaccess.domain.audit import Tag, person
from envaccess.domain.signals import digest as sums
from envaccess.domain.signals.alerts import Alert, Disposition, Judgement
from envaccess.domain.signals.digest import Counted, Digest, DigestSums
from envaccess.domain.signals.weeks import MONDAY, last_week
from tests.fakes.digests import DAY, HOUR, MINUTE, SECOND, STRIPE, Weeks

WEEK = last_week(MONDAY, 1_795_000_000_000)


def summed(weeks: Weeks, *, begins: int | None = None) -> Digest:
    """The week, of these events."""
    found = DigestSums(WEEK)
    found.begins(weeks.events[0].at if begins is None else begins)
    for event in weeks.events:
        found.take(event)
    return found.digest()


@pytest.fixture
def weeks() -> Weeks:
    """At the begin of the week, of a workspace that is two years old."""
    old = Weeks(WEEK.since - 400 * DAY)
    old.add(Tag.BOT_STARTED)
    old.at = WEEK.since + HOUR
    return old


def facts_of(digest: Digest, who: str) -> list[str]:
    """What is told of an approver."""
    return [fact for one in digest.approvers if one.who == who for fact in one.facts]


def test_each_outcome_is_counted_by_week_and_environment(weeks: Weeks) -> None:
    weeks.at = WEEK.since - HOUR
    weeks.ask()
    weeks.at = WEEK.since
    weeks.used(weeks.approved())
    weeks.then(Tag.REQUEST_APPROVED, weeks.ask(), automatic="1")
    weeks.then(Tag.REQUEST_DENIED, weeks.ask(), "U0BOB", MINUTE)
    weeks.then(Tag.REQUEST_TIMED_OUT, weeks.ask(name="staging/DB"))
    weeks.then(Tag.EMERGENCY_USED, weeks.ask())
    weeks.add(Tag.ACCESS_REFUSED, actor=person("U0EVE"), detail={"why": "not_approver"})
    weeks.add(Tag.ACCESS_REFUSED_COUNT, detail={"why": "not_approver", "count": "7"})
    weeks.add(Tag.ACCESS_REFUSED_COUNT, detail={"why": "bad_signature", "count": "100000"})
    weeks.at = WEEK.until
    weeks.ask()
    found = summed(weeks)
    assert found.counts == {
        Counted.REQUESTS: 5,
        Counted.APPROVED: 1,
        Counted.AUTOMATIC: 1,
        Counted.DENIED: 1,
        Counted.TIMED_OUT: 1,
        Counted.EMERGENCIES: 1,
        Counted.REVEALS: 1,
        Counted.REFUSALS: 8,
    }
    assert found.before == {Counted.REQUESTS: 1}
    assert [(name, counts[Counted.REQUESTS]) for name, counts in found.environments] == [
        ("production", 4),
        ("staging", 1),
    ]
    assert sum(found.days[7:]) == 5


def test_a_name_that_somebody_typed_in_vain_is_no_environment(weeks: Weeks) -> None:
    weeks.ask()
    refused = {"variables": ("hunter2/PASSWORD",), "detail": {"why": "unknown_variable"}}
    weeks.add(Tag.ACCESS_REFUSED, actor=person("U0EVE"), **refused)
    found = summed(weeks)
    assert found.counts[Counted.REFUSALS] == 1
    assert [name for name, _ in found.environments] == ["production"]


def test_a_workspace_of_three_days_is_compared_with_nothing(weeks: Weeks) -> None:
    weeks.approved()
    found = summed(weeks, begins=WEEK.until - 3 * DAY)
    assert (found.before, found.began) == (None, WEEK.until - 3 * DAY)


def test_an_empty_week_is_quiet_and_divides_by_nothing(weeks: Weeks) -> None:
    found = summed(weeks)
    assert found.quiet
    assert (found.median, found.approvers, found.pairs, found.suggestions) == (0, [], [], [])


def test_slow_approvals_and_denials_in_between_hide_no_fast_ones(weeks: Weeks) -> None:
    """Median above five seconds, share of yes below 95 %: ten fast ones are told all the same."""
    for number in range(10):
        weeks.approved(f"U0P{number}", "U0MALLORY", after=2 * SECOND)
        for _ in range(2):
            weeks.approved(f"U0Q{number}", "U0MALLORY", after=HOUR // 4)
        weeks.then(Tag.REQUEST_DENIED, weeks.ask("U0ALICE"), "U0MALLORY", HOUR // 8)
    assert facts_of(summed(weeks), "U0MALLORY") == ["fast_approver"]


def test_nobody_is_less_of_a_rubber_stamp_by_splitting_over_weeks(weeks: Weeks) -> None:
    weeks.at = WEEK.since - 6 * DAY
    for _ in range(2):
        for number in range(11):
            weeks.approved(f"U0P{number}", "U0MALLORY", after=MINUTE)
        weeks.at = WEEK.since + DAY
    assert facts_of(summed(weeks), "U0MALLORY") == ["always_yes"]


def test_a_later_step_is_not_slow_because_the_first_one_was(weeks: Weeks) -> None:
    """Nor is the second approver of one step fast because the first was before them."""
    for _ in range(3):
        asked = weeks.ask()
        weeks.then(Tag.REQUEST_STEP_APPROVED, asked, "U0BOB", HOUR, step="1")
        weeks.then(Tag.REQUEST_STEP_APPROVED, asked, "U0DAN", 2 * SECOND, step="1")
        weeks.then(Tag.REQUEST_APPROVED, asked, "U0MALLORY", 2 * SECOND, step="2")
    found = summed(weeks)
    assert [facts_of(found, who) for who in ("U0BOB", "U0DAN", "U0MALLORY")] == [[], [], ["fast_approver"]]


def test_a_pair_is_seen_through_their_agents(weeks: Weeks) -> None:
    for _ in range(10):
        weeks.approved("U0ALICE", "U0BOB")
        asked = weeks.ask("agent:ag_1")
        asked = replace(asked, detail={"behind": "U0BOB", "duration": "1h"})
        weeks.events[-1] = asked
        weeks.then(Tag.REQUEST_APPROVED, asked, "U0ALICE", MINUTE, step="1")
    (pair,) = summed(weeks).pairs
    assert (pair.one, pair.other, pair.for_one, pair.for_other) == ("U0ALICE", "U0BOB", 10, 10)


def test_grants_that_ended_unused_are_told_by_person(weeks: Weeks) -> None:
    weeks.used(weeks.approved())
    for who in ("U0ALICE", "U0EVE", "U0EVE"):
        weeks.then(Tag.GRANT_EXPIRED, weeks.approved(who), after=HOUR)
    weeks.then(Tag.GRANT_LAPSED, weeks.ask("U0ALICE"), after=HOUR)
    unused = summed(weeks).unused
    assert (unused.ended, unused.unused) == (5, 4)
    assert list(unused.people) == [("U0ALICE", 2), ("U0EVE", 2)]


def test_what_is_open_is_told_however_the_week_ended(weeks: Weeks) -> None:
    for name in ("al_1", "al_2", "al_3"):
        weeks.add("signal.raised", requester="U0EVE", detail={"alert": name})
    weeks.at = WEEK.until + HOUR
    weeks.add("signal.judged", detail={"alert": "al_1", "disposition": "expected"})
    weeks.add("signal.judged", detail={"alert": "al_2", "disposition": "look_into_it"})
    weeks.add("review.opened", detail={"review": "rev_1", "items": "40"})
    weeks.then(Tag.EMERGENCY_REMINDED, weeks.ask("U0DAN"))
    items = summed(weeks).items
    assert [one.id for one in items.alerts] == ["al_3"]
    assert [one.id for one in items.looked_into] == ["al_2"]
    assert items.dispositions == {"expected": 1, "look_into_it": 1, "open": 1}
    assert [one.about for one in items.emergencies] == ["U0DAN"]
    assert [one.id for one in items.reviews] == ["rev_1"]


def test_an_alert_is_open_as_its_seals_say_however_old_and_whatever_events_are_forged(weeks: Weeks) -> None:
    """Nor is a rule suggested for whom it is about."""
    for _ in range(12):
        weeks.approved("U0EVE", "U0BOB", after=MINUTE)
    weeks.add(Tag.SIGNAL_JUDGED, detail={"alert": "al_9", "disposition": "expected"})
    found = DigestSums(WEEK)
    old = Alert("al_9", "U0EVE", ("U0EVE",), (), WEEK.since - 90 * DAY)
    judged = Judgement(Disposition.LOOK_INTO_IT, "U0SEC", WEEK.since)
    found.know([old, replace(old, id="al_8", about="U0DAN", judgements=(judged,))])
    for event in weeks.events:
        found.take(event)
    digest = found.digest()
    assert [one.about for one in digest.items.alerts] == ["U0EVE"]
    assert [one.about for one in digest.items.looked_into] == ["U0DAN"]
    assert digest.suggestions == []


def test_an_alert_whose_record_somebody_deleted_is_still_told(weeks: Weeks) -> None:
    """Events say that it was raised, and none that it was judged."""
    weeks.add(Tag.SIGNAL_RAISED, requester="U0EVE", detail={"alert": "al_9"})
    weeks.add(Tag.SIGNAL_RAISED, requester="U0DAN", detail={"alert": "al_8"})
    weeks.add(Tag.SIGNAL_JUDGED, detail={"alert": "al_8", "disposition": "expected"})
    found = DigestSums(WEEK)
    found.know([])
    for event in weeks.events:
        found.take(event)
    assert [one.about for one in found.digest().items.alerts] == ["U0EVE"]


def test_a_silent_weekend_is_no_missing_seal_and_an_event_without_one_is(weeks: Weeks) -> None:
    weeks.ask()
    weeks.add(Tag.AUDIT_CHECKPOINT, detail={"size": "9"})
    assert summed(weeks).items.unsealed_at == 0
    first = weeks.ask()
    weeks.ask()
    assert summed(weeks).items.unsealed_at == first.at


Spoiler = Callable[[Weeks], object]


def _denied(weeks: Weeks) -> None:
    weeks.then(Tag.REQUEST_DENIED, weeks.ask(), "U0DAN", MINUTE)


def _less(weeks: Weeks) -> None:
    weeks.then(Tag.REQUEST_APPROVED, weeks.ask(), "U0DAN", MINUTE, step="1", seconds="60")


def _timed_out(weeks: Weeks) -> None:
    weeks.then(Tag.REQUEST_TIMED_OUT, weeks.ask())


def _alert(weeks: Weeks) -> None:
    weeks.add("signal.raised", requester="U0ALICE", detail={"alert": "al_1"})


def _pair(weeks: Weeks) -> None:
    for _ in range(10):
        weeks.approved("U0BOB", "U0ALICE", "staging/X")


def test_a_rule_is_suggested_for_what_is_always_agreed_to(weeks: Weeks) -> None:
    for number in range(12):
        weeks.approved("U0ALICE", "U0BOB" if number % 2 else "U0DAN", after=MINUTE)
    (one,) = summed(weeks).suggestions
    assert (one.variable, one.approved, one.askers, one.seconds) == (STRIPE, 12, ("U0ALICE",), 3_600)
    assert set(one.approvers) == {"U0BOB", "U0DAN"}


@pytest.mark.parametrize("spoil", [_denied, _less, _timed_out, _alert, _pair])
def test_no_rule_is_suggested_where_somebody_hesitated_or_has_a_reason_to(
    weeks: Weeks, spoil: Spoiler
) -> None:
    for _ in range(12):
        weeks.approved("U0ALICE", "U0BOB", after=MINUTE)
    assert summed(weeks).suggestions
    spoil(weeks)
    assert not summed(weeks).suggestions


def test_friends_who_agree_in_two_seconds_get_no_rule_suggested(weeks: Weeks) -> None:
    for _ in range(40):
        weeks.approved("U0ALICE", "U0MALLORY", after=2 * SECOND)
    assert not summed(weeks).suggestions


def test_a_rule_is_for_those_who_ask_often_and_for_nobody_else(weeks: Weeks) -> None:
    for _ in range(12):
        weeks.approved("U0ALICE", "U0BOB", after=MINUTE)
    weeks.approved("U0MALLORY", "U0BOB", after=MINUTE)
    (one,) = summed(weeks).suggestions
    assert (one.askers, one.approved) == (("U0ALICE",), 13)


def test_memory_is_bounded_and_what_did_not_fit_is_said(
    weeks: Weeks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "REQUESTS_MOST", 100)
    monkeypatch.setattr(sums, "ENVIRONMENTS_MOST", 10)
    found = DigestSums(WEEK)
    for number in range(300):
        weeks.events.clear()
        found.take(weeks.ask(f"U0P{number}", f"env{number}/X"))
    told = found.digest()
    assert (told.counts[Counted.REQUESTS], told.partial) == (300, True)
    assert len(told.environments) == 10


@pytest.mark.parametrize("junk", ["", "-1", "1" * 5_000, "٣", "nan", "1.5"])
def test_junk_in_a_detail_stops_nothing(weeks: Weeks, junk: str) -> None:
    weeks.add(Tag.ACCESS_REFUSED_COUNT, detail={"count": junk})
    weeks.add(Tag.AUDIT_CHECKPOINT, detail={"size": junk})
    asked = weeks.ask(duration=junk)
    weeks.then(Tag.REQUEST_APPROVED, asked, "U0BOB", step=junk)
    assert summed(weeks).counts[Counted.REQUESTS] == 1
