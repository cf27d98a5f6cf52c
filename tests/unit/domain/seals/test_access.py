from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.policy.rules import USE_WITHIN, Starts, Then
from envaccess.domain.seals.access import (
    Access,
    SealedRequest,
    access_of,
    is_current,
    progress_fault,
)
from envaccess.domain.seals.statements import AutomaticSeal, PassedBy, Right
from envaccess.domain.seals.walk import ALLOWANCE
from tests.unit.domain.seals.made import (
    EMERGENCY,
    ESCALATE,
    HOUR,
    MINUTE,
    NOON,
    REFUSE,
    SKIP,
    TEN,
    A,
    B,
    approval,
    as_history,
    filing,
    passed,
    ruling,
    sealed,
    steps,
)

AGREED = NOON + MINUTE
WHOLE = Access((A, B), 3_600, AGREED, AGREED + HOUR)


def test_what_was_agreed_to_begins_with_the_agreement_and_lasts_so_long() -> None:
    assert access_of(sealed(filing(), approval())) == WHOLE


def test_what_nobody_agreed_to_gives_nothing() -> None:
    assert access_of(sealed(filing())) == "nobody approved it"


def test_the_less_that_somebody_agreed_to_is_what_all_get() -> None:
    chain = filing(ruling=ruling(REFUSE, REFUSE))
    last = approval("U0DANA", step=1, variables=(B,), at=NOON + 2 * MINUTE)
    assert access_of(sealed(chain, approval(seconds=600), last)) == Access(
        (B,), 600, NOON + 2 * MINUTE, NOON + 2 * MINUTE + TEN
    )


@pytest.mark.parametrize("less", [{"seconds": 0}, {"variables": ()}], ids=["time", "variables"])
def test_who_agreed_to_nothing_gives_nothing(less: dict[str, Any]) -> None:
    assert access_of(sealed(filing(), approval(**less))) == "nothing was agreed to"


def test_a_second_is_something() -> None:
    assert access_of(sealed(filing(), approval(seconds=1))) == Access((A, B), 1, AGREED, AGREED + 1_000)


def test_it_begins_with_the_latest_agreement_in_whatever_order_they_are_told() -> None:
    chain = filing(ruling=ruling(steps=steps(REFUSE, approvals=2)))
    found = access_of(sealed(chain, approval(at=NOON + 3 * MINUTE), approval("U0DANA")))
    assert isinstance(found, Access)
    assert found.begins_at == NOON + 3 * MINUTE


def test_a_chain_that_is_not_complete_gives_nothing_and_says_which_step_is_missing() -> None:
    chain = filing(ruling=ruling(REFUSE, REFUSE))
    assert access_of(sealed(chain, approval())) == "step 2 was passed by nobody"
    assert access_of(sealed(chain, approval(step=1))) == "step 1 was passed by nobody"


def test_what_was_put_back_after_a_reopened_step_counts_no_more() -> None:
    """The last one found the first one lost: the store may show both, but the last did not count it."""
    lost, last = approval(), approval("U0DANA", step=1)
    record = SealedRequest(filing(ruling=ruling(REFUSE, REFUSE)), "mac", {"lost": lost, "last": last})
    assert access_of(record) == "step 1 was passed by nobody"


def test_what_was_put_back_does_not_turn_into_a_skipped_step() -> None:
    lost, last = approval(), approval("U0DANA", step=1, at=NOON + 2 * TEN)
    chain = filing(ruling=ruling(SKIP, REFUSE))
    for approvals in ({"last": last}, {"lost": lost, "last": last}):
        assert access_of(SealedRequest(chain, "mac", approvals)) == "step 1 was passed by nobody"


def test_time_alone_passes_no_step_over_once_access_is_given() -> None:
    """Who completes a chain says which steps had been passed over: nobody else knows what stood then."""
    chain = filing(ruling=ruling(SKIP, REFUSE))
    assert access_of(sealed(chain, approval(step=1, at=NOON + 2 * TEN))) == "step 1 was passed by nobody"
    found = access_of(sealed(chain, approval(step=1, at=NOON + 2 * TEN, skipped=(0,))))
    assert isinstance(found, Access)


def test_half_of_a_reopened_step_does_not_pass_as_skipped() -> None:
    """Just before its time is over somebody agrees in it, and one more is missing."""
    halves = (*steps(SKIP, approvals=2), *steps(REFUSE))
    first, half = approval(step=1), approval("U0DANA", at=AGREED + TEN - 10_000)
    assert (
        access_of(sealed(filing(ruling=ruling(steps=halves)), first, half)) == "step 1 was passed by nobody"
    )


def test_an_approval_that_the_last_one_counted_is_missed() -> None:
    whole = sealed(filing(ruling=ruling(REFUSE, REFUSE)), approval(), approval("U0DANA", step=1))
    without = {mac: one for mac, one in whole.approvals.items() if mac != "mac0"}
    assert access_of(replace(whole, approvals=without)) == "an approval that was counted is gone"


