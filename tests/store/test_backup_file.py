"""The file of a backup, attacked: changed, cut off, forged, exchanged. Nothing is written at any fault."""

import hashlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.errors import (
    BackupFileError,
    RestoreUnfinishedError,
)
from envaccess.settings import Settings
from envaccess.store import backup_file, health
from envaccess.store.backup_file import BackupFile, opened
from envaccess.store.backup_write import RestoreWriter
from envaccess.store.client import Client
from envaccess.wiring import backup
from tests.store.backups import make, put_back, whole
from tests.store.harness import OPERATOR, WORKSPACE, StoreHarness

Line = dict[str, Any]


def edit(path: Path, change: Callable[[list[Line]], None], *, forge: bool = True) -> Path:
    """Change the lines of a backup; `forge`: with the counts and the SHA-256 that then are right."""
    lines = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    change(lines)
    *head, end = lines
    written = b"".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in head
    )
    if forge:
        end["end"]["sha256"] = hashlib.sha256(written).hexdigest()
        end["end"]["counts"]["lines"] = len(head) - 1
    path.write_bytes(written + json.dumps(end).encode() + b"\n")
    return path


def add(**line: Any) -> Callable[[list[Line]], None]:
    return lambda lines: lines.insert(1, {"type": "string", "part": 0, "holds": "U0EVE", **line})


@pytest.mark.parametrize(
    "key",
    ["grant:00000001", "person-grants:U0EVE", "outcome:U0EVE:op", "relay-lease", "directory-cache:U0EVE",
     "restore-under-way", "requests-pending", "refused-count:x", "command-count:U0EVE"],
)  # fmt: skip
async def test_a_key_that_no_backup_holds_is_refused_even_under_a_right_sha256(
    harness: StoreHarness, copy: Path, key: str
) -> None:
    """Whoever can write to the file smuggles no live access in."""
    edit(copy, add(key=key))
    with pytest.raises(BackupFileError, match="which no backup holds"):
        await put_back(harness.client, copy)
    assert await harness.keys() == []


async def test_no_line_reaches_another_workspace(harness: StoreHarness, copy: Path) -> None:
    edit(copy, add(key="x}:}envaccess:{T0OTHER}:grant:00000001"))
    await put_back(harness.client, copy)
    assert all(key.startswith(harness.runner.prefix) for key in await harness.keys())
    assert await harness.client.exists("envaccess:{T0OTHER}:grant:00000001") == 0


def _request(lines: list[Line]) -> Line:
    return next(line for line in lines if line.get("key", "").startswith("request:"))


async def test_a_record_edited_in_the_file_fails_the_sha256(harness: StoreHarness, copy: Path) -> None:
    edit(copy, lambda lines: _request(lines)["holds"].update(requester="U0EVE"), forge=False)
    with pytest.raises(BackupFileError, match="its SHA-256 or its counts differ"):
        await put_back(harness.client, copy)
    assert await harness.keys() == []


