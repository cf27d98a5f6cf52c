"""What makes a rotation due, in whatever order what happens is looked at."""

from dataclasses import replace

import pytest

from envaccess.application.rotations.due import look_at_event
from envaccess.domain.audit import Tag
from envaccess.domain.sources.rotation_rule import RotationWhen
from envaccess.domain.sources.value import Value
from tests.fakes.context import FakeDirectory
from tests.fakes.rotations import SLOTS, FakeRotators
from tests.store.harness import StoreHarness, var
from tests.store.verbs import context_on

A = var("A")


@pytest.mark.parametrize("once", [True, False])
async def test_value_that_a_single_use_showed_is_due_though_its_end_was_looked_at_before(
    harness: StoreHarness, once: bool
) -> None:
    """A single use ends as it is claimed, and a source may take seconds until the value is there."""
    rule = replace(SLOTS, when=RotationWhen(grant_end=True))
    context = context_on(harness, FakeDirectory(), rotators=FakeRotators(rule))
    request = await harness.grant("A", once=once)
    claim = await harness.use(request)
    looked = await harness.events()
    for event in looked:
        await look_at_event(context, event)
    await harness.ledger.see(claim, {A: Value("value-for-tests", "1")}, 1)
    for event in (await harness.events())[len(looked) :]:
        await look_at_event(context, event)
    due = [event.event for event in await harness.events()].count(Tag.ROTATION_DUE)
    assert due == int(once), "access that lives on makes nothing due"