def test_approvals_in_another_order_give_nothing_or_the_same() -> None:
    whole = sealed(filing(ruling=ruling(REFUSE, REFUSE)), approval(), approval("U0DANA", step=1))
    turned = dict(reversed([*whole.approvals.items()]))
    assert access_of(replace(whole, approvals=turned)) == "step 2 was passed by nobody"


def test_approvals_that_cannot_stand_together_give_nothing() -> None:
    assert access_of(sealed(filing(), approval("U0ALICE"))) == "an approval by who asked"
    strange = approval("U0DANA", filing="other")
    for found in (sealed(filing(), strange), sealed(filing(), approval(), strange)):
        assert access_of(found) == "an approval of something else"
        assert progress_fault(found, NOON, 0, escalated=False) == "an approval of something else"
    early = approval(right=Right.ESCALATION)
    assert access_of(sealed(filing(), early)) == "an approval by somebody who was not called yet"


@pytest.mark.parametrize("how", PassedBy)
def test_a_step_of_another_request_that_was_passed_over_is_an_alarm(how: PassedBy) -> None:
    other = passed(0, how, of="other")
    chain = filing(ruling=ruling(SKIP, REFUSE))
    whole = sealed(chain, approval(step=1, skipped=(0,)), passed=(passed(0, PassedBy.SKIP), other))
    assert access_of(whole) == "a step of something else was passed over"
    assert progress_fault(whole, NOON, 0, escalated=False) == "a step of something else was passed over"
    own = replace(whole, passed=whole.passed[:1])
    assert isinstance(access_of(own), Access)


@pytest.mark.parametrize("kind", ["filing", "history"])
def test_an_emergency_begins_when_it_is_filed_and_asks_nobody(kind: str) -> None:
    asked = filing(emergency=True, ruling=ruling(emergency=EMERGENCY))
    if kind == "history":
        assert access_of(sealed(as_history(asked))) == "it is from before there were seals"
    else:
        assert access_of(SealedRequest(asked, "mac")) == Access((A, B), 3_600, NOON, NOON + HOUR)
        assert access_of(sealed(asked, approval(seconds=1))) == Access((A, B), 3_600, NOON, NOON + HOUR)


def test_what_is_no_emergency_under_its_ruling_is_none() -> None:
    assert access_of(sealed(filing(emergency=True), approval())) == "it is no emergency"


def test_a_ruling_for_emergencies_makes_no_emergency_of_a_request() -> None:
    asked = filing(ruling=ruling(emergency=EMERGENCY))
    assert access_of(sealed(asked)) == "nobody approved it"


def test_history_gives_nothing_even_with_every_approval() -> None:
    asked = as_history(filing(ruling=ruling(automatic=True)))
    assert access_of(sealed(asked, approval())) == "it is from before there were seals"
    automatic = AutomaticSeal("mac", NOON)
    assert access_of(sealed(asked, automatic=automatic)) == "it is from before there were seals"


def test_the_policy_lets_through_alone_what_it_says_and_what_was_sealed_so() -> None:
    may, may_not = filing(ruling=ruling(automatic=True)), filing()
    sealed_so = AutomaticSeal("mac", NOON + MINUTE)
    assert access_of(sealed(may, automatic=sealed_so)) == Access((A, B), 3_600, NOON, NOON + HOUR)
    assert access_of(sealed(may)) == "nobody approved it"
    refused = "the policy does not let it through alone"
    assert access_of(sealed(may_not, approval(), automatic=sealed_so)) == refused
    assert access_of(sealed(may, automatic=AutomaticSeal("other", NOON))) == refused


def test_it_begins_no_sooner_than_asked() -> None:
    later = NOON + 2 * HOUR
    assert access_of(sealed(filing(starts_at=later), approval())) == Access(
        (A, B), 3_600, later, later + HOUR
    )
    assert access_of(sealed(filing(starts_at=NOON), approval())) == WHOLE
    alone = filing(starts_at=later, ruling=ruling(automatic=True))
    found = access_of(sealed(alone, automatic=AutomaticSeal("mac", NOON)))
    assert found == Access((A, B), 3_600, later, later + HOUR)


@pytest.mark.parametrize(("within", "wait"), [(0, USE_WITHIN), (900, 900)])
def test_a_clock_that_starts_with_the_first_use_starts_within_its_time(within: int, wait: int) -> None:
    asked = filing(ruling=ruling(starts=Starts.FIRST_USE, use_within=within))
    found = access_of(sealed(asked, approval()))
    assert found == Access((A, B), 3_600, AGREED, AGREED + HOUR + wait * 1_000)