ODD: dict[str, Callable[[list[Line]], object]] = {
    "a line less": lambda lines: lines.pop(3),
    "two lines swapped": lambda lines: lines.insert(1, lines.pop(2)),
    "a line twice": lambda lines: lines.insert(1, lines[1]),
    "another workspace's head": lambda lines: lines[0].update(workspace="T0EVE"),
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
async def test_no_change_of_lines_goes_unnoticed(
    harness: StoreHarness, copy: Path, change: Callable[[list[Line]], None]
) -> None:
    edit(copy, change, forge=False)
    with pytest.raises(BackupFileError):
        await put_back(harness.client, copy)
    assert await harness.keys() == []


LINES: dict[str, dict[str, Any]] = {
    "a text where fields are": {"key": "x", "type": "hash", "holds": "text"},
    "fields where a text is": {"key": "x", "holds": {}},
    "a number as text": {"key": "x", "type": "hash", "holds": {"a": 1}},
    "half a character": {"key": "x", "holds": "\ud800"},
    "a type of nobody": {"key": "x", "type": "module"},
    "no key": {"key": ""},
    "a key that is none": {"key": 5},
    "an end before time": {"key": "x", "ends": -1},
    "an end beyond time": {"key": "x", "ends": 2**63},
    "a part of nothing": {"key": "x", "part": 1},
    "a score that is none": {"key": "x", "type": "zset", "holds": [["a", "1"]]},
    "no score": {"key": "x", "type": "zset", "holds": [["a"]]},
    "not a number": {"key": "x", "type": "zset", "holds": [["a", float("nan")]]},
    "an event without id": {"key": "x", "type": "stream", "holds": [["*", {"event": "x"}]]},
    "an event before the first": {"key": "x", "type": "stream", "holds": [["0-0", {"event": "x"}]]},
    "an event that says nothing": {"key": "x", "type": "stream", "holds": [["5-1", {}]]},
    "events back in time": {
        "key": "x",
        "type": "stream",
        "holds": [["5-2", {"e": "x"}], ["5-1", {"e": "x"}]],
    },
    "more than a line says": {"key": "x", "more": 1},
    "lists in lists": {"key": "x", "type": "list", "holds": [["a"]]},
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_a_line_that_could_not_be_written_is_found_before_anything_is(line: Line, tmp_path: Path) -> None:
    """Redis would refuse it in the middle of the restore."""
    head = {"envaccess.backup": 1, "workspace": WORKSPACE, "epoch": 0, "at": 1, "version": "0.1.0"}
    written = b"".join(
        json.dumps(one).encode() + b"\n"
        for one in (head, {"type": "string", "part": 0, "holds": "x", **line})
    )
    file = tmp_path / "b.jsonl"
    file.write_bytes(written)
    with opened(file) as read, pytest.raises(BackupFileError, match=r"is damaged \(line 2\)"):
        read.check()


async def test_a_file_that_is_cut_off_anywhere_is_refused(copy: Path) -> None:
    text = whole(copy)
    for length in [*range(0, len(text) - 1, 97), len(text) - 1]:
        with pytest.raises(BackupFileError, match=r"is cut off|is no backup of envaccess|is damaged"):
            BackupFile(copy, io.BytesIO(text[:length])).check()
    BackupFile(copy, io.BytesIO(text)).check()
    with pytest.raises(BackupFileError, match="goes on behind its end"):
        BackupFile(copy, io.BytesIO(text + b"x")).check()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is cut off"),
        (b"{}\n", "is no backup of envaccess"),
        (b"A=1\nB=2\n", "is no backup of envaccess"),
        (b"\x00\xff\n", "is no backup of envaccess"),
        (b"[" * 200_000 + b"\n", "is no backup of envaccess"),
        (b'{"envaccess.backup":2}\n', "made by a later version of envaccess"),
        (b'{"envaccess.backup":1,"workspace":5}\n', "is no backup of envaccess"),
    ],
)
def test_what_is_no_backup_is_told_apart_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "b.jsonl"
    file.write_bytes(content)
    with pytest.raises(BackupFileError, match=told) as refused, opened(file):
        pass
    assert "\n" not in str(refused.value)


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file, "LONGEST_LINE", 1_000)
    asked: list[int] = []

    class Endless(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            asked.append(size or -1)
            return super().readline(size)

    with pytest.raises(BackupFileError):
        BackupFile(tmp_path / "b", Endless(b"x" * 1_000_000))
    assert asked == [1_001]


async def test_a_file_that_changes_between_check_and_use_is_not_taken_for_whole(
    harness: StoreHarness, copy: Path
) -> None:
    with opened(copy) as file:
        counts = file.check()
        text = whole(copy)
        with copy.open("r+b") as other:
            other.write(text.replace(b"U0BOB", b"U0EVE"))
        writer = RestoreWriter(harness.runner, "restore-1")
        with pytest.raises(RestoreUnfinishedError, match="SHA-256"):
            await backup._Restore(file, counts, writer).run(OPERATOR, replace=False)
    assert await health.is_restoring(harness.runner)


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_is_not_used(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "b.jsonl"
    file.touch()
    file.chmod(mode)
    with pytest.raises(BackupFileError, match="chmod 600"), opened(file):
        pass


def test_a_folder_a_missing_file_and_a_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, told in (("none", "No such file"), (".", "Is a directory"), ("pipe", "no regular file")):
        with pytest.raises(BackupFileError, match=told), opened(tmp_path / name):
            pass


@pytest.mark.parametrize(
    ("head", "workspace", "told"),
    [({}, "T0OTHER", "is a backup of the workspace T0ACME, not of T0OTHER"), ({"epoch": 99}, "", "epoch 99")],
)
async def test_a_wrong_workspace_and_a_later_store_are_refused(
    valkey: str, redis: Client, tmp_path: Path, head: Line, workspace: str, told: str
) -> None:
    harness = StoreHarness(redis)
    await harness.add("A")
    file = edit(await make(harness, tmp_path / "b.jsonl"), lambda lines: lines[0].update(head))
    await redis.flushall()
    given = Settings.model_validate({"REDIS_URL": valkey, "ENVACCESS_HOME": str(tmp_path)})
    with pytest.raises(BackupFileError, match=told):
        await backup.restore(given, workspace, file, replace=False)
    assert await harness.keys() == []
