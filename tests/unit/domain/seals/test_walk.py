from dataclasses import replace

import pytest

from envaccess.domain.policy.rules import Then
from envaccess.domain.seals.statements import ApprovalSeal, PassedBy, PassedSeal, Right
from envaccess.domain.seals.walk import (
    ALLOWANCE,
    OpenStep,
    agree,
    counted_approvals,
    fault_of,
    first_open,
    skipped_steps,
)
from tests.unit.domain.seals.made import (
    ESCALATE,
    MINUTE,
    NOON,
    REFUSE,
    SKIP,
    TEN,
    A,
    B,
    approval,
    filing,
    passed,
    ruling,
    steps,
)

CALLED = {"right": Right.ESCALATION}


def test_clocks_may_differ_by_half_a_minute() -> None:
    """What the documents say of how late an end can be."""
    assert ALLOWANCE == 30_000


def fault(*approvals: ApprovalSeal, **fields: object) -> str:
    return fault_of(filing(**{"ruling": ruling(REFUSE, REFUSE), **fields}), approvals)


def test_distinct_people_within_the_time_of_their_filing_stand_together() -> None:
    assert fault() == ""
    assert fault(approval(), approval("U0DANA", step=1), approval("U0BOB", behalf="U0GIL", step=1)) == ""


@pytest.mark.parametrize("step", [-1, 2, 99])
def test_an_approval_of_a_step_that_there_is_not_is_refused(step: int) -> None:
    assert fault(approval(step=step)) == "an approval of a step that there is not"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("U0CARLA", ""), ("U0CARLA", "")),
        (("U0BOB", "U0CARLA"), ("U0CARLA", "")),
        (("U0CARLA", ""), ("U0BOB", "U0CARLA")),
        (("U0BOB", "U0CARLA"), ("U0DANA", "U0CARLA")),
        (("U0BOB", "U0CARLA"), ("U0BOB", "U0DANA")),
        (("U0BOB", "U0CARLA"), ("U0CARLA", "U0BOB")),
    ],
    ids=[
        "twice",
        "duty and giver",
        "giver and duty",
        "two duties of one",
        "one with two duties",
        "for each other",
    ],
)
def test_nobody_counts_twice_in_whatever_right_or_step(one: tuple[str, str], other: tuple[str, str]) -> None:
    approvals = [approval(by, behalf=behalf, step=step) for step, (by, behalf) in enumerate((one, other))]
    assert fault(*approvals) == "somebody counts twice"


@pytest.mark.parametrize(
    ("requester", "behind"), [("U0EVE", ""), ("agent:ag_1", "U0EVE"), ("machine:ci", "U0EVE")]
)
@pytest.mark.parametrize(("by", "behalf"), [("U0EVE", ""), ("U0BOB", "U0EVE"), ("U0EVE", "U0BOB")])
def test_who_asked_never_counts_nor_who_is_behind(requester: str, behind: str, by: str, behalf: str) -> None:
    found = fault(approval(), approval(by, behalf=behalf, step=1), requester=requester, behind=behind)
    assert found == "an approval by who asked"


def test_nobody_behind_a_person_is_nobody_and_no_duty_is_nobody_s() -> None:
    assert fault(approval("U0BOB"), approval("U0CARLA", step=1), behind="") == ""


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (NOON - ALLOWANCE - 1, "an approval out of time"),
        (NOON - ALLOWANCE, ""),
        (NOON + 600_000 + ALLOWANCE, ""),
        (NOON + 600_000 + ALLOWANCE + 1, "an approval out of time"),
    ],
)
def test_an_approval_counts_only_while_its_request_waited(at: int, found: str) -> None:
    chain = ruling(pending_seconds=600)
    assert fault_of(filing(ruling=chain), [approval(at=at)]) == found


def test_the_last_one_says_who_counts() -> None:
    first, second, lost = approval(), approval("U0DANA"), approval("U0BOB")
    last = approval("U0GIL", counted=("a", "b"))
    stored = {"lost": lost, "last": last, "b": second, "a": first}
    assert counted_approvals(stored, "last") == (first, second, last)
    assert counted_approvals(stored, "lost") == (lost,)


def test_an_approval_that_was_counted_and_is_not_there_is_missed() -> None:
    stored = {"a": approval(), "last": approval("U0GIL", counted=("a", "gone"))}
    assert counted_approvals(stored, "last") == "an approval that was counted is gone"


