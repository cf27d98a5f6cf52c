"""An operation id that comes again for something else: a payload may bear the trigger of another verb."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from envaccess.domain.audit import person
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.rulings import EMERGENCY
from tests.store.house import ALICE, BOB, CAROL, House, var

Do = Callable[[House, Mapping[str, str], str], Awaitable[Any]]

VERBS: dict[str, Do] = {
    "file": lambda house, _, op: house.requests.open(op, house.new("A,B")),
    "file another": lambda house, _, op: house.requests.open(op, house.new("B")),
    "extend": lambda house, ids, op: house.requests.open(op, house.new("A", extends=ids["live"])),
    "approve": lambda house, ids, op: house.decide(ids["bobs"], ALICE, op=op),
    "deny": lambda house, ids, op: house.decide(ids["bobs"], ALICE, Verb.DENY, op=op),
    "approve another": lambda house, ids, op: house.decide(ids["other"], ALICE, op=op),
    "cancel": lambda house, ids, op: house.requests.cancel(op, ids["mine"], person(ALICE)),
    "cancel another": lambda house, ids, op: house.requests.cancel(op, ids["live"], person(ALICE)),
    "revoke": lambda house, ids, op: house.revoke(ids["live"], op=op),
    "reveal": lambda house, ids, op: house.claim(ids["live"], op=op),
    "reveal by name": lambda house, _, op: house.reveals.claim_named(op, var("A"), ALICE),
    "ask": lambda house, ids, op: house.requests.ask(op, ids["bobs"], ALICE, "which refund?", ""),
    "answer": lambda house, ids, op: house.requests.answer(op, ids["mine"], ALICE, "of Monday", ""),
    "review": lambda house, ids, op: house.requests.review(op, ids["night"], ALICE, "it was right", ""),
    "delegate": lambda house, _, op: house.delegations.give(op, ALICE, BOB, 3600),
    "take a duty back": lambda house, _, op: house.delegations.take_back(op, ALICE),
    "lock": lambda house, _, op: house.lock(CAROL, person(ALICE), op=op),
    "unlock": lambda house, _, op: house.unlock(CAROL, person(ALICE), op=op),
}


async def everything(house: House) -> Mapping[str, str]:
    """One of each for Alice to act on."""
    return {
        "mine": await house.file("B", seconds=60),
        "bobs": await house.file("A", BOB),
        "other": await house.file("B", BOB),
        "live": await house.grant("A"),
        "night": await house.file("A", BOB, ruling=EMERGENCY),
    }


@pytest.mark.parametrize("first", VERBS)
async def test_an_id_of_one_verb_does_nothing_for_any_other(house: House, first: str) -> None:
    ids = await everything(house)
    await VERBS[first](house, ids, "op-forged")
    state, last = await house.state(), await house.trail.last()
    for second, do in VERBS.items():
        if second == first:
            continue
        outcome = await do(house, ids, "op-forged")
        assert isinstance(outcome, Refusal), second
        assert outcome.reason is Reason.OTHER_OPERATION, second
    assert await house.state() == state
    assert await house.tags(last) == []


async def test_a_refusal_that_was_ruled_answers_the_same_id_whatever_comes(house: House) -> None:
    """The service refused, was asked again, and would allow it now: the first outcome stays."""
    ids = await everything(house)
    await house.runner.run("refuse", op="op-1", actor=f"person:{ALICE}", tried="approve", why="guest")
    for second in VERBS.values():
        outcome = await second(house, ids, "op-1")
        assert isinstance(outcome, Refusal)
        assert outcome.reason is Reason.GUEST
