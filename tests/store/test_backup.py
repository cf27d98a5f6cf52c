"""What a backup holds of a store that others go on writing to, and what its file is like."""

import errno
import json
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.audit import Tag
from envaccess.domain.backup import KeyPart
from envaccess.domain.errors import BackupFileError, StoreUnavailableError
from envaccess.store import backup_read
from envaccess.store.backup_read import BackupReader
from envaccess.store.keys import LEFT_OUT, NAMES, SINGLES
from envaccess.wiring.backup import back_up_before_upgrade, make_backup
from tests.store.harness import ALICE, BLOB, CAROL, OPERATOR, WORKSPACE, StoreHarness, var
from tests.store.test_keys import full_life


async def make(harness: StoreHarness, path: Path, **more: Any) -> list[dict[str, Any]]:
    """Make a backup; returns its lines."""
    await make_backup(harness.client, WORKSPACE, path, OPERATOR, **more)
    return lines_of(path)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """What each line of a backup says."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def inside(folder: Path) -> list[str]:
    """The names of all files in a folder."""
    return sorted(file.name for file in folder.iterdir())


def held(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The lines of a kind of keys."""
    name = NAMES[kind]
    keys = [line.get("key", "") for line in lines]
    return [
        line
        for line, key in zip(lines, keys, strict=True)
        if key == name or (name.endswith(":") and key.startswith(name))
    ]


async def test_it_holds_every_kind_of_key_but_what_is_left_out(harness: StoreHarness, tmp_path: Path) -> None:
    await full_life(harness)
    await harness.client.delete(harness.runner.key("restoring"))
    lines = await make(harness, tmp_path / "b.jsonl")
    for kind, name in NAMES.items():
        there = any(
            key == name if kind in SINGLES else key.startswith(name)
            for key in (line["key"] for line in lines[1:-1])
        )
        assert there is (kind not in LEFT_OUT), kind
    assert list(lines[0]) == ["envaccess.backup", "workspace", "epoch", "at", "version"]
    assert (lines[0]["workspace"], lines[0]["envaccess.backup"]) == (WORKSPACE, 1)


async def test_neither_a_grant_nor_a_claim_nor_somebody_else_s_workspace_is_in_it(
    harness: StoreHarness, tmp_path: Path
) -> None:
    other = StoreHarness(harness.client, "T0OTHER")
    await other.add("OTHERS")
    await harness.use(await harness.grant("A"))
    lines = await make(harness, tmp_path / "b.jsonl")
    names = [line["key"] for line in lines[1:-1]]
    assert not [name for name in names if name.startswith(("grant:", "outcome:", "person-grants:"))]
    assert "OTHERS" not in (tmp_path / "b.jsonl").read_text()


async def test_what_a_later_version_added_is_in_it(harness: StoreHarness, tmp_path: Path) -> None:
    """Whatever its name and its type: a version that does not know it must not lose it."""
    client: Any = harness.client
    key = harness.runner.prefix
    await client.set(f"{key}signal:1", "raised")
    await client.hset(f"{key}lease-of:A", mapping={"at": "1"})
    await client.rpush(f"{key}queue-of-sinks", "a", "b", "a")
    await client.sadd(f"{key}witnesses", "w1", "w2")
    await client.zadd(f"{key}later", {"x": float("inf"), "y": 0.5})
    await client.xadd(f"{key}second-stream", {"event": "x"}, id="5-1")
    await client.pexpire(f"{key}signal:1", 60_000)
    lines = {line.get("key"): line for line in await make(harness, tmp_path / "b.jsonl")}
    assert lines["signal:1"]["holds"] == "raised"
    assert 0 < lines["signal:1"]["ends"] - await harness.now() <= 60_000
    assert lines["lease-of:A"]["holds"] == {"at": "1"}
    assert lines["queue-of-sinks"]["holds"] == ["a", "b", "a"]
    assert sorted(lines["witnesses"]["holds"]) == ["w1", "w2"]
    assert sorted(lines["later"]["holds"]) == [["x", float("inf")], ["y", 0.5]]
    assert lines["second-stream"]["holds"] == [["5-1", {"event": "x"}]]


