"""Each fact: when it is told, when it is not, and who would rather have it untold."""

import pytest

from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal
from envaccess.domain.signals.baseline import FORGOTTEN_DAYS, VARIABLES_MAX, Baseline
from envaccess.domain.signals.facts import Fact, Noticed, distinct, read_facts, write_facts
from envaccess.domain.signals.observe import ObservedRequest, clock_in, kept_under, observe
from envaccess.domain.signals.thresholds import USUAL, Thresholds

HOUR = 60
DAY = 24 * HOUR
MONDAY = 20_454 * DAY
"""Midnight, UTC, of 2026-01-05."""


class Somebody:
    """Asks, and is remembered; the clock of their zone is so many hours ahead of UTC."""

    def __init__(self, ahead: int = 0, thresholds: Thresholds = USUAL) -> None:
        self.known = Baseline()
        self.ahead = ahead
        self.thresholds = thresholds

    def ask(self, minute: int, *names: str, seconds: int = 3_600, hour: int | None = -1) -> Noticed:
        """Ask; `hour` as the clock of their zone shows it, unless said."""
        shown = (minute // HOUR + self.ahead) % 24 if hour == -1 else hour
        asked = ObservedRequest("U0ALICE", minute, shown, names or ("default/A",), seconds)
        self.known, noticed = observe(self.known, asked, self.thresholds)
        return noticed

    def settle(self, days: int = 40, *names: str) -> int:
        """Ask once each day at work, between 9 and 17; the midnight after."""
        for day in range(days):
            self.ask(MONDAY + day * DAY + (9 + day % 9 - self.ahead) * HOUR, *names)
        return MONDAY + days * DAY


def test_who_is_new_is_told_of_once_and_not_of_each_first_time() -> None:
    alice = Somebody()
    noticed = alice.ask(MONDAY, "prod/A", "prod/B")
    assert noticed.facts == (Fact.NEW_OR_SILENT,)
    assert alice.ask(MONDAY + 2 * HOUR, "prod/A").facts == ()


def test_the_first_time_for_a_variable_and_for_an_environment() -> None:
    alice = Somebody()
    midnight = alice.settle()
    assert alice.ask(midnight + 9 * HOUR, "default/A", "default/B").facts == (Fact.FIRST_VARIABLE,)
    noticed = alice.ask(midnight + 11 * HOUR, "prod/A")
    assert noticed.facts == (Fact.FIRST_VARIABLE, Fact.FIRST_ENVIRONMENT)
    assert (noticed.first, distinct(noticed.facts)) == (1, 1)
    assert alice.ask(midnight + 13 * HOUR, "prod/A").facts == ()


@pytest.mark.parametrize(("days", "told"), [(89, ()), (90, (Fact.FIRST_VARIABLE,))])
def test_a_variable_is_known_for_90_days(days: int, told: tuple[Fact, ...]) -> None:
    alice = Somebody()
    midnight = alice.settle(30)
    alice.ask(midnight + 9 * HOUR, "default/B")
    for day in range(1, days):
        alice.ask(midnight + day * DAY + 9 * HOUR)
    assert alice.ask(midnight + days * DAY + 9 * HOUR, "default/B").facts == told


@pytest.mark.parametrize(
    ("days", "told"), [(44, ()), (45, (Fact.NEW_OR_SILENT,)), (46, (Fact.NEW_OR_SILENT,))]
)
def test_who_was_silent_for_45_days_is_like_somebody_new(days: int, told: tuple[Fact, ...]) -> None:
    alice = Somebody()
    alice.ask(MONDAY + 9 * HOUR)
    assert alice.ask(MONDAY + days * DAY + 9 * HOUR).facts == told


def test_after_thirteen_months_nothing_is_remembered() -> None:
    """The store forgets at 400 days: what is remembered by then depends on nothing but the events."""
    alice = Somebody()
    midnight = alice.settle(60)
    back = midnight + FORGOTTEN_DAYS * DAY
    assert alice.ask(back + 3 * HOUR, "prod/X").facts == (Fact.NEW_OR_SILENT,)
    assert alice.known.seen == 1


def test_an_odd_hour_is_told_once_it_is_known_what_is_usual() -> None:
    alice = Somebody(ahead=1)
    for day in range(20):
        assert Fact.ODD_HOUR not in alice.ask(MONDAY + day * DAY + (9 + day % 9) * HOUR).facts
    noticed = alice.ask(MONDAY + 20 * DAY + 2 * HOUR + 12)
    assert noticed.facts == (Fact.ODD_HOUR,)
    assert (noticed.hour, noticed.usual, noticed.other_zone) == (3, (10, 18), False)


def test_nobody_makes_the_night_usual_in_one_night() -> None:
    alice = Somebody()
    midnight = alice.settle()
    for minute in range(0, 180, 5):
        assert Fact.ODD_HOUR in alice.ask(midnight + minute).facts
    assert Fact.ODD_HOUR in alice.ask(midnight + 4 * HOUR).facts


def test_many_requests_of_one_day_make_no_hour_of_it_odd() -> None:
    alice = Somebody()
    for minute in range(60):
        assert Fact.ODD_HOUR not in alice.ask(MONDAY + minute * 20).facts


def test_who_changes_the_time_zone_of_their_profile_still_asks_at_an_odd_hour() -> None:
    alice = Somebody()
    midnight = alice.settle()
    noticed = alice.ask(midnight + 3 * HOUR, hour=11)
    assert noticed.facts == (Fact.ODD_HOUR,)
    assert noticed.other_zone


def test_whose_clock_is_put_forward_asks_at_no_odd_hour() -> None:
    """Daylight saving: by UTC somebody who begins at nine begins an hour earlier than ever."""
    alice = Somebody(ahead=1)
    for day in range(60):
        alice.ask(MONDAY + day * DAY + 8 * HOUR)
    alice.ahead = 2
    for day in range(60, 120):
        assert alice.ask(MONDAY + day * DAY + 7 * HOUR).facts == ()


def test_a_program_has_no_odd_hour() -> None:
    alice = Somebody()
    midnight = alice.settle()
    assert alice.ask(midnight + 3 * HOUR, hour=None).facts == ()


def test_the_fourth_request_within_an_hour_is_a_burst() -> None:
    alice = Somebody()
    noon = alice.settle() + 12 * HOUR
    told = [alice.ask(noon + minute).facts for minute in (0, 20, 40, 59, 70)]
    assert told == [(), (), (), (Fact.BURST,), (Fact.BURST,)]
    assert alice.ask(noon + 3 * HOUR).facts == ()


def test_a_clock_that_is_put_back_counts_nothing_for_hours() -> None:
    alice = Somebody()
    noon = alice.settle() + 12 * HOUR
    for minute in range(4):
        alice.ask(noon + minute)
    assert alice.ask(noon - 3 * HOUR).facts == ()


def test_more_variables_and_longer_than_usual() -> None:
    alice = Somebody()
    noon = alice.settle(40, "default/A", "default/B") + 12 * HOUR
    names = [f"default/{letter}" for letter in "ABCDE"]
    for name in names:
        alice.ask(noon - DAY, name)
    before = alice.known
    assert Fact.MORE_VARIABLES not in alice.ask(noon, *names[:4]).facts
    alice.known = before
    noticed = alice.ask(noon + 2 * HOUR, *names)
    assert (noticed.facts, noticed.usual_variables) == ((Fact.MORE_VARIABLES,), 2)
    before = alice.known
    assert alice.ask(noon + 4 * HOUR, seconds=10_799).facts == ()
    alice.known = before
    noticed = alice.ask(noon + 6 * HOUR, seconds=10_800)
    assert (noticed.facts, noticed.usual_minutes) == ((Fact.LONGER,), 60)


def test_asking_again_after_a_denial_is_told_for_a_day() -> None:
    alice = Somebody()
    noon = alice.settle() + 12 * HOUR
    alice.known = alice.known.with_denial(["default/A"], noon)
    assert alice.ask(noon + 2 * HOUR).facts == (Fact.ASKED_AFTER_DENIAL,)
    assert alice.ask(noon + 4 * HOUR).facts == (Fact.ASKED_AFTER_DENIAL,), "not only the first time"
    assert alice.ask(noon + DAY).facts == ()


def test_who_evicts_what_is_known_by_many_names_is_told_of_more_not_less() -> None:
    alice = Somebody()
    noon = alice.settle() + 12 * HOUR
    many = [f"default/N{number}" for number in range(VARIABLES_MAX + 1)]
    for place in range(0, len(many), 13):
        assert Fact.FIRST_VARIABLE in alice.ask(noon, *many[place : place + 13]).facts
    assert Fact.FIRST_VARIABLE in alice.ask(noon + 2 * HOUR, "default/A").facts


def test_the_policy_sets_what_is_unusual() -> None:
    alice = Somebody(thresholds=Thresholds(burst=2))
    noon = alice.settle() + 12 * HOUR
    alice.ask(noon)
    assert alice.ask(noon + 1).facts == (Fact.BURST,)


def test_what_is_remembered_of_one_person_says_nothing_of_another() -> None:
    """A copy of somebody else's baseline makes everything a first time."""
    alice = Somebody()
    noon = alice.settle() + 12 * HOUR
    mallory = ObservedRequest("U0MALLORY", noon, 12, ["default/A"], 3_600)
    _, noticed = observe(alice.known, mallory, USUAL)
    assert noticed.facts == (Fact.FIRST_VARIABLE, Fact.FIRST_ENVIRONMENT)


@pytest.mark.parametrize(
    ("principal", "who"),
    [
        (Principal(ActorKind.PERSON, "U0ALICE"), "U0ALICE"),
        (Principal(ActorKind.MACHINE, "deploy", behalf="U0ALICE", run="9f86d081"), "machine:deploy"),
        (Principal(ActorKind.AGENT, "ag_7k2p", behalf="U0ALICE"), "behind:U0ALICE"),
    ],
)
def test_runs_of_a_machine_are_one_and_agents_are_their_persons(principal: Principal, who: str) -> None:
    assert kept_under(principal) == who


def test_facts_are_written_as_codes_and_those_of_another_version_left_out() -> None:
    facts = (Fact.FIRST_VARIABLE, Fact.ODD_HOUR)
    assert write_facts(facts) == "first_variable,odd_hour"
    assert read_facts("first_variable,from_the_future,odd_hour") == facts
    assert read_facts("") == ()
    noticed = Noticed(facts, 3, 12, (9, 18))
    assert Noticed.read(noticed.plain()) == noticed


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("Europe/Berlin", (1, 0)), ("Asia/Kolkata", (5, 30)), ("", (0, 0)), ("Nowhere/X", (0, 0))],
)
def test_the_clock_of_a_zone(zone: str, shown: tuple[int, int]) -> None:
    assert clock_in(zone, MONDAY) == shown
