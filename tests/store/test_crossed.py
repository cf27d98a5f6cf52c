"""An operation id that comes again for something else: a payload may bear the trigger of another verb."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from envaccess.domain.audit import person
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.rulings import EMERGENCY
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness, var

Do = Callable[[StoreHarness, Mapping[str, str], str], Awaitable[Any]]

VERBS: dict[str, Do] = {
    "file": lambda harness, _, op: harness.requests.open(op, harness.new("A,B")),
    "file another": lambda harness, _, op: harness.requests.open(op, harness.new("B")),
    "extend": lambda harness, ids, op: harness.requests.open(op, harness.new("A", extends=ids["live"])),
    "approve": lambda harness, ids, op: harness.decide(ids["bobs"], ALICE, op=op),
    "deny": lambda harness, ids, op: harness.decide(ids["bobs"], ALICE, Verb.DENY, op=op),
    "approve another": lambda harness, ids, op: harness.decide(ids["other"], ALICE, op=op),
    "cancel": lambda harness, ids, op: harness.requests.cancel(op, ids["mine"], person(ALICE)),
    "cancel another": lambda harness, ids, op: harness.requests.cancel(op, ids["live"], person(ALICE)),
    "revoke": lambda harness, ids, op: harness.revoke(ids["live"], op=op),
    "reveal": lambda harness, ids, op: harness.claim(ids["live"], op=op),
    "reveal by name": lambda harness, _, op: harness.reveals.claim_named(op, var("A"), ALICE),
    "ask": lambda harness, ids, op: harness.requests.ask(op, ids["bobs"], ALICE, "which refund?", ""),
    "answer": lambda harness, ids, op: harness.requests.answer(op, ids["mine"], ALICE, "of Monday", ""),
    "review": lambda harness, ids, op: harness.requests.review(op, ids["night"], ALICE, "it was right", ""),
    "delegate": lambda harness, _, op: harness.delegations.give(op, ALICE, BOB, 3600),
    "take a duty back": lambda harness, _, op: harness.delegations.take_back(op, ALICE),
    "lock": lambda harness, _, op: harness.lock(CAROL, person(ALICE), op=op),
    "unlock": lambda harness, _, op: harness.unlock(CAROL, person(ALICE), op=op),
}


async def everything(harness: StoreHarness) -> Mapping[str, str]:
    """One of each for Alice to act on."""
    return {
        "mine": await harness.file("B", seconds=60),
        "bobs": await harness.file("A", BOB),
        "other": await harness.file("B", BOB),
        "live": await harness.grant("A"),
        "night": await harness.file("A", BOB, ruling=EMERGENCY),
    }


@pytest.mark.parametrize("first", VERBS)
async def test_an_id_of_one_verb_does_nothing_for_any_other(harness: StoreHarness, first: str) -> None:
    ids = await everything(harness)
    await VERBS[first](harness, ids, "op-forged")
    state, last = await harness.state(), await harness.trail.last()
    for second, do in VERBS.items():
        if second == first:
            continue
        outcome = await do(harness, ids, "op-forged")
        assert isinstance(outcome, Refusal), second
        assert outcome.reason is Reason.OTHER_OPERATION, second
    assert await harness.state() == state
    assert await harness.tags(last) == []


async def test_a_refusal_that_was_ruled_answers_the_same_id_whatever_comes(harness: StoreHarness) -> None:
    """The service refused, was asked again, and would allow it now: the first outcome stays."""
    ids = await everything(harness)
    await harness.runner.run(
        "refuse", op="op-1", actor=f"person:{ALICE}", tried="approve", why="guest", printable="", account=""
    )
    for second in VERBS.values():
        outcome = await second(harness, ids, "op-1")
        assert isinstance(outcome, Refusal)
        assert outcome.reason is Reason.GUEST