async def test_a_long_stream_is_read_in_pages_and_is_whole(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_read, "_ITEMS", 7)
    for number in range(33):
        await harness.trail.append(f"op-{number}", Tag.BOT_STARTED, OPERATOR, {"n": str(number)})
    for person in range(20):
        await harness.client.zadd(harness.runner.key("over", "many"), {f"r{person}": person})
    before = [event.id for event in await harness.events()]
    lines = await make(harness, tmp_path / "b.jsonl")
    pages = [line for line in lines if line.get("key") == "audit"]
    assert [page["part"] for page in pages] == list(range(len(pages)))
    assert all(len(page["holds"]) <= 7 for page in pages)
    assert [entry for page in pages for entry, _ in page["holds"]] == before
    assert {m for line in held(lines, "over") for m, _ in line["holds"]} >= {f"r{n}" for n in range(20)}


def during(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], Any], times: int = 1) -> None:
    """Let something happen while the keys are read, before the audit stream; the first so many times."""
    read, count = BackupReader._stream, iter(range(1_000))

    async def stream(self: BackupReader, name: str, before: KeyPart, after: str) -> AsyncIterator[KeyPart]:
        number = next(count)
        if name == "audit" and number < times:
            await act(number)
        async for part in read(self, name, before, after):
            yield part

    monkeypatch.setattr(BackupReader, "_stream", stream)


