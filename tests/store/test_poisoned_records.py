"""Law 14: a record that a script cannot read stops neither time, nor locks, nor messages for anybody else."""

import pytest

from envaccess.domain.outcome import Locked
from envaccess.domain.policy.rules import Step, Then
from envaccess.domain.request import State
from tests.fakes.rulings import HERE, OTHERS, ruled
from tests.store.harness import ALICE, CAROL, HOUR, StoreHarness

CHAIN = ruled(Step(HERE, timeout=600, then=Then.SKIP), Step(OTHERS))
POISON = {
    "approvals that are none": ("text", "approvals", "no JSON"),
    "approvals of another shape": ("text", "approvals", "[1]"),
    "a ruling of another shape": ("text", "filing", 'filing.0.0.{"ruling":{"steps":5}}'),
    "no end of its wait": ("request", "deadline_at", ""),
    "no variables": ("request", "variables", None),
    "nobody who asked": ("request", "requester", None),
}


@pytest.mark.parametrize(("kind", "field", "stored"), POISON.values(), ids=POISON)
async def test_a_poisoned_record_holds_up_nobody_else(
    harness: StoreHarness, kind: str, field: str, stored: str | None
) -> None:
    poisoned, other = await harness.file("A", ruling=CHAIN), await harness.file("B", CAROL)
    await harness.pass_time(30 * 24 * HOUR)
    key = harness.runner.key(kind, poisoned)
    await (harness.client.hset(key, field, stored) if stored is not None else harness.client.hdel(key, field))
    due = await harness.outbox.due(10, 10)
    assert other in {request.id for request in [*due.postings, *due.drawings]}
    for what in (ALICE, "A"):
        assert isinstance(await harness.lock(what), Locked)
    await harness.work()
    assert (await harness.get(other)).state is State.TIMED_OUT
    assert await harness.deadlines.settle(10) != 0
