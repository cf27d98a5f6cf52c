"""What a process sealed it need not open again, and another one reads the same from it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from envaccess.domain.errors import SealBrokenError
from envaccess.domain.request import Request
from envaccess.domain.seals.statements import FilingSeal, HistorySeal, SealMaker
from envaccess.store import opened_seals
from tests.fakes.sealing import seals_for
from tests.store.harness import BOB, CAROL, StoreHarness
from tests.unit.domain.seals.made import as_history, filing


@dataclass(eq=False)
class CountedSeals:
    """Counts what is opened."""

    seals: SealMaker
    opened: list[str] = field(default_factory=list)

    def mint(self, kind: str, facts: Any) -> str:
        return self.seals.mint(kind, facts)

    def open(self, kind: str, seal: str) -> dict[str, Any]:
        self.opened.append(kind)
        return self.seals.open(kind, seal)


def counted(harness: StoreHarness) -> CountedSeals:
    seals = CountedSeals(harness.sealing.seals)
    harness.reader.sealing = replace(harness.sealing, seals=seals)
    harness.requests._sealing = harness.reader.sealing
    return seals


def told(request: Request) -> Request:
    return replace(request, sealed=None)


async def test_what_was_filed_asked_answered_and_approved_here_is_opened_by_nobody_here(
    harness: StoreHarness,
) -> None:
    seals = counted(harness)
    request = await harness.file("A")
    seals.opened.clear()  # the catalogue's, before the filing
    await harness.requests.ask(harness.op(), request, BOB, "Which one?", "")
    await harness.requests.answer(harness.op(), request, "U0ALICE", "The second", "")
    await harness.decide(request, CAROL)
    here = await harness.get(request)
    assert not seals.opened
    elsewhere = await StoreHarness(harness.client).get(request)
    assert told(here) == told(elsewhere)
    assert here.sealed
    assert elsewhere.sealed
    assert (here.sealed.filing, here.sealed.counting) == (elsewhere.sealed.filing, elsewhere.sealed.counting)


async def test_an_approval_that_lands_has_no_filing_opened_again(harness: StoreHarness) -> None:
    request = await harness.file("A")
    seals = counted(harness)
    await harness.get(request)
    await harness.decide(request)
    await harness.get(request)
    assert seals.opened == ["filing"]


def test_a_seal_of_another_kind_or_by_another_key_is_refused_however_often_it_was_opened() -> None:
    seals, other = seals_for("T1"), seals_for("T1", purpose="another")
    seal, history = opened_seals.sealed(filing(), seals), opened_seals.sealed(as_history(filing()), seals)
    assert opened_seals.opened(FilingSeal, seals, seal) == filing()
    for kind, by, text in (
        (HistorySeal, seals, seal),
        (FilingSeal, seals, history),
        (FilingSeal, other, seal),
        (FilingSeal, seals, seal.replace("rq_1", "rq_2")),
    ):
        for _ in range(2):
            with pytest.raises(SealBrokenError):
                opened_seals.opened(kind, by, text)
