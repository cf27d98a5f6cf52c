"""Two processes at once: what was seen is counted, and what is current is what was stored last."""

import asyncio

import pytest

from envaccess.crypto.sealing import Sealer
from envaccess.domain.exposure import Seer, SeerKind
from envaccess.domain.outcome import Claim, Failure
from envaccess.sources.sealed import SealedSource
from tests.store.harness import ALICE, KEYRING, OPERATOR, WORKSPACE, StoreHarness, var

pytestmark = pytest.mark.real

A = var("A")
PERSON = Seer(SeerKind.PERSON, ALICE)


def source_of(harness: StoreHarness) -> SealedSource:
    return SealedSource(harness.sealed, Sealer(KEYRING), WORKSPACE, harness.ledger)


async def used(harness: StoreHarness, request: str, op: str) -> Claim:
    claim = await harness.claim(request, op=op)
    assert isinstance(claim, Claim), claim
    return claim


async def sees(harness: StoreHarness, claim: Claim) -> None:
    """Read the value, and write that down."""
    read_at = await harness.now()
    await harness.ledger.see(claim, {A: await source_of(harness).read(A)}, read_at)


@pytest.mark.usefixtures("relaxed")
async def test_two_uses_at_once_are_two_and_the_one_that_failed_is_taken_back(
    real: StoreHarness, other: StoreHarness, pytestconfig: pytest.Config
) -> None:
    await source_of(real).write("first", A, "value-for-tests", OPERATOR, replace=True)
    request, seen = await real.grant("A", seconds=8 * 3600), 0
    for number in range(int(pytestconfig.getoption("--races-tried"))):
        claims = [
            await used(harness, request, f"{name}-{number}")
            for name, harness in (("one", real), ("other", other))
        ]
        await asyncio.gather(
            *(sees(harness, claim) for harness, claim in zip((real, other), claims, strict=True)),
            real.reveals.give_back(claims[1], Failure.SLACK_REFUSED),
        )
        await other.reveals.give_back(claims[1], Failure.SLACK_REFUSED)
        seen += 1
        (entry,) = (await real.ledger.seen(A)).seen
        assert entry.times == seen
    tags = await real.tags()
    assert tags.count("value.seen") - tags.count("value.unseen") == seen


@pytest.mark.usefixtures("relaxed")
async def test_a_value_that_is_stored_while_another_is_seen_is_the_current_one_and_known_to_nobody(
    real: StoreHarness, other: StoreHarness, pytestconfig: pytest.Config
) -> None:
    request = await real.grant("A", seconds=8 * 3600)
    for number in range(int(pytestconfig.getoption("--races-tried"))):
        await source_of(real).write(real.op(), A, f"value-for-tests-{number}", OPERATOR, replace=True)
        claim = await used(other, request, f"other-{number}")
        await asyncio.gather(
            source_of(real).write(real.op(), A, f"value-for-tests-new-{number}", OPERATOR, replace=True),
            sees(other, claim),
        )
        page, exposed = await real.ledger.seen(A), await real.ledger.exposed(PERSON)
        value = await source_of(real).read(A)
        assert [one.version for one in page.current] == [await real.ledger.version(A, value)]
        assert len(exposed.found) == page.count.people, "both lists say the same"
