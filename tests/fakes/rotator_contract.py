"""What every rotator with two slots promises; the tests of an adapter subclass it.

A subclass has fixtures `rotator` and `issued` (fits `Issued`), set up anew for each test.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import pytest

from envaccess.application.ports.rotations import Rotator
from envaccess.domain.rotation import RotationBlockedError, RotationOp
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable

DB_URL = Variable("production", "DB_URL")
FRESH = "value-for-tests-" + "f" * 27
LATER = "value-for-tests-" + "g" * 27


class Issued(Protocol):
    """The issuer behind a rotator, as a test sees it."""

    first: str
    """A value that works: of one slot, the other being idle."""
    options: Mapping[str, str]
    """What the rule says."""

    async def works(self, text: str) -> bool:
        """Whether a value is let in now."""
        ...


class RotatorContract:
    """Promises of `Rotator`."""

    @staticmethod
    def op(issued: Issued, text: str = "", fresh: str = FRESH) -> RotationOp:
        return RotationOp("0rotate1", DB_URL, issued.options, Value(text or issued.first, "1"), fresh)

    async def planned(
        self, rotator: Rotator, issued: Issued, text: str = "", fresh: str = FRESH
    ) -> RotationOp:
        op = self.op(issued, text, fresh)
        return replace(op, pinned=dict(await rotator.plan(op)))

    async def rotated(self, rotator: Rotator, issued: Issued, text: str, fresh: str) -> str:
        """A whole rotation; returns the value that is current then."""
        op = await self.planned(rotator, issued, text, fresh)
        slot = await rotator.prepare(op)
        pinned = {**op.pinned, **slot.pinned}
        await rotator.kill_old(replace(op, current=Value(slot.text, "2"), pinned=pinned))
        return slot.text

    async def test_new_works_before_the_old_one_ends(self, rotator: Rotator, issued: Issued) -> None:
        slot = await rotator.prepare(await self.planned(rotator, issued))
        assert slot.text != issued.first
        assert await issued.works(slot.text)
        assert await issued.works(issued.first)

    async def test_seen_secret_is_refused_afterwards(self, rotator: Rotator, issued: Issued) -> None:
        now = await self.rotated(rotator, issued, issued.first, FRESH)
        assert await issued.works(now)
        assert not await issued.works(issued.first)

    async def test_each_of_two_rotations_in_a_row_ends_what_was_seen(
        self, rotator: Rotator, issued: Issued
    ) -> None:
        second = await self.rotated(rotator, issued, issued.first, FRESH)
        third = await self.rotated(rotator, issued, second, LATER)
        assert await issued.works(third)
        assert not await issued.works(second)
        assert not await issued.works(issued.first)

    async def test_plan_changes_nothing(self, rotator: Rotator, issued: Issued) -> None:
        first, second = await self.planned(rotator, issued), await self.planned(rotator, issued)
        assert first.pinned == second.pinned
        assert await issued.works(issued.first)

    async def test_prepare_again_gives_a_slot_that_works(self, rotator: Rotator, issued: Issued) -> None:
        op = await self.planned(rotator, issued)
        slot = await rotator.prepare(op)
        again = await rotator.prepare(replace(op, pinned={**op.pinned, **slot.pinned}))
        assert await issued.works(again.text)
        assert await issued.works(issued.first)

    async def test_kill_again_is_success(self, rotator: Rotator, issued: Issued) -> None:
        op = await self.planned(rotator, issued)
        slot = await rotator.prepare(op)
        after = replace(op, current=Value(slot.text, "2"), pinned={**op.pinned, **slot.pinned})
        await rotator.kill_old(after)
        await rotator.kill_old(after)
        assert await issued.works(slot.text)

    async def test_slot_that_is_read_now_is_never_ended(self, rotator: Rotator, issued: Issued) -> None:
        """An old record put back, or a value put back by hand: what everybody uses stays."""
        op = await self.planned(rotator, issued)
        slot = await rotator.prepare(op)
        with pytest.raises(RotationBlockedError):
            await rotator.kill_old(replace(op, pinned={**op.pinned, **slot.pinned}))
        assert await issued.works(issued.first)

    async def test_slot_that_is_read_now_is_never_made_anew(self, rotator: Rotator, issued: Issued) -> None:
        """An old record put back after its rotation: the slot that it made is the live one now."""
        op = await self.planned(rotator, issued)
        slot = await rotator.prepare(op)
        put_back = replace(op, current=Value(slot.text, "2"), fresh=LATER)
        with pytest.raises(RotationBlockedError):
            await rotator.prepare(put_back)
        assert await issued.works(slot.text)

    async def test_nothing_of_a_slot_is_in_its_repr(self, rotator: Rotator, issued: Issued) -> None:
        op = await self.planned(rotator, issued)
        slot = await rotator.prepare(op)
        for shown in (repr(slot), repr(op)):
            assert FRESH not in shown
            assert slot.text not in shown
            assert issued.first not in shown