async def test_a_backup_during_which_a_value_changes_begins_anew(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would hold a version without its value, or a value without its name."""
    during(monkeypatch, lambda number: harness.add(f"NEW_{number}"), times=2)
    lines = await make(harness, tmp_path / "b.jsonl")
    names = {member for line in held(lines, "names") for member, _ in line["holds"]}
    secrets = {
        line["key"].removeprefix("secret:") for line in lines[1:-1] if line["key"].startswith("secret:")
    }
    assert names == secrets == {"default/A", "default/B", "staging/DB", "default/NEW_0", "default/NEW_1"}


async def test_a_backup_gives_up_where_values_change_again_and_again(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    during(monkeypatch, lambda number: harness.add(f"NEW_{number}"), times=99)
    with pytest.raises(StoreUnavailableError, match="again and again"):
        await make(harness, tmp_path / "b.jsonl")
    assert inside(tmp_path) == []


async def test_every_change_that_a_backup_holds_is_told_in_its_stream(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever people do while it is made."""

    async def act(_: int) -> None:
        await harness.grant("B", CAROL)

    during(monkeypatch, act)
    await harness.grant("A")
    lines = await make(harness, tmp_path / "b.jsonl")
    events = [fields for line in held(lines, "audit") for _, fields in line["holds"]]
    for line in lines[1:-1]:
        if line["key"].startswith("request:") and line["holds"]["state"] == "approved":
            id_ = line["key"].removeprefix("request:")
            assert {"request.created", "request.approved", "grant.activated"} <= {
                fields["event"] for fields in events if fields.get("request") == id_
            }


async def test_a_request_and_its_text_are_read_in_one_step(harness: StoreHarness, tmp_path: Path) -> None:
    ids = [await harness.file("A", f"U0P{n}") for n in range(5)]
    lines = await make(harness, tmp_path / "b.jsonl")
    names = [line["key"] for line in lines[1:-1]]
    for id_ in ids:
        assert names.index(f"request-text:{id_}") == names.index(f"request:{id_}") + 1
        assert names.count(f"request-text:{id_}") == 1


async def test_the_file_is_private_and_its_draft_is_gone(harness: StoreHarness, tmp_path: Path) -> None:
    await make(harness, tmp_path / "b.jsonl")
    assert stat.S_IMODE((tmp_path / "b.jsonl").stat().st_mode) == 0o600
    assert inside(tmp_path) == ["b.jsonl"]


async def test_it_is_audited_before_it_lies_there(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No audit, no backup: it holds every value, sealed as it is."""
    lines = await make(harness, tmp_path / "b.jsonl")
    event = (await harness.events())[-1]
    assert (event.event, event.actor) == ("backup.made", OPERATOR)
    assert event.detail["sha256"] == lines[-1]["end"]["sha256"]
    assert event.detail["file"] == str(tmp_path / "b.jsonl")

    async def refuse(*_: Any) -> None:
        raise StoreUnavailableError("Redis refused: OOM")

    monkeypatch.setattr("envaccess.wiring.backup.RedisTrail.append", refuse)
    with pytest.raises(StoreUnavailableError):
        await make(harness, tmp_path / "other.jsonl")
    assert inside(tmp_path) == ["b.jsonl"]


async def test_what_is_in_the_way_stays_unless_it_is_to_be_replaced(
    harness: StoreHarness, tmp_path: Path
) -> None:
    file, link, folder = tmp_path / "b.jsonl", tmp_path / "link", tmp_path / "folder"
    file.write_text("somebody's")
    folder.mkdir()
    link.symlink_to(file)
    for place, replace in (
        (file, False),
        (link, False),
        (link, True),
        (folder, True),
        (Path(os.devnull), True),
    ):
        with pytest.raises(BackupFileError, match=r"is there already|no regular file"):
            await make(harness, place, replace=replace)
    assert file.read_text() == "somebody's"
    assert (await harness.tags()).count("backup.made") == 0
    await make(harness, file, replace=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await harness.tags()).count("backup.made") == 1


async def test_what_appears_in_its_place_while_it_is_made_stays(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(_: int) -> None:
        (tmp_path / "b.jsonl").write_text("somebody's")

    during(monkeypatch, act)
    with pytest.raises(BackupFileError, match="is there already"):
        await make(harness, tmp_path / "b.jsonl")
    assert (tmp_path / "b.jsonl").read_text() == "somebody's"
    assert inside(tmp_path) == ["b.jsonl"]


async def test_a_full_disk_leaves_nothing_and_is_one_sentence(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BackupFileError, match=r"b.jsonl: No space left on device. Nothing is left"):
        await make(harness, tmp_path / "b.jsonl")
    assert inside(tmp_path) == []


async def test_a_folder_that_is_not_there_is_named(harness: StoreHarness, tmp_path: Path) -> None:
    with pytest.raises(BackupFileError, match="No such file or directory"):
        await make(harness, tmp_path / "none" / "b.jsonl")


async def test_an_upgrade_puts_its_own_into_the_home(harness: StoreHarness, tmp_path: Path) -> None:
    path = await back_up_before_upgrade(harness.client, WORKSPACE, tmp_path / "home", OPERATOR)
    assert path.parent == tmp_path / "home" / "backups"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.name.startswith(f"{WORKSPACE}-20")
    assert path.read_bytes().startswith(b'{"envaccess.backup":1')


async def test_a_type_that_it_cannot_write_down_is_named_and_nothing_is_made(
    harness: StoreHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that silently lacks something is none."""
    monkeypatch.delitem(backup_read._FIRST, "hash")
    with pytest.raises(StoreUnavailableError, match="is a hash, which no backup takes"):
        await make(harness, tmp_path / "b.jsonl")
    assert inside(tmp_path) == []


async def test_ciphertexts_are_in_it_and_no_master_key_could_be(
    harness: StoreHarness, tmp_path: Path
) -> None:
    """The store never sees a master key, nor does whoever makes the backup."""
    await harness.file("A", ALICE)
    lines = await make(harness, tmp_path / "b.jsonl")
    (found,) = [line for line in lines[1:-1] if line["key"] == f"secret:{var('A')}"]
    assert found["holds"]["key"] == "key-1"
    assert found["holds"]["sealed"] != BLOB.decode()
