"""A sink that is a folder: a file a day, which a forwarder or a person reads.

A line is there whole or not at all: what a full disk cut off is taken back, and what a crash cut off is ended
before the next event. A batch counts as accepted when the system says that it is on the disk.
"""

import asyncio
import fcntl
import os
import stat
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from envaccess.audit.formats import HEADERS, Format, encode
from envaccess.domain.audit import Event, rfc3339
from envaccess.projections.sinks.ports import EncodedEvent, SinkError, SinkLimits

_DAY: Final = len("2025-10-09")
_SUFFIX: Final = {Format.JSONL: "jsonl", Format.OCSF: "ocsf.jsonl", Format.CEF: "cef", Format.CSV: "csv"}


class FolderSink:
    """Files `envaccess-DAY.SUFFIX` in a folder, readable by whoever runs the bot and its group."""

    limits = SinkLimits()

    def __init__(self, name: str, folder: str, form: Format) -> None:
        self.name = name
        self._folder, self._form = Path(folder), form

    def encode(self, event: Event) -> bytes:
        """One line."""
        return encode(self._form, event).encode()

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        """Append to the file of the day of each event (UTC)."""
        await asyncio.to_thread(self._write, batch)

    def _write(self, batch: Sequence[EncodedEvent]) -> None:
        try:
            for day, events in groupby(batch, key=lambda one: rfc3339(one.at)[:_DAY]):
                self._append(self._folder / f"envaccess-{day}.{_SUFFIX[self._form]}", [*events])
        except OSError as error:
            raise SinkError(f"the folder cannot be written to ({error.strerror or 'no reason'})") from None

    def _append(self, path: Path, events: Sequence[EncodedEvent]) -> None:
        descriptor = os.open(
            path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK, 0o640
        )
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SinkError("what has the name of the day's file is no file")
            # What comes from an archive goes to the same files: nobody takes back what another one wrote.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            found = os.fstat(descriptor)
            text = self._begin(descriptor, found.st_size) + b"".join(one.text + b"\n" for one in events)
            try:
                _write_all(descriptor, text)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, found.st_size)
                raise
        finally:
            os.close(descriptor)

    def _begin(self, descriptor: int, size: int) -> bytes:
        """What stands before the next event: a table's first row, or the end of a line that was cut off."""
        header = HEADERS.get(self._form)
        if not size:
            return f"{header}\n".encode() if header else b""
        return b"" if os.pread(descriptor, 1, size - 1) == b"\n" else b"\n"


def _write_all(descriptor: int, text: bytes) -> None:
    left = memoryview(text)
    while left:
        left = left[os.write(descriptor, left) :]
