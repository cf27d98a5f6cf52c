"""A folder of files: a line is there whole or not at all."""

import csv
import errno
import fcntl
import json
import os
from pathlib import Path

import pytest

from envaccess.audit.formats import Format
from envaccess.domain.audit import Event, person
from envaccess.projections.sinks.ports import EncodedEvent, SinkError
from envaccess.sinks import folder as module
from envaccess.sinks.folder import FolderSink

NOON = 1_760_011_200_123
DAY = 24 * 3_600 * 1_000


def prepared(sink: FolderSink, *days: int) -> list[EncodedEvent]:
    events = [
        Event(f"{NOON + day * DAY + place}-0", "grant.revealed", NOON + day * DAY, person("U1"))
        for place, day in enumerate(days)
    ]
    return [EncodedEvent(event.id, event.event, event.at, sink.encode(event)) for event in events]


def files_in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_a_file_a_day_whose_lines_are_the_events(tmp_path: Path) -> None:
    sink = FolderSink("files", str(tmp_path), Format.JSONL)
    await sink.send(prepared(sink, 0, 0, 1))
    await sink.send(prepared(sink, 1))
    files = files_in(tmp_path)
    assert [file.name for file in files] == ["envaccess-2025-10-09.jsonl", "envaccess-2025-10-10.jsonl"]
    assert [len(file.read_text().splitlines()) for file in files] == [2, 2]
    assert {json.loads(line)["event"] for file in files for line in file.read_text().splitlines()} == {
        "grant.revealed"
    }
    assert files[0].stat().st_mode & 0o137 == 0


async def test_a_table_has_its_first_row_once(tmp_path: Path) -> None:
    sink = FolderSink("files", str(tmp_path), Format.CSV)
    await sink.send(prepared(sink, 0))
    await sink.send(prepared(sink, 0))
    (file,) = files_in(tmp_path)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["event"] for row in rows] == ["grant.revealed"] * 2


async def test_a_line_that_a_crash_cut_off_swallows_no_event(tmp_path: Path) -> None:
    sink = FolderSink("files", str(tmp_path), Format.JSONL)
    await sink.send(prepared(sink, 0))
    (file,) = files_in(tmp_path)
    file.write_bytes(file.read_bytes() + b'{"id": "cut o')
    await sink.send(prepared(sink, 0))
    *whole, cut, last = file.read_text().splitlines()
    assert cut == '{"id": "cut o'
    assert [json.loads(line)["event"] for line in (*whole, last)] == ["grant.revealed"] * 2


async def test_a_full_disk_leaves_no_half_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = FolderSink("files", str(tmp_path), Format.JSONL)
    await sink.send(prepared(sink, 0))
    (file,) = files_in(tmp_path)
    before = file.read_bytes()

    def fill_up(descriptor: int, text: bytes) -> None:
        os.write(descriptor, text[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_write_all", fill_up)
    with pytest.raises(SinkError, match="No space left"):
        await sink.send(prepared(sink, 0))
    assert file.read_bytes() == before


async def test_a_file_that_another_one_writes_to_is_left_alone_meanwhile(tmp_path: Path) -> None:
    """What a full disk takes back would be the other's; and nobody waits for a lock that stays."""
    sink = FolderSink("files", str(tmp_path), Format.JSONL)
    await sink.send(prepared(sink, 0))
    (file,) = files_in(tmp_path)
    before = file.read_bytes()
    with file.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SinkError, match="unavailable"):
            await sink.send(prepared(sink, 0))
    assert file.read_bytes() == before
    await sink.send(prepared(sink, 0))


async def test_nobody_who_may_write_to_the_folder_leads_events_elsewhere(tmp_path: Path) -> None:
    """A link in the place of the day's file would have them appended to any file of ours."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "envaccess-2025-10-09.jsonl").symlink_to(elsewhere)
    sink = FolderSink("files", str(folder), Format.JSONL)
    with pytest.raises(SinkError):
        await sink.send(prepared(sink, 0))
    assert elsewhere.read_text() == ""


async def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "envaccess-2025-10-09.jsonl")
    sink = FolderSink("files", str(tmp_path), Format.JSONL)
    with pytest.raises(SinkError):
        await sink.send(prepared(sink, 0))


async def test_a_folder_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    sink = FolderSink("files", str(tmp_path / "gone"), Format.JSONL)
    with pytest.raises(SinkError, match="No such file"):
        await sink.send(prepared(sink, 0))
