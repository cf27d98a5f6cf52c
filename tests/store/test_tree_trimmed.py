"""Events go by their age, and what is left is still proved; what somebody deleted is still told from that."""

import json
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.audit_line import line_of
from envaccess.domain.tree_check import Outcome
from envaccess.store.cursors import RedisCursors
from tests.independent import tree_verifier as independent
from tests.independent.test_archive import KEY, archived, ours
from tests.store.harness import StoreHarness
from tests.store.sealed_store import Sealed

RETENTION = 3_600_000


@pytest.fixture
async def trimmed(harness: StoreHarness) -> Sealed:
    """Of 900 events the first 600 are older than what is kept."""
    await harness.client.flushall()
    found = Sealed(harness, retention=RETENTION)
    await harness.outbox.lead()
    await found.add_plainly(600, age=2 * RETENTION)
    await found.add_plainly(300)
    await found.seal()
    await found.add_plainly(1)
    await found.seal()
    return found


async def trim(sealed: Sealed) -> None:
    """As the hourly step does, but exactly: `~` drops whole nodes only."""
    cursors = RedisCursors(sealed.harness.runner, RETENTION)
    await cursors.move("lines", (await sealed.entries())[-1][0])
    await cursors.trim()
    await sealed.client.xtrim(
        sealed.stream, minid=(await sealed.head()).checkpoint.kept_id, approximate=False
    )


async def test_what_went_by_its_age_is_said_and_the_rest_is_still_proved(
    trimmed: Sealed, tmp_path: Path
) -> None:
    kept = (await trimmed.head()).checkpoint.kept
    assert kept == 512
    assert (await trimmed.verify()).outcome is Outcome.VALID
    await trim(trimmed)
    assert (await trimmed.entries())[0][1]["n"] == "512"
    report = await trimmed.verify()
    assert report.outcome is Outcome.VALID, report.problems
    assert any("below 512 may have been dropped by their age" in fact for fact in report.facts)
    await archived(trimmed, tmp_path)
    assert ours(tmp_path).outcome is Outcome.VALID, ours(tmp_path).problems
    assert independent.check_archive(tmp_path, str(KEY))


async def test_a_bundle_below_that_is_still_in_an_archive_is_whole(trimmed: Sealed, tmp_path: Path) -> None:
    """Events go by their age in whole bundles: of one that is there none went."""
    everything = await trimmed.entries()
    await archived(trimmed, tmp_path)
    lines = [line_of(*entry) for entry in everything[:256] if entry[1]["n"] != "3"]
    bundle = b"".join(len(line).to_bytes(2) + line for line in lines)
    (tmp_path / "fork-0" / "tile" / "entries" / "000").write_bytes(bundle)
    report = ours(tmp_path)
    assert report.outcome is Outcome.ALTERED, report.facts
    assert "entries 0: 1 event missing from a file that is there" in report.problems[0].told


async def test_one_more_than_the_head_says_is_told_as_missing(trimmed: Sealed) -> None:
    await trim(trimmed)
    await trimmed.client.xdel(trimmed.stream, (await trimmed.entries())[0][0])
    report = await trimmed.verify()
    assert report.outcome is Outcome.ALTERED
    assert "missing: 512" in report.problems[0].told


async def test_no_more_is_dropped_than_a_signed_head_says(harness: StoreHarness) -> None:
    """Even where somebody writes into Redis that more may go."""
    await harness.client.flushall()
    sealed = Sealed(harness)
    await harness.outbox.lead()
    await sealed.add_plainly(300, age=1_000)
    await sealed.seal()
    await harness.cursors.move("lines", (await sealed.entries())[-1][0])
    assert await RedisCursors(harness.runner, 1).trim() == 0


async def test_a_process_that_finds_a_tree_that_others_declared_raises_an_alarm(trimmed: Sealed) -> None:
    """Who writes to Redis can write such a tree down, too: nobody goes on in silence."""
    key, head = trimmed.harness.runner.key("tree"), await trimmed.head()
    await trimmed.client.hset(key, "fork:1", head.written().replace(head.origin, f"{head.origin}/1"))
    await trimmed.client.hset(key, "current", "1")
    await trimmed.checkpoints.step()
    assert trimmed.journal.told == ["tree.forked"]
    assert (await trimmed.verify()).outcome is not Outcome.VALID


async def test_an_event_that_somebody_adds_to_the_stream_is_sealed_and_named(trimmed: Sealed) -> None:
    """Whoever writes to Redis can add one; only a number that does not fit gives it away."""
    forged: dict[Any, Any] = {"event": "request.approved", "at": "1", "actor": "person:U0BOB"}
    await trimmed.client.xadd(trimmed.stream, forged)
    await trimmed.add(2)
    await trimmed.seal()
    report = await trimmed.verify()
    assert report.outcome is Outcome.ALTERED
    assert "without the number of its place: 9" in report.problems[0].told


async def test_a_number_that_python_refuses_to_read_stops_no_verification(trimmed: Sealed) -> None:
    """Python reads no number of more than 4,300 digits: in an event it would have ended the check."""
    digits = "9" * 5_000
    forged: dict[Any, Any] = {"event": "audit.gap", "at": "1", "actor": "bot", "n": digits}
    forged["detail"] = json.dumps({"lost_size": digits, "found_size": digits})
    await trimmed.client.xadd(trimmed.stream, forged)
    await trimmed.add(2)
    await trimmed.seal()
    assert (await trimmed.verify()).outcome is Outcome.ALTERED
