"""What is kept elsewhere and was seen is read again in turns: it may have been changed there."""

import pytest

from envaccess.application.grants.reveal import hand_over
from envaccess.application.read_again import read_again
from envaccess.domain.errors import SealError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from tests.unit.application.stage import ALICE, DB, STRIPE, Stage


@pytest.fixture
async def stage() -> Stage:
    """Alice has seen both; one is kept in Vault."""
    stage = Stage()
    await hand_over(stage.context, await stage.claimed(STRIPE, DB), stage.delivery)
    stage.source.elsewhere[STRIPE] = "vault"
    stage.books.sources[STRIPE] = "vault"
    return stage


async def people(stage: Stage) -> list[int]:
    return [(await stage.context.ledger.seen(one)).count.people for one in (STRIPE, DB)]


async def test_a_value_that_was_changed_elsewhere_is_current_no_more(stage: Stage) -> None:
    stage.books.values[STRIPE] = "value-for-tests-new"
    stage.books.now += 1
    assert await people(stage) == [1, 1]
    assert await read_again(stage.context) == 1
    assert await people(stage) == [0, 1]


async def test_who_reads_it_again_is_nobody_and_nothing_is_shown(stage: Stage) -> None:
    shown = len(stage.delivery.shown)
    await read_again(stage.context)
    (entry,) = (await stage.context.ledger.seen(STRIPE)).seen
    assert (entry.seer.id, entry.times) == (ALICE, 1)
    assert len(stage.delivery.shown) == shown


@pytest.mark.parametrize("fault", [*SourceFault, SealError("its key is not here")])
async def test_of_what_cannot_be_read_nothing_changes(stage: Stage, fault: SourceFault | Exception) -> None:
    before = await stage.context.ledger.seen(STRIPE)
    stage.source.fault = SourceFaultError(fault, "vault") if isinstance(fault, SourceFault) else fault
    assert await read_again(stage.context) == 0
    assert await stage.context.ledger.seen(STRIPE) == before


async def test_what_is_kept_elsewhere_than_its_record_says_is_left_alone(stage: Stage) -> None:
    """The file has moved it, and the catalogue not yet: it is another variable."""
    stage.source.elsewhere[STRIPE] = "aws"
    stage.books.values[STRIPE] = "value-for-tests-other"
    assert await read_again(stage.context) == 0
    assert await people(stage) == [1, 1]
