"""When facts become an alert: two within an hour, one a person a day, none in a workspace's first days."""

import pytest

from envaccess.domain.audit import Actor, ActorKind, Event, Tag
from envaccess.domain.signals.alerts import (
    APART,
    DAY,
    HOUR,
    NOTICED_MAX,
    SILENT,
    Alert,
    AlertWindow,
    Disposition,
    Judgement,
    NoticedFact,
    facts_in,
    notice,
    read_window,
    subject_of,
    window_text,
)

NOW = 1_800_000_000_000
LONG_AGO = NOW - 400 * DAY


def fact(code: str, at: int = NOW) -> NoticedFact:
    return NoticedFact(code, at, f"{at}-0", "0000000a", ("default/STRIPE_KEY",), 3, "U0EVE")


def codes(facts: tuple[NoticedFact, ...]) -> list[str]:
    return [found.fact for found in facts]


def test_one_fact_alone_is_no_alert_and_two_of_one_request_are() -> None:
    window, alert = notice(AlertWindow(), [fact("odd_hour")], NOW, LONG_AGO)
    assert (codes(window.noticed), alert) == (["odd_hour"], ())
    _, alert = notice(AlertWindow(), [fact("odd_hour"), fact("burst")], NOW, LONG_AGO)
    assert codes(alert) == ["odd_hour", "burst"]


def test_the_same_fact_twice_is_one_fact() -> None:
    window, _ = notice(AlertWindow(), [fact("first_variable", NOW - 60_000)], NOW - 60_000, LONG_AGO)
    window, alert = notice(window, [fact("first_variable")], NOW, LONG_AGO)
    assert (window.noticed, alert) == ((fact("first_variable"),), ())


def test_whoever_is_new_is_no_alert_for_that_alone() -> None:
    """Everything is a first time for them: what they ask for, where that is, and that they ask."""
    firsts = [fact("new_or_silent"), fact("first_variable"), fact("first_environment")]
    window, alert = notice(AlertWindow(), firsts, NOW, LONG_AGO)
    assert not alert
    assert notice(window, [fact("odd_hour")], NOW, LONG_AGO)[1]


@pytest.mark.parametrize(("apart", "alerted"), [(HOUR - 1, True), (HOUR, False)])
def test_facts_of_one_hour_belong_together(apart: int, *, alerted: bool) -> None:
    window, _ = notice(AlertWindow(), [fact("odd_hour", NOW - apart)], NOW - apart, LONG_AGO)
    assert bool(notice(window, [fact("burst")], NOW, LONG_AGO)[1]) is alerted


@pytest.mark.parametrize(("apart", "alerted"), [(APART - 1, False), (APART, True)])
def test_there_is_one_alert_a_person_in_24_hours(apart: int, *, alerted: bool) -> None:
    window, first = notice(AlertWindow(), [fact("odd_hour"), fact("burst")], NOW, LONG_AGO)
    assert first
    later = NOW + apart
    assert (
        bool(notice(window, [fact("odd_hour", later), fact("longer", later)], later, LONG_AGO)[1]) is alerted
    )


@pytest.mark.parametrize(("old", "alerted"), [(SILENT - 1, False), (SILENT, True)])
def test_there_is_no_alert_in_the_first_14_days(old: int, *, alerted: bool) -> None:
    assert bool(notice(AlertWindow(), [fact("odd_hour"), fact("burst")], NOW, NOW - old)[1]) is alerted


def test_a_moment_in_the_future_silences_nobody() -> None:
    """Whoever writes to Redis could else keep an alert away for ever with one number that looks harmless."""
    window = AlertWindow((), NOW + DAY)
    assert notice(window, [fact("odd_hour"), fact("burst")], NOW, LONG_AGO)[1]


def test_what_is_remembered_of_a_person_is_small_and_read_as_it_was_written() -> None:
    name = "production/" + "LONG_NAME" * 20
    event = Event(
        f"{NOW}-0", Tag.REQUEST_CREATED, NOW, Actor(ActorKind.PERSON, "U0EVE"), "0000000a", variables=(name,)
    )
    facts = facts_in(event, [f"a_fact_of_{number:02}" for number in range(20)], 23)
    window, _ = notice(AlertWindow(), facts, NOW, NOW)
    assert len(window.noticed) == NOTICED_MAX
    assert read_window(window_text(window)) == window
    assert len(window_text(window).encode()) <= 2_048


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        "",
        "[]",
        "[0,[[1]]]",
        "[1e999,[]]",
        "7",
        "{",
        '{"noticed":[1]}',
        '{"noticed":[{}]}',
        '{"alerted_at":"x"}',
        '{"alerted_at":1e999}',
    ],
)
def test_what_is_damaged_is_forgotten_and_stops_nothing(damaged: str | None) -> None:
    assert read_window(damaged) == AlertWindow()


@pytest.mark.parametrize(
    ("requester", "behind", "subject"),
    [
        ("U0EVE", "", ("U0EVE", "U0EVE")),
        ("agent:ag_7k2p", "U0EVE", ("U0EVE", "U0EVE")),
        ("machine:deploy", "U0EVE", ("machine:deploy", "U0EVE")),
        ("machine:deploy", "", ("machine:deploy", "")),
    ],
)
def test_what_an_agent_does_is_its_persons(requester: str, behind: str, subject: tuple[str, str]) -> None:
    """Or whoever has two agents ask is alerted half as often, and judges alerts about their own."""
    detail = {"behind": behind} if behind else {}
    event = Event(
        "1-0", Tag.REQUEST_CREATED, NOW, Actor(ActorKind.PERSON, "U0EVE"), requester=requester, detail=detail
    )
    assert subject_of(event) == subject


def test_a_refused_attempt_is_of_who_tried_and_not_of_whose_request_it_was() -> None:
    event = Event("1-0", Tag.ACCESS_REFUSED, NOW, Actor(ActorKind.PERSON, "U0EVE"), requester="U0ALICE")
    assert subject_of(event) == ("U0EVE", "U0EVE")


def test_who_looks_into_an_alert_closes_it_by_what_they_found() -> None:
    alert = Alert("0000000a", "U0EVE", ("U0EVE",), (fact("burst"),), NOW)
    look = Judgement(Disposition.LOOK_INTO_IT, "U0DANA", NOW)
    looked = Alert("0000000a", "U0EVE", ("U0EVE",), (fact("burst"),), NOW, judgements=(look,))
    found = Judgement(Disposition.EXPECTED, "U0DANA", NOW, "a release")
    closed = Alert("0000000a", "U0EVE", ("U0EVE",), (fact("burst"),), NOW, judgements=(look, found))
    may = {
        name: [str(word) for word in Disposition if one.can_become(word)]
        for name, one in (("new", alert), ("looked", looked), ("closed", closed))
    }
    assert may == {
        "new": ["look_into_it", "expected"],
        "looked": ["expected", "not_expected"],
        "closed": [],
    }
    assert (alert.is_open, looked.is_open, closed.is_open) == (True, True, False)
