"""Events between two trees: the old one signs nothing more, and the new one begins after them."""

from collections.abc import Awaitable, Callable

import pytest

from envaccess.domain.tree_check import Outcome
from tests.store.harness import StoreHarness
from tests.store.sealed_store import LOG, Sealed


@pytest.fixture
async def between(harness: StoreHarness) -> Sealed:
    """Seven events of a tree, four that no tree has, and another tree."""
    await harness.client.flushall()
    sealed = Sealed(harness)
    await harness.outbox.lead()
    await sealed.add(7)
    await sealed.seal()
    kept = await sealed.dump()
    await sealed.add(5)
    await sealed.seal()
    await harness.client.flushall()
    for name, blob in kept.items():
        await harness.client.restore(name, 0, blob)
    await sealed.add_plainly(3, age=-60_000)
    await sealed.seal()
    await sealed.seal()
    return sealed


async def edit(sealed: Sealed) -> None:
    entries = await sealed.entries()
    entries[9][1]["actor"] = "person:U0MALLORY"  # type: ignore[index]
    await sealed.rebuild(entries)


async def delete(sealed: Sealed) -> None:
    await sealed.client.xdel(sealed.stream, (await sealed.entries())[9][0])


async def add(sealed: Sealed) -> None:
    entries = await sealed.entries()
    milliseconds = int(entries[8][0].partition("-")[0])
    entries.insert(8, (f"{milliseconds - 1}-0", {"event": "policy.loaded"}))
    await sealed.rebuild(entries)


@pytest.mark.parametrize("damage", [edit, delete, add])
async def test_the_first_event_of_the_second_tree_names_what_no_tree_has_sealed(
    between: Sealed, damage: Callable[[Sealed], Awaitable[None]]
) -> None:
    report = await between.verify()
    assert report.outcome is Outcome.VALID, report.problems
    assert "4 events between two forks, not sealed" in report.facts
    await damage(between)
    report = await between.verify()
    assert report.outcome is Outcome.ALTERED
    assert f"is not what {LOG}/1 names" in report.problems[0].told
