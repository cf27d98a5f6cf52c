"""Clocks of processes that differ a little look like no forgery; one that differs much does nothing."""

import itertools
from dataclasses import replace

import pytest

from envaccess.application.grants.sealed_access import why_not_sealed
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.rules import Step, Then
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.seals.walk import ALLOWANCE, FROM_REDIS
from tests.fakes.rulings import HERE, OTHERS, ruled
from tests.store.harness import BOB, MINUTE, StoreHarness

NEARLY = FROM_REDIS - 2_000
"""Milliseconds: as far off as a process may be, but for what a test takes."""
SKIP = ruled(Step(HERE, timeout=60, then=Then.SKIP), Step(OTHERS))


def process(harness: StoreHarness, off: int) -> StoreHarness:
    """Another process on the same workspace, with another clock."""
    return replace(harness, off=off)


def test_no_two_processes_differ_by_more_than_is_allowed() -> None:
    assert 2 * FROM_REDIS <= ALLOWANCE


@pytest.mark.parametrize("off", list(itertools.product((-NEARLY, NEARLY), repeat=3)))
async def test_what_one_process_seals_holds_at_every_other(
    harness: StoreHarness, off: tuple[int, int, int]
) -> None:
    files, approves, reveals = (process(harness, milliseconds) for milliseconds in off)
    request = await files.file("A")
    await approves.decide(request)
    claim = await reveals.use(request)
    assert why_not_sealed(claim, reveals.sealing.clock()) == ""


@pytest.mark.parametrize("off", list(itertools.product((-NEARLY, NEARLY), repeat=2)))
async def test_a_step_that_time_passed_over_is_passed_at_every_process(
    harness: StoreHarness, off: tuple[int, int]
) -> None:
    files, reads = (process(harness, milliseconds) for milliseconds in off)
    request = await files.file("A", ruling=SKIP)
    await harness.pass_time(MINUTE + 1)
    await harness.work()
    assert (await reads.get(request)).progress.step == 1


@pytest.mark.parametrize("off", [-FROM_REDIS - 1_000, FROM_REDIS + 2_000])
async def test_by_a_process_whose_clock_is_off_nothing_is_filed_approved_or_revealed(
    harness: StoreHarness, off: int
) -> None:
    wrong, waiting = process(harness, off), await harness.file("B")
    held, before = await harness.grant("A", once=True), await harness.tags()
    answers = (
        await wrong.requests.open(wrong.op(), wrong.new("A,B")),
        await wrong.decide(waiting, BOB),
        await wrong.claim(held),
    )
    for answer in answers:
        assert isinstance(answer, Refusal)
        assert answer.reason is Reason.CLOCK_OFF
    assert await harness.tags() == before
    assert isinstance(await harness.claim(held), Claim)