def opened(
    thens: tuple[Then, ...],
    *approvals: ApprovalSeal,
    now: int = 0,
    gone: tuple[PassedSeal, ...] = (),
    **fields: int,
) -> OpenStep | str | None:
    asked = filing(ruling=ruling(*thens, steps=steps(*thens, **fields)))
    return first_open(asked, approvals, gone, now)


def test_a_chain_begins_with_its_filing_and_each_step_with_the_one_before() -> None:
    assert opened((REFUSE, REFUSE)) == OpenStep(0, NOON)
    assert opened((REFUSE, REFUSE), approval()) == OpenStep(1, NOON + MINUTE)
    assert opened((REFUSE, REFUSE), approval(), approval("U0DANA", step=1)) is None


def test_a_step_of_two_needs_two_and_ends_with_the_later_one() -> None:
    later = approval("U0DANA", at=NOON + 2 * MINUTE)
    assert opened((REFUSE, REFUSE), approval(), approvals=2) == OpenStep(0, NOON)
    assert opened((REFUSE, REFUSE), later, approval(), approvals=2) == OpenStep(1, NOON + 2 * MINUTE)


def test_a_later_step_does_not_stand_for_an_earlier_one() -> None:
    found = opened((REFUSE, REFUSE), approval(step=1), approval("U0DANA", step=1))
    assert found == OpenStep(0, NOON + MINUTE)


@pytest.mark.parametrize(
    ("then", "number", "is_passed"), [(SKIP, 1, True), (REFUSE, 0, False), (ESCALATE, 0, False)]
)
def test_only_a_step_that_may_be_skipped_is_once_its_time_is_over(
    then: Then, number: int, *, is_passed: bool
) -> None:
    begins = NOON + TEN if is_passed else NOON
    assert opened((then, REFUSE), now=NOON + TEN) == OpenStep(number, begins)


@pytest.mark.parametrize("gone", [(), (passed(0, PassedBy.SKIP),)], ids=["time", "nobody left"])
def test_the_last_step_is_never_skipped(gone: tuple[PassedSeal, ...]) -> None:
    assert opened((SKIP,), now=NOON + 100 * TEN, gone=gone) == OpenStep(0, NOON)
    assert opened((SKIP,), approval("U0DANA", step=0, skipped=(0,)), gone=gone) is None
    assert opened((SKIP,), gone=gone, approvals=2) == OpenStep(0, NOON)


@pytest.mark.parametrize(
    ("timeout", "late", "number"),
    [
        (600, TEN - ALLOWANCE - 1, 0),
        (600, TEN - ALLOWANCE, 1),
        (20, 10_000, 1),
        (20, 9_999, 0),
        (0, 100 * TEN, 0),
    ],
)
def test_a_step_s_time_is_over_at_its_end_but_for_the_allowance(timeout: int, late: int, number: int) -> None:
    """The allowance is at most half of the step's time, or a short step would be none."""
    found = opened((SKIP, REFUSE), now=NOON + late, timeout=timeout)
    assert isinstance(found, OpenStep)
    assert found.number == number


def test_each_step_has_its_own_time_also_after_skipped_ones() -> None:
    chain = (SKIP, SKIP, REFUSE)
    assert opened(chain, now=NOON + TEN) == OpenStep(1, NOON + TEN)
    assert opened(chain, now=NOON + 2 * TEN) == OpenStep(2, NOON + 2 * TEN)
    assert opened(chain, approval(), now=NOON + TEN) == OpenStep(1, NOON + MINUTE)


def test_a_step_is_passed_over_at_once_where_nobody_was_left() -> None:
    gone = (passed(0, PassedBy.SKIP),)
    assert opened((SKIP, REFUSE), now=NOON + MINUTE, gone=gone) == OpenStep(1, NOON + MINUTE)
    assert opened((SKIP, REFUSE), now=NOON + MINUTE - ALLOWANCE, gone=gone) == OpenStep(1, NOON + MINUTE)
    assert opened((SKIP, REFUSE), now=NOON + MINUTE - ALLOWANCE - 1, gone=gone) == OpenStep(0, NOON)


@pytest.mark.parametrize(
    "gone", [passed(0, PassedBy.ESCALATE), passed(1, PassedBy.SKIP)], ids=["way", "step"]
)
def test_what_was_passed_otherwise_passes_nothing_here(gone: PassedSeal) -> None:
    assert opened((SKIP, SKIP, REFUSE), now=NOON + MINUTE, gone=(gone,)) == OpenStep(0, NOON)