def test_a_time_to_be_used_in_prolongs_nothing_that_begins_at_once() -> None:
    assert access_of(sealed(filing(ruling=ruling(use_within=900)), approval())) == WHOLE


def test_what_begins_at_an_hour_does_not_wait_for_its_first_use() -> None:
    """The scripts start its clock at that hour; the time in which it must be used is not added."""
    first_use = ruling(starts=Starts.FIRST_USE)
    waits = AGREED + HOUR + USE_WITHIN * 1_000
    for late, ends in ((1, 1 + HOUR), (0, HOUR + USE_WITHIN * 1_000)):
        begins = AGREED + late
        found = access_of(sealed(filing(starts_at=begins, ruling=first_use), approval()))
        assert found == Access((A, B), 3_600, begins, AGREED + ends)
    assert access_of(sealed(filing(starts_at=NOON, ruling=first_use), approval())) == replace(
        WHOLE, ends_at=waits
    )


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (WHOLE.begins_at - ALLOWANCE - 1, False),
        (WHOLE.begins_at - ALLOWANCE, True),
        (WHOLE.ends_at + ALLOWANCE, True),
        (WHOLE.ends_at + ALLOWANCE + 1, False),
    ],
)
def test_access_is_had_between_its_begin_and_end_but_for_the_allowance(now: int, *, holds: bool) -> None:
    assert is_current(WHOLE, now) is holds


def stands(*thens: Then, step: int, late: int = 0, escalated: bool = False, **fields: Any) -> str:
    approvals = fields.pop("approvals", ())
    asked = filing(ruling=ruling(*thens))
    return progress_fault(sealed(asked, *approvals, **fields), NOON + late, step, escalated=escalated)


def test_a_request_waits_for_the_step_that_its_seals_have_come_to() -> None:
    passed_over = "a step was passed over that nobody passed"
    assert stands(REFUSE, REFUSE, step=0) == ""
    assert stands(REFUSE, REFUSE, step=1) == passed_over
    assert stands(REFUSE, REFUSE, step=1, approvals=(approval(),)) == ""
    assert stands(SKIP, REFUSE, step=1, late=TEN - ALLOWANCE - 1) == passed_over
    assert stands(SKIP, REFUSE, step=1, late=TEN) == ""
    assert stands(SKIP, REFUSE, step=1, passed=(passed(0, PassedBy.SKIP),), late=MINUTE) == ""


def test_a_step_that_was_reopened_waits_again_while_the_later_yes_stands() -> None:
    later = approval("U0DANA", step=1)
    assert stands(REFUSE, REFUSE, step=0, approvals=(later,)) == ""
    assert stands(REFUSE, REFUSE, step=1, approvals=(later,)) != ""


def test_a_chain_that_is_complete_stands_wherever_the_store_says() -> None:
    assert stands(REFUSE, step=0, approvals=(approval(),), escalated=True) == ""


def test_others_are_called_in_once_the_time_of_their_step_is_over() -> None:
    early = "others were called in before their time"
    assert stands(ESCALATE, step=0, late=TEN - ALLOWANCE - 1, escalated=True) == early
    assert stands(ESCALATE, step=0, late=TEN - ALLOWANCE, escalated=True) == ""
    assert stands(ESCALATE, step=0, late=TEN - ALLOWANCE - 1) == ""
    gone = (passed(0, PassedBy.ESCALATE),)
    assert stands(ESCALATE, step=0, late=MINUTE, escalated=True, passed=gone) == ""
    assert stands(REFUSE, step=0, late=9 * TEN, escalated=True) == early
    assert stands(SKIP, step=0, late=9 * TEN, escalated=True) == early


def test_others_were_called_in_to_this_step_and_not_to_the_one_before() -> None:
    early = "others were called in before their time"
    late, gone = approval(at=NOON + 9 * MINUTE), (passed(0, PassedBy.ESCALATE),)
    assert (
        stands(ESCALATE, ESCALATE, step=1, late=TEN, escalated=True, approvals=(late,), passed=gone) == early
    )


def test_a_request_with_a_seal_that_cannot_stand_waits_for_nobody() -> None:
    assert stands(REFUSE, REFUSE, step=0, approvals=(approval("U0ALICE"),)) == "an approval by who asked"
    called = approval(right=Right.ESCALATION)
    found = stands(ESCALATE, REFUSE, step=0, approvals=(called,))
    assert found == "an approval by somebody who was not called yet"


def more(
    mac: str = "more", *, at: int = NOON + 30 * MINUTE, seconds: int = 600, **fields: Any
) -> SealedRequest:
    """A request to prolong the usual one, that Carla agreed to at that moment."""
    asked = filing(
        **{"id": mac, "extends": "rq_1", "extends_mac": "mac", "seconds": seconds, "at": at, **fields}
    )
    return SealedRequest(asked, mac, {f"{mac}0": approval(filing=mac, at=at, seconds=seconds)})


