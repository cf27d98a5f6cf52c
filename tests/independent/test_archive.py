"""Archives and proofs are checked by our verifier and by another, which shares no code: both say the same."""

import errno
import json
import os
import resource
import secrets
from collections.abc import AsyncIterator, Callable
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