def test_somebody_left_for_a_step_before_it_began_passes_it_not_over() -> None:
    """It was begun again since, and others may be there now."""
    gone = (passed(1, PassedBy.SKIP, NOON + MINUTE),)
    chain, again = (REFUSE, SKIP, REFUSE), approval(at=NOON + 9 * MINUTE)
    assert opened(chain, again, now=NOON + 9 * MINUTE, gone=gone) == OpenStep(1, NOON + 9 * MINUTE)
    near = approval(at=NOON + MINUTE + ALLOWANCE)
    assert opened(chain, near, now=NOON + 9 * MINUTE, gone=gone) == OpenStep(2, NOON + MINUTE + ALLOWANCE)


def test_what_an_approval_found_skipped_stays_so() -> None:
    later = approval(step=1, at=NOON + 2 * TEN, skipped=(0,))
    assert opened((SKIP, REFUSE), later) is None
    assert opened((SKIP, REFUSE, REFUSE), later) == OpenStep(2, NOON + 2 * TEN)


def test_a_step_that_was_reopened_is_not_taken_for_skipped() -> None:
    """An approver of it was lost when the next one agreed: by then its time would have been over long ago."""
    later = approval(step=1, at=NOON + 2 * TEN)
    assert opened((SKIP, REFUSE), later) == OpenStep(0, NOON + 2 * TEN)
    assert opened((SKIP, REFUSE), later, now=NOON + 2 * TEN) == OpenStep(0, NOON + 2 * TEN)
    assert opened((SKIP, REFUSE), later, now=NOON + 3 * TEN) is None


def test_nobody_finds_a_step_skipped_before_its_time() -> None:
    early = approval(step=1, at=NOON + TEN - ALLOWANCE - 1, skipped=(0,))
    assert opened((SKIP, REFUSE), early) == OpenStep(0, NOON)
    assert opened((SKIP, REFUSE), replace(early, at=early.at + 1)) is None
    assert opened((SKIP, REFUSE), early, gone=(passed(0, PassedBy.SKIP),)) is None


@pytest.mark.parametrize("then", [REFUSE, ESCALATE])
def test_no_approval_finds_a_step_skipped_that_may_not_be(then: Then) -> None:
    assert opened((then, REFUSE), approval(step=1, at=NOON + 2 * TEN, skipped=(0,))) == OpenStep(0, NOON)


def test_whom_time_calls_in_agrees_only_once_it_has() -> None:
    late = approval(at=NOON + TEN - ALLOWANCE, **CALLED)
    assert opened((ESCALATE,), late) is None
    found = opened((ESCALATE,), replace(late, at=late.at - 1))
    assert found == "an approval by somebody who was not called yet"
    assert opened((ESCALATE,), replace(late, at=late.at - 1, right=Right.OWN)) is None


def test_whom_a_process_calls_in_agrees_at_once() -> None:
    gone = (passed(0, PassedBy.ESCALATE),)
    assert opened((ESCALATE,), approval(at=NOON + MINUTE - ALLOWANCE, **CALLED), gone=gone) is None
    assert isinstance(opened((ESCALATE,), approval(at=NOON, **CALLED), gone=gone), str)
    assert isinstance(opened((ESCALATE,), approval(**CALLED), gone=(passed(0, PassedBy.SKIP),)), str)


@pytest.mark.parametrize("then", [REFUSE, SKIP])
def test_nobody_is_called_in_to_a_step_that_calls_nobody(then: Then) -> None:
    assert isinstance(opened((then,), approval(at=NOON + 2 * TEN, **CALLED)), str)


def test_whom_time_calls_in_waits_for_its_own_step_to_begin() -> None:
    first, called = approval(at=NOON + 9 * MINUTE), approval("U0DANA", step=1, at=NOON + TEN, **CALLED)
    assert isinstance(opened((REFUSE, ESCALATE), first, called), str)
    assert opened((REFUSE, ESCALATE), first, replace(called, at=NOON + 19 * MINUTE)) is None


def test_who_was_called_in_stays_so_where_an_earlier_step_was_reopened() -> None:
    called, anew = approval("U0DANA", step=1, at=NOON + TEN, **CALLED), approval(at=NOON + TEN)
    assert opened((REFUSE, ESCALATE), called, anew) is None
    assert isinstance(opened((REFUSE, ESCALATE), replace(called, at=NOON + MINUTE), anew), str)


def test_who_was_called_in_stays_so_though_who_agreed_after_them_has_a_slower_clock() -> None:
    called, anew = approval("U0DANA", step=1, at=NOON + TEN, **CALLED), approval(at=NOON + TEN - 10_000)
    assert opened((REFUSE, ESCALATE), called, anew) is None
    assert isinstance(opened((REFUSE, ESCALATE), anew, called), str)