def prolonged(*extensions: SealedRequest, **fields: Any) -> Access | str:
    return access_of(replace(sealed(filing(**fields), approval()), extensions=extensions))


def test_an_extension_prolongs_by_its_own_time() -> None:
    assert prolonged(more()) == replace(WHOLE, ends_at=WHOLE.ends_at + TEN)


def test_two_extensions_prolong_one_after_the_other_in_whatever_order_they_are_told() -> None:
    first, second = more("first"), more("second", at=WHOLE.ends_at + TEN)
    whole = replace(WHOLE, ends_at=WHOLE.ends_at + 2 * TEN)
    assert prolonged(first, second) == prolonged(second, first) == whole


def test_no_extension_counts_twice() -> None:
    assert prolonged(more(), more()) == "an extension counts twice"


def test_an_order_that_lasts_longer_is_not_the_one_that_counts() -> None:
    """Each is cut by its own ruling: told backwards, the shorter cut would come first."""
    long_cut = more("long", at=NOON + 2 * MINUTE, seconds=3_600, ruling=ruling(max_seconds=28_800))
    short_cut = more("short", at=NOON + 3 * MINUTE, seconds=3_600, ruling=ruling(max_seconds=3_900))
    whole = replace(WHOLE, ends_at=WHOLE.ends_at + HOUR)
    assert prolonged(long_cut, short_cut) == prolonged(short_cut, long_cut) == whole


@pytest.mark.parametrize(("most", "ends"), [(7_200, 2 * HOUR), (60, 0)], ids=["cut", "never shorter"])
def test_an_extension_lasts_at_most_as_long_as_its_ruling_says_from_its_agreement(
    most: int, ends: int
) -> None:
    found = prolonged(more(seconds=7_200, ruling=ruling(max_seconds=most)))
    assert found == replace(WHOLE, ends_at=NOON + 30 * MINUTE + ends if ends else WHOLE.ends_at)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"extends": "rq_2"}, "an extension of something else"),
        ({"extends_mac": "other"}, "an extension of something else"),
        ({"extends": "", "extends_mac": ""}, "an extension of something else"),
        ({"requester": "U0EVE"}, "an extension that may not be one"),
        ({"behind": "U0EVE"}, "an extension that may not be one"),
        ({"once": True}, "an extension that may not be one"),
        ({"variables": (A,)}, "an extension of other access"),
        ({"variables": (A, B, replace(A, name="C"))}, "an extension of other access"),
    ],
)
def test_an_extension_of_something_else_prolongs_nothing(fields: dict[str, Any], why: str) -> None:
    found = more(**fields)
    every = {mac: replace(one, variables=found.filing.variables) for mac, one in found.approvals.items()}
    assert prolonged(replace(found, approvals=every)) == why


def test_what_is_used_once_is_not_prolonged() -> None:
    assert prolonged(more(), once=True) == "an extension that may not be one"


def test_an_extension_of_what_was_narrowed_is_for_what_is_left() -> None:
    narrowed = replace(sealed(filing(), approval(variables=(A,))))
    assert access_of(replace(narrowed, extensions=(more(),))) == "an extension of other access"
    found = access_of(replace(narrowed, extensions=(more(variables=(A,)),)))
    assert found == replace(WHOLE, variables=(A,), ends_at=WHOLE.ends_at + TEN)


def test_an_extension_that_nobody_agreed_to_prolongs_nothing() -> None:
    assert prolonged(replace(more(), approvals={})) == "nobody approved it"
    assert (
        prolonged(more(), replace(more("second"), approvals=more().approvals))
        == "an approval of something else"
    )


@pytest.mark.parametrize(("late", "why"), [(0, ""), (1, "an extension of other access")])
def test_an_extension_that_came_after_the_end_prolongs_nothing(late: int, why: str) -> None:
    found = prolonged(more(at=WHOLE.ends_at + ALLOWANCE + late))
    assert found == (why or replace(WHOLE, ends_at=WHOLE.ends_at + TEN))


def test_an_extension_s_own_extensions_prolong_nothing_else() -> None:
    nested = replace(more(), extensions=(more("deep"),))
    assert prolonged(nested) == replace(WHOLE, ends_at=WHOLE.ends_at + TEN)


def test_what_was_refused_is_not_made_good_by_an_extension() -> None:
    assert access_of(replace(sealed(filing()), extensions=(more(),))) == "nobody approved it"


def test_no_policy_prolongs_access_alone() -> None:
    """It would be had for longer than one request that nobody need agree to."""
    alone = more(ruling=ruling(automatic=True))
    sealed_so = replace(alone, approvals={}, automatic=AutomaticSeal("more", NOON))
    assert prolonged(alone) != prolonged()
    assert prolonged(sealed_so) == "the policy does not let it through alone"
