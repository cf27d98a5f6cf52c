"""Mend an append-only file whose end was torn by a power cut, which the server itself refuses.

A server loads a file that just stops early (`aof-load-truncated`), but not one whose last block is
zeros or rubbish. With `appendfsync always` such an end was never confirmed to anybody, so it may be
cut off; damage elsewhere is not ours to judge. The server program, called by its checker's name,
says where the file stops being good. What is cut off is kept beside it.
"""

import os
import re
import subprocess
from pathlib import Path

from envaccess.embedded.file_lock import DATA

LONGEST_TAIL = 65_536
"""Bytes that one round of writes may have left unconfirmed; a longer damage is none of a torn end."""
_CHECK_PATIENCE = 60.0
_COMMAND = re.compile(rb"\*(\d+)\r\n(?=\$)")
_LENGTH = re.compile(rb"\$(\d+)\r\n")
_GOOD_UP_TO = re.compile(r"ok_up_to=(\d+)")


def mend(server: str, folder: Path = Path(DATA)) -> bool:
    """Cut a torn end off the newest append-only file under `folder`; whether there was one to cut."""
    newest = _newest(folder)
    if newest is None:
        return False
    good = _good_up_to(Path(server), newest)
    size = newest.stat().st_size
    if good is None or not 0 < size - good <= LONGEST_TAIL:
        return False
    with newest.open("r+b") as file:
        file.seek(good)
        tail = file.read()
        if _ends_whole(tail):
            return False
        newest.with_name(f"{newest.name}.torn-at-{good}").write_bytes(tail)
        file.truncate(good)
        os.fsync(file.fileno())
    return True


def _newest(folder: Path) -> Path | None:
    files = folder.glob("appendonlydir/appendonly.aof.*.incr.aof")
    return max(files, key=lambda file: int(file.name.split(".")[2]), default=None)


def _good_up_to(server: Path, file: Path) -> int | None:
    checker = server.name.replace("-server", "-check-aof")
    try:
        done = subprocess.run(  # noqa: S603 - the server program, with a path of ours
            [checker, file],
            executable=server,
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_CHECK_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _GOOD_UP_TO.search(done.stdout)
    return int(found[1]) if found else None


def _ends_whole(tail: bytes) -> bool:
    """Whether the last command in `tail` is whole and ends it, so that the damage is before the end."""
    last = None
    for last in _COMMAND.finditer(tail):  # noqa: B007 - the last one is wanted
        pass
    if last is None:
        return False
    position = last.end()
    for _ in range(int(last[1])):
        length = _LENGTH.match(tail, position)
        if length is None:
            return False
        position = length.end() + int(length[1]) + len(b"\r\n")
    return position == len(tail)
