"""Archives and proofs are checked by our verifier and by another, which shares no code: both say the same."""

import errno
import json
import os
import resource
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis

from envaccess.crypto.log_keys import LogKey
from envaccess.domain.audit import BOT, NO_EVENT, Tag
from envaccess.domain.errors import BackupFileError, SettingsError
from envaccess.domain.tree_check import Outcome, TreeReport
from envaccess.wiring.audit_tree import all_entries, all_tiles_of, prove_event
from envaccess.wiring.tree_archive import read_archive, tile_path, write_archive
from tests.independent import tree_verifier as independent
from tests.store.harness import StoreHarness
from tests.store.sealed_store import LOG, SEED, Sealed

KEY = LogKey(SEED, LOG).verifier
EVENTS = 600
Damage = Callable[[Path], None]


@pytest.fixture
async def sealed() -> AsyncIterator[Sealed]:
    client: Any = FakeAsyncRedis(decode_responses=True)
    found = Sealed(StoreHarness(client))
    await found.harness.outbox.lead()
    await found.add_plainly(EVENTS)
    await found.seal()
    yield found
    await client.aclose()


async def archived(sealed: Sealed, folder: Path) -> int:
    heads = await sealed.tree.heads()
    tiles = [await all_tiles_of(sealed.tree, head) for head in heads]
    return await write_archive(folder, heads, tiles, all_entries(sealed.tree), [KEY], 0)


def ours(folder: Path) -> TreeReport:
    check, problems, _ = read_archive(folder)
    return check.report([KEY], [], 0, problems)


def theirs(folder: Path) -> bool:
    try:
        independent.check_archive(folder, str(KEY))
    except (independent.WrongError, OSError, ValueError, KeyError):
        return False
    return True


def the_file(folder: Path, level: str, index: int) -> Path:
    width = min(256, EVENTS - index * 256)
    return folder / "fork-0" / tile_path(level, index, width)


async def test_an_archive_says_up_to_which_event_it_goes(sealed: Sealed, tmp_path: Path) -> None:
    """It has no id of its last event beside the head: it said `0-0`, some 1,800 million seconds old."""
    await archived(sealed, tmp_path)
    last = (await sealed.tree.heads())[0].last
    told = " ".join(ours(tmp_path).facts)
    assert f"{EVENTS} events sealed, 0 to {EVENTS - 1}, up to {last}" in told
    assert NO_EVENT not in told.split()


def edited(folder: Path) -> None:
    path = the_file(folder, "entries", 1)
    path.write_bytes(path.read_bytes().replace(b"policy.loaded", b"policy.loadeb", 1))


def deleted(folder: Path) -> None:
    """The third line of the second bundle."""
    path = the_file(folder, "entries", 1)
    octets = path.read_bytes()
    lengths = [int.from_bytes(octets[:2])]
    start = 2 + lengths[0]
    length = 2 + int.from_bytes(octets[start : start + 2])
    path.write_bytes(octets[:start] + octets[start + length :])


def appended(folder: Path) -> None:
    path = the_file(folder, "entries", 2)
    path.write_bytes(path.read_bytes() + b"\x00\x02{}")


def appended_within_a_length(folder: Path) -> None:
    path = the_file(folder, "entries", 0)
    path.write_bytes(path.read_bytes() + b"x")


def tile_gone(folder: Path) -> None:
    the_file(folder, "0", 1).unlink()


def two_tiles_gone(folder: Path) -> None:
    for index in (0, 1):
        the_file(folder, "0", index).unlink()
        the_file(folder, "entries", index).unlink()


def first_bundle_gone(folder: Path) -> None:
    the_file(folder, "entries", 0).unlink()


def tile_changed(folder: Path) -> None:
    path = the_file(folder, "0", 1)
    path.write_bytes(path.read_bytes()[:-32] + os.urandom(32))