@pytest.mark.parametrize(
    ("gone", "late"),
    [((), TEN), ((passed(0, PassedBy.SKIP, NOON + TEN - 5_000),), 0)],
    ids=["time", "nobody left"],
)
def test_who_was_called_in_stays_so_where_the_step_that_was_reopened_is_skipped(
    gone: tuple[PassedSeal, ...], late: int
) -> None:
    called = approval("U0DANA", step=1, at=NOON + TEN, **CALLED)
    assert opened((SKIP, ESCALATE), called, now=NOON + TEN + late, gone=gone) is None


def test_a_step_that_was_found_skipped_stays_so_however_long_ago_nobody_was_left_for_it() -> None:
    later, anew = (
        approval(step=2, at=NOON + 2 * MINUTE, skipped=(1,)),
        approval("U0DANA", at=NOON + 9 * MINUTE),
    )
    gone = (passed(1, PassedBy.SKIP),)
    assert opened((REFUSE, SKIP, REFUSE), later, anew, gone=gone, timeout=0) is None
    assert opened((REFUSE, SKIP, REFUSE), later, anew, timeout=0) == OpenStep(1, NOON + 9 * MINUTE)


def test_an_escalated_approval_in_any_place_of_its_step_is_looked_at() -> None:
    own, early = approval(), approval("U0DANA", at=NOON + MINUTE, **CALLED)
    for both in ((own, early), (early, own)):
        assert isinstance(opened((ESCALATE,), *both, approvals=2), str)


def skipped(thens: tuple[Then, ...], step: int, *approvals: ApprovalSeal, now: int = NOON) -> tuple[int, ...]:
    return skipped_steps(filing(ruling=ruling(*thens)), approvals, (), step, now)


def test_an_approval_says_which_steps_time_had_passed_over() -> None:
    chain = (SKIP, SKIP, REFUSE, REFUSE)
    assert skipped(chain, 0) == ()
    assert skipped(chain, 1, now=NOON + TEN) == (0,)
    assert skipped(chain, 2, now=NOON + 2 * TEN) == (0, 1)
    assert skipped(chain, 2, approval(), now=NOON + 2 * TEN) == (1,)
    assert skipped(chain, 3, approval(step=2, skipped=(0, 1))) == (0, 1)


def test_an_approval_never_says_that_a_step_was_skipped_which_waits() -> None:
    """However far the store says that the chain has come."""
    assert skipped((SKIP, SKIP, REFUSE), 2, now=NOON + TEN) == (0,)
    assert skipped((SKIP, SKIP, REFUSE), 2, now=NOON) == ()
    assert skipped((REFUSE, REFUSE), 1, now=NOON + 9 * TEN) == ()


def test_a_step_with_all_its_approvals_was_not_skipped_even_if_one_is_lost_now() -> None:
    assert skipped((SKIP, REFUSE), 1, approval(), now=NOON + 2 * TEN) == ()


def test_what_earlier_approvals_found_skipped_is_said_again_where_a_step_is_reopened() -> None:
    assert skipped((REFUSE, SKIP, REFUSE), 0, approval(step=2, at=NOON + 2 * TEN, skipped=(1,))) == (1,)


def test_a_chain_that_is_complete_may_have_skipped_steps_too() -> None:
    assert skipped((SKIP, REFUSE), 1, approval(step=1, at=NOON + TEN), now=NOON + 2 * TEN) == (0,)


def test_nothing_is_said_to_be_skipped_where_seals_contradict_each_other() -> None:
    thens = (ESCALATE, SKIP, REFUSE)
    asked = filing(ruling=ruling(steps=steps(*thens, approvals=2)))
    assert skipped_steps(asked, [approval(**CALLED)], (), 2, NOON + 9 * TEN) == ()
    assert skipped(thens, 2, approval(**CALLED), now=NOON + 9 * TEN) == ()


def test_the_least_time_and_what_all_agreed_to_are_agreed_in_the_order_asked() -> None:
    asked = filing(variables=(B, A), seconds=900)
    assert agree(asked, []) == (900, (B, A))
    assert agree(asked, [approval()]) == (900, (B, A))
    assert agree(asked, [approval(seconds=600), approval(seconds=700, variables=(A,))]) == (600, (A,))
    assert agree(asked, [approval(variables=(A,)), approval(variables=(B,))]) == (900, ())
