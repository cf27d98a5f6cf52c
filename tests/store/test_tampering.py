"""The playground's tampering is real: verification finds each deed, and the true stream comes back whole."""

from pathlib import Path

import pytest

from envaccess.domain.audit import Tag
from envaccess.domain.tree_check import Outcome
from envaccess.wiring.log_keys import LogKeys
from envaccess_demo.tampering import Deed, NothingSealedError, Tampering
from envaccess_demo.tree_look import TreeLook, TreeWitness, look_at_tree
from tests.store.harness import CAROL, StoreHarness
from tests.store.sealed_store import LOG, SEED, Sealed

KEYS = LogKeys(LOG, {1: SEED})
CODES = {Deed.EDIT: Outcome.ALTERED, Deed.DELETE: Outcome.ALTERED, Deed.FORK: Outcome.FORKED}


class Playground:
    """A store with some life in it that is sealed, and who looks at it."""

    def __init__(self, real: StoreHarness, folder: Path) -> None:
        self.sealed, self.witness = Sealed(real), TreeWitness()
        self.head = folder / "a.head"
        self.tampering = Tampering(real.runner, KEYS, self.head)

    async def live(self) -> None:
        await self.sealed.harness.outbox.lead()
        await self.sealed.harness.grant("A")
        await self.sealed.seal()
        await self.sealed.add(2)
        self.witness.keep(await self.look())

    async def look(self) -> TreeLook:
        harness = self.sealed.harness
        return await look_at_tree(self.sealed.tree, KEYS.verifiers, self.witness, await harness.now())


@pytest.mark.parametrize("deed", Deed)
async def test_each_deed_is_found_and_undone(real: StoreHarness, tmp_path: Path, deed: Deed) -> None:
    playground = Playground(real, tmp_path)
    await playground.live()
    before = await playground.sealed.entries()
    chosen = next(event for event, fields in before if fields["event"] == Tag.REQUEST_APPROVED)
    _, index = (await playground.look()).marks[chosen]
    await playground.tampering.do(deed, CAROL)
    found = await playground.look()
    assert found.report.outcome is CODES[deed]
    if deed is not Deed.FORK:
        assert f": {index}" in found.report.problems[0].told
        assert [at for mark, at in found.marks.values() if mark in {"altered", "missing"}] == [index]
    with pytest.raises(NothingSealedError):
        await playground.tampering.do(Deed.EDIT, CAROL)
    await playground.tampering.undo()
    assert await playground.sealed.entries() == before
    assert (await playground.look()).report.outcome is Outcome.VALID


async def test_what_comes_after_an_edit_stays_when_it_is_undone(real: StoreHarness, tmp_path: Path) -> None:
    playground = Playground(real, tmp_path)
    await playground.live()
    await playground.tampering.do(Deed.EDIT, CAROL)
    await playground.sealed.add(1)
    after = await playground.sealed.entries()
    await playground.tampering.undo()
    assert [event for event, _ in await playground.sealed.entries()] == [event for event, _ in after]
    await playground.sealed.seal()
    assert (await playground.look()).report.outcome is Outcome.VALID


async def test_the_bot_signs_nothing_more_over_a_fork_and_goes_on_once_it_is_undone(
    real: StoreHarness, tmp_path: Path
) -> None:
    playground = Playground(real, tmp_path)
    await playground.live()
    remembered = playground.sealed.memory.head
    await playground.tampering.do(Deed.FORK, CAROL)
    await playground.sealed.seal()
    assert "tree.lost" in playground.sealed.journal.told
    assert (await playground.sealed.head()).fork == 1
    playground.sealed.memory.head = remembered
    await playground.tampering.undo()
    await playground.sealed.seal()
    assert (await playground.sealed.head()).fork == 0
    assert (await playground.look()).report.outcome is Outcome.VALID


async def test_before_anything_is_sealed_nothing_can_be_tampered_with(
    real: StoreHarness, tmp_path: Path
) -> None:
    with pytest.raises(NothingSealedError):
        await Playground(real, tmp_path).tampering.do(Deed.EDIT, CAROL)