def upper_tile_changed(folder: Path) -> None:
    path = folder / "fork-0" / tile_path("1", 0, 2)
    path.write_bytes(os.urandom(64))


def signed_by_another(folder: Path) -> None:
    path = folder / "fork-0" / "checkpoint"
    body = path.read_text("utf-8").partition("\n\n")[0] + "\n"
    path.write_text(LogKey(os.urandom(32), LOG).sign(body).text, "utf-8")


def size_said_larger(folder: Path) -> None:
    path = folder / "fork-0" / "checkpoint"
    path.write_text(path.read_text("utf-8").replace(f"\n{EVENTS}\n", "\n999999999999999999\n"), "utf-8")


def last_tile_of_a_larger_one(folder: Path) -> None:
    """A billion tiles, of which the last is there."""
    size_said_larger(folder)
    path = folder / "fork-0" / "checkpoint"
    path.write_text(path.read_text("utf-8").replace("999999999999999999", "256000000000"), "utf-8")
    last = folder / "fork-0" / tile_path("0", 999_999_999, 256)
    last.parent.mkdir(parents=True)
    last.write_bytes(bytes(32 * 256))


def bundle_that_never_ends(folder: Path) -> None:
    path = the_file(folder, "entries", 1)
    path.unlink()
    os.mkfifo(path)


def bundle_of_a_terabyte(folder: Path) -> None:
    os.truncate(the_file(folder, "entries", 1), 1 << 40)


def kept_said_after_the_signature(folder: Path) -> None:
    """That events went by their age, in a line that nobody signed."""
    path = folder / "fork-0" / "checkpoint"
    path.write_text(path.read_text("utf-8") + "kept 512 1-0\n", "utf-8")
    for index in (0, 1):
        the_file(folder, "entries", index).unlink()


