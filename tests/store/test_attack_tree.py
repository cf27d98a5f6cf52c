"""Somebody who writes to Redis, and has no key, tries to make `audit verify` say that all is as it was."""

import json
from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.checkpoint import Checkpoint
from envaccess.domain.tree_check import Outcome
from tests.store.harness import StoreHarness
from tests.store.sealed_store import LOG, Sealed
from tests.store.test_audit_tree import put_back


@pytest.fixture
async def sealed(harness: StoreHarness) -> Sealed:
    found = Sealed(harness)
    await harness.outbox.lead()
    await found.add(6)
    await found.seal()
    return found


async def write_fork(sealed: Sealed, fork: str, **facts: Any) -> None:
    empty = {"origin": f"{LOG}/{fork}", "size": 0, "start": "0-0", "last": "0-0", "note": ""}
    await sealed.client.hset(sealed.harness.runner.key("tree"), f"fork:{fork}", json.dumps(empty | facts))


async def test_an_empty_tree_that_nobody_signed_excuses_no_event_that_is_gone(sealed: Sealed) -> None:
    """Its head says that everything before it went by its age."""
    entries = await sealed.entries()
    newest = entries[-1][0]
    body = Checkpoint(f"{LOG}/1", 5, bytes(32), 1, f"{int(newest.split('-')[0]) + 1}-0").body
    await write_fork(sealed, "1", start=newest, last=newest, note=f"{body}\n\u2014 {LOG} AAAAAAAA\n")
    await sealed.client.xdel(sealed.stream, entries[3][0])
    report = await sealed.verify()
    assert report.outcome is Outcome.ALTERED, report.facts
    assert "missing: 3" in "\n".join(problem.told for problem in report.problems)


async def test_a_number_that_is_too_long_for_one_stops_no_verification(sealed: Sealed) -> None:
    await write_fork(sealed, "9" * 5_000)
    assert (await sealed.verify()).outcome is Outcome.VALID


async def test_only_the_first_event_of_a_tree_says_what_was_lost_before_it(sealed: Sealed) -> None:
    """Else whoever writes to Redis adds one that excuses a head that the bot itself never saw."""
    kept = await sealed.dump()
    await sealed.add(5)
    await sealed.seal()
    seen = sealed.memory.head
    await sealed.add(5)
    await sealed.seal()
    posted, sealed.memory.head = (await sealed.head()).signed, seen
    assert posted
    await put_back(sealed, kept)
    for _ in range(3):
        await sealed.add(1)
        await sealed.seal()
    assert (await sealed.verify(posted)).outcome is Outcome.FORKED
    number = sealed.harness.runner.key("event_number")
    for n, lost in enumerate(("99", "9" * 5_000), int(await sealed.client.get(number) or 0)):
        said = {"event": "audit.gap", "at": "1", "actor": "bot", "n": str(n), "s": "ab" * 16}
        said["detail"] = json.dumps({"lost_size": lost})
        await sealed.client.xadd(sealed.stream, dict[Any, Any](said))
        await sealed.client.set(number, n + 1)
    await sealed.seal()
    assert (await sealed.verify()).outcome is Outcome.VALID
    assert (await sealed.verify(posted)).outcome is Outcome.FORKED


async def test_a_head_of_ours_under_another_number_excuses_nothing(sealed: Sealed) -> None:
    """A true head, which says that some went by their age, as that of an empty tree after ours."""
    head = await sealed.head()
    body = replace(head.checkpoint, kept=1, kept_id=(await sealed.entries())[1][0]).body
    signed = sealed.keys.sign(LOG, body).text
    await write_fork(sealed, "0", origin=LOG, size=head.size, start=head.start, last="0-1", note=signed)
    await write_fork(sealed, "1", note=signed)
    report = await sealed.verify()
    assert report.outcome is Outcome.ALTERED, report.facts
    assert "missing: 1 to 8" in "\n".join(problem.told for problem in report.problems)
