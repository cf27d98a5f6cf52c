"""Races over chains on the real server: whatever comes at once, nobody counts twice and nothing grows."""

import asyncio
from typing import Any

import pytest

from envaccess.domain.audit import person
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.policy.rules import Step
from envaccess.domain.policy.ruling import Limit
from envaccess.domain.refusal import Reason
from envaccess.domain.request import State, Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY, HERE, RULE, TWO_STEPS, ruled
from tests.store.harness import BOB, CAROL, StoreHarness, var

pytestmark = pytest.mark.real

CROWD = ("U0BOB", "U0CAROL", "U0DANA", "U0ERIN")


async def agree(real: StoreHarness, request: str, who: str, **vote: Any) -> None:
    """As the verb does: look again where somebody else was counted meanwhile."""
    while True:
        decided = await real.decide(request, who, **vote)
        if isinstance(decided, Decided):
            return
        assert decided.reason is Reason.MOVED_ON


async def test_votes_at_once_are_each_narrower_than_the_last(real: StoreHarness) -> None:
    """However two approvers who each let through less fall: never more than both agreed to."""
    ruling = ruled(Step(HERE, approvals=2))
    for round_ in range(60):
        request = await real.file("A,B,staging/DB", f"U{round_}", ruling=ruling)
        votes = [
            agree(real, request, BOB, seconds=600, variables=(var("A"), var("B")), checked=1),
            agree(real, request, CAROL, seconds=1200, variables=(var("B"), var("staging/DB")), checked=1),
        ]
        await asyncio.gather(*(votes if round_ % 2 else votes[::-1]))
        found = await real.get(request)
        assert (found.variables, found.duration.seconds) == ((var("B"),), 600)
        assert found.expires_at - found.decided_at == 600_000


async def test_many_presses_of_few_people_never_fill_a_chain_for_more(real: StoreHarness) -> None:
    ruling = ruled(Step(HERE, approvals=2), Step(HERE, approvals=2))
    for round_ in range(40):
        request = await real.file("A", f"U{round_}", ruling=ruling)
        people = CROWD[: 3 + round_ % 2]
        calls = [
            real.decide(request, who, step=step, checked=checked)
            for who in people
            for step in (0, 1)
            for checked in (1, 2, 3)
        ]
        await asyncio.gather(*calls[round_ % len(calls) :], *calls[: round_ % len(calls)])
        found = await real.get(request)
        agreed = [given.by for given in found.progress.approvals]
        assert len(agreed) == len(set(agreed))
        assert not (len(people) == 3 and found.state is State.APPROVED)
        assert (await real.left(request) > 0) is (found.state is State.APPROVED)


async def test_of_a_denial_and_the_last_approval_exactly_one_wins(real: StoreHarness) -> None:
    for round_ in range(80):
        request = await real.file("A", f"U{round_}", ruling=TWO_STEPS)
        await real.decide(request)
        pair = [
            real.decide(request, CAROL, step=1, checked=1),
            real.decide(request, "U0DANA", Verb.DENY, step=1),
        ]
        answers = await asyncio.gather(*(pair if round_ % 2 else pair[::-1]))
        assert sum(isinstance(answer, Decided) for answer in answers) == 1
        found = await real.get(request)
        assert (await real.left(request) > 0) is (found.state is State.APPROVED)


async def test_requests_at_once_never_pass_a_limit(real: StoreHarness) -> None:
    """Counting before filing would let through as many as come between the two."""
    limited = ruled(limits=(Limit(RULE, open_max=2),))
    for round_ in range(30):
        who = f"U{round_}"
        labels = ["A", "B", "staging/DB", "A,B", "A,staging/DB"]
        answers = await asyncio.gather(
            *(real.requests.open(real.op(), real.new(label, who, ruling=limited)) for label in labels)
        )
        assert sum(isinstance(answer, Filed) for answer in answers) == 2


async def test_automatic_approvals_at_once_are_never_more_than_the_policy_gives(real: StoreHarness) -> None:
    for round_ in range(30):
        who = f"U{round_}"
        answers = await asyncio.gather(
            *(
                real.requests.open(real.op(), real.new(label, who, ruling=AUTOMATIC))
                for label in ("A", "B", "staging/DB", "A,B")
            )
        )
        approved = [a for a in answers if isinstance(a, Filed) and a.state is State.APPROVED]
        assert len(approved) == 2


async def test_one_emergency_typed_many_times_at_once_is_one(real: StoreHarness) -> None:
    for round_ in range(30):
        news = [real.new("A", f"U{round_}", ruling=EMERGENCY, seconds=1800) for _ in range(5)]
        answers = await asyncio.gather(*(real.requests.open(real.op(), new) for new in news))
        assert len({answer.id for answer in answers if isinstance(answer, Filed)}) == 1
    assert (await real.tags()).count("emergency.used") == 30


async def test_an_extension_and_the_end_at_once_leave_what_the_record_says(real: StoreHarness) -> None:
    """Revoked in the same moment as it is extended: nothing is left, whichever came first."""
    for round_ in range(80):
        who = f"U{round_}"
        granted = await real.grant("A", who)
        more = await real.file("A", who, ruling=ruled(), extends=granted)
        pair = [real.decide(more, BOB), real.revoke(granted, person(CAROL))]
        await asyncio.gather(*(pair if round_ % 2 else pair[::-1]))
        assert await real.left(granted) == -2
        found = await real.get(more)
        assert found.grant is None, "what was ended on purpose does not come back as a grant of its own"
        assert found.extended is (found.state is State.APPROVED)
        assert await real.left(more) == -2