def manifest_gone(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize(
    ("damage", "outcome"),
    [
        (edited, Outcome.ALTERED),
        (deleted, Outcome.ALTERED),
        (appended, Outcome.ALTERED),
        (appended_within_a_length, Outcome.ALTERED),
        (tile_gone, Outcome.INCOMPLETE),
        (two_tiles_gone, Outcome.INCOMPLETE),
        (first_bundle_gone, Outcome.INCOMPLETE),
        (tile_changed, Outcome.ALTERED),
        (upper_tile_changed, Outcome.ALTERED),
        (signed_by_another, Outcome.ALTERED),
        (size_said_larger, Outcome.ALTERED),
        (last_tile_of_a_larger_one, Outcome.INCOMPLETE),
        (bundle_that_never_ends, Outcome.INCOMPLETE),
        (bundle_of_a_terabyte, Outcome.ALTERED),
        (kept_said_after_the_signature, Outcome.ALTERED),
        (manifest_gone, Outcome.INCOMPLETE),
    ],
)
async def test_both_verifiers_refuse_a_spoiled_archive(
    sealed: Sealed, tmp_path: Path, damage: Damage, outcome: Outcome
) -> None:
    await archived(sealed, tmp_path)
    damage(tmp_path)
    assert not theirs(tmp_path)
    assert ours(tmp_path).outcome is outcome, ours(tmp_path).problems


@pytest.mark.parametrize(
    ("bundles", "told"),
    [((0, 1), "0 to 511"), ((1, 2), "256 to 599"), ((0, 2), "0 to 255, 512 to 599"), ((0, 1, 2), "0 to 599")],
)
@pytest.mark.parametrize("levels", [("0",), ("entries",), ("0", "entries")])
async def test_whichever_files_are_deleted_every_missing_index_is_named(
    sealed: Sealed, tmp_path: Path, bundles: tuple[int, ...], told: str, levels: tuple[str, ...]
) -> None:
    """aws-cli#7054: of two that lie side by side the second one was not missed."""
    await archived(sealed, tmp_path)
    for index in bundles:
        for level in levels:
            the_file(tmp_path, level, index).unlink()
    report = ours(tmp_path)
    assert report.outcome is Outcome.INCOMPLETE, report.problems
    lines = [problem.told for problem in report.problems]
    assert f"{LOG}: not checked, because files or tiles are missing: {told}" in lines
    if "0" in levels:
        assert all(f"{LOG}: tile 0/{index} is missing or cut off" in lines for index in bundles)
    assert not theirs(tmp_path)


async def test_an_archive_of_which_every_second_event_is_gone_names_each(
    sealed: Sealed, tmp_path: Path
) -> None:
    await archived(sealed, tmp_path)
    path = the_file(tmp_path, "entries", 0)
    octets, kept, at = path.read_bytes(), b"", 0
    for number in range(256):
        length = 2 + int.from_bytes(octets[at : at + 2])
        kept += octets[at : at + length] if number % 2 else b""
        at += length
    path.write_bytes(kept)
    report = ours(tmp_path)
    assert report.outcome is Outcome.ALTERED
    told = "\n".join(problem.told for problem in report.problems)
    assert all(f" {number}," in told for number in range(0, 254, 2))


async def test_a_head_of_a_forged_size_is_not_looked_for(sealed: Sealed, tmp_path: Path) -> None:
    """Nobody counts to it: what the files show is told as missing from there on."""
    await archived(sealed, tmp_path)
    head = (await sealed.head()).checkpoint
    (tmp_path / "fork-0" / "checkpoint").write_text(
        LogKey(SEED, LOG).sign(replace(head, size=10**12).body).text
    )
    report = ours(tmp_path)
    assert report.outcome is Outcome.INCOMPLETE
    assert len(report.problems) < 10
    assert f"up to {10**12 - 1} are missing" in "\n".join(problem.told for problem in report.problems)


async def test_both_verifiers_take_what_was_archived_and_what_is_archived_later(
    sealed: Sealed, tmp_path: Path
) -> None:
    assert await archived(sealed, tmp_path) == EVENTS
    assert ours(tmp_path).problems == ()
    assert theirs(tmp_path)
    await sealed.add_plainly(200)
    await sealed.seal()
    assert await archived(sealed, tmp_path) == EVENTS + 201
    assert ours(tmp_path).outcome is Outcome.VALID
    assert theirs(tmp_path)


async def test_bytes_changed_anywhere_are_noticed_by_both(
    sealed: Sealed, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    await archived(sealed, tmp_path)
    files = sorted(path for path in (tmp_path / "fork-0").rglob("*") if path.is_file())
    for _ in range(pytestconfig.getoption("--damages-tried")):
        path = secrets.choice(files)
        before = path.read_bytes()
        at = secrets.randbelow(len(before))
        path.write_bytes(before[:at] + bytes([before[at] ^ (1 << secrets.randbelow(8))]) + before[at + 1 :])
        told = (path.relative_to(tmp_path), at)
        assert ours(tmp_path).outcome is not Outcome.VALID, told
        assert not theirs(tmp_path), told
        path.write_bytes(before)


async def test_a_manifest_leads_out_of_no_archive(sealed: Sealed, tmp_path: Path) -> None:
    """No file's name is taken from it: what it says is a number, or nothing."""
    await archived(sealed, tmp_path)
    for forks in ("../../etc", -1, 10**9, True, None, ["fork-0"]):
        (tmp_path / "manifest.json").write_text(json.dumps({"forks": forks, "folder": "/etc"}), "utf-8")
        assert ours(tmp_path).outcome in {Outcome.VALID, Outcome.INCOMPLETE}


async def test_an_event_that_is_not_as_it_was_sealed_is_not_archived(sealed: Sealed, tmp_path: Path) -> None:
    entries = await sealed.entries()
    await sealed.client.xdel(sealed.stream, entries[5][0])
    with pytest.raises(BackupFileError, match="not in Redis as it was sealed"):
        await archived(sealed, tmp_path)
    assert not (tmp_path / "fork-0" / "checkpoint").exists()


async def test_an_archive_of_more_than_redis_has_is_kept(sealed: Sealed, tmp_path: Path) -> None:
    """Redis went back: the archive is the only one that still has what was lost."""
    await archived(sealed, tmp_path)
    before = (tmp_path / "fork-0" / "checkpoint").read_bytes()
    await sealed.client.flushall()
    other = Sealed(sealed.harness)
    await sealed.harness.outbox.lead()
    await other.add(10)
    await other.seal()
    with pytest.raises(BackupFileError, match="holds another tree"):
        await archived(other, tmp_path)
    assert (tmp_path / "fork-0" / "checkpoint").read_bytes() == before


async def test_a_folder_that_cannot_be_written_is_told_and_stays_as_it_was(
    sealed: Sealed, tmp_path: Path
) -> None:
    (tmp_path / "fork-0").write_text("a file")
    with pytest.raises(BackupFileError, match="cannot be written"):
        await archived(sealed, tmp_path)


def left_beside(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.is_file()]


@pytest.mark.parametrize("full_at", range(1, 7))
async def test_a_disk_that_is_full_leaves_the_archive_as_it_was_or_larger(
    sealed: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_at: int
) -> None:
    """At whichever file: nothing half written looks whole, and running it again finishes it."""
    await archived(sealed, tmp_path)
    await sealed.add_plainly(300)
    await sealed.seal()
    written, sync = list[int](), os.fsync

    def full(file: int) -> None:
        written.append(file)
        if len(written) >= full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BackupFileError, match="No space left on device"):
        await archived(sealed, tmp_path)
    monkeypatch.undo()
    assert left_beside(tmp_path) == []
    assert ours(tmp_path).outcome is Outcome.VALID, ours(tmp_path).problems
    assert theirs(tmp_path)
    await archived(sealed, tmp_path)
    assert ours(tmp_path).outcome is Outcome.VALID
    assert theirs(tmp_path)


async def test_a_first_archive_that_the_disk_has_no_room_for_is_none(sealed: Sealed, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in (0, 100, 9_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        try:
            with pytest.raises(BackupFileError, match="cannot be written"):
                await archived(sealed, tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert ours(tmp_path).outcome is Outcome.INCOMPLETE
        assert not theirs(tmp_path)
        assert left_beside(tmp_path) == []


async def test_a_proof_of_one_event_holds_offline_and_shows_no_other(sealed: Sealed) -> None:
    entries = await sealed.entries()
    for place in (0, 255, 256, EVENTS - 1):
        event, fields = entries[place]
        proof = await prove_event(sealed.tree, event)
        line = json.loads(independent.check_proof(proof, str(KEY)))
        assert line == {**fields, "id": event}
        others = {one[1]["s"] for one in entries} - {fields["s"]}
        assert not any(salt in proof for salt in others)
        for wrong in (
            proof.replace("index ", "index 1", 1),
            proof.replace("extra ", "extra AAAA", 1),
            proof.replace(f"\n{EVENTS}\n", f"\n{EVENTS + 1}\n"),
        ):
            with pytest.raises((independent.WrongError, ValueError)):
                independent.check_proof(wrong, str(KEY))


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "tile/0/000"),
        (1_234_067, 256, "tile/0/x001/x234/067"),
        (1_000, 3, "tile/0/x001/000.p/3"),
        (999, 256, "tile/0/999"),
    ],
)
def test_files_lie_where_c2sp_has_them(index: int, width: int, path: str) -> None:
    assert tile_path("0", index, width) == path


async def test_a_proof_after_the_last_sealed_event_is_refused(sealed: Sealed) -> None:
    await sealed.harness.trail.append(sealed.harness.op(), Tag.POLICY_LOADED, BOT, {})
    for event in ((await sealed.entries())[-1][0], NO_EVENT, "99999999999999-0"):
        with pytest.raises(SettingsError):
            await prove_event(sealed.tree, event)
