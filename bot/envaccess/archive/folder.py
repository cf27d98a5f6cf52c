"""An archive in a folder: a file each, written under another name and on the disk before it has its own."""

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from envaccess.domain.errors import ArchiveError

_P = ParamSpec("_P")
_T = TypeVar("_T")


class FolderObjects:
    """Fits `archive.ports.Objects`.

    Args:
        folder: absolute; it is made when the first file is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """Where that is."""
        return str(self._folder)

    async def put(self, name: str, octets: bytes, *, anew: bool = False) -> None:
        """Write a file; it is on the disk under its name when this returns."""
        await self._done(_write, self._folder / name, octets, anew=anew)

    async def size(self, name: str) -> int | None:
        """How many bytes a file has; None where there is none."""
        return await self._done(_size, self._folder / name)

    async def read(self, name: str, offset: int, length: int) -> bytes:
        """Some of its bytes."""
        return await self._done(_read, self._folder / name, offset, length)

    async def delete(self, name: str) -> None:
        """Delete a file."""
        await self._done(_delete, self._folder / name)

    async def names(self) -> Sequence[str]:
        """All files, in order."""
        return await self._done(_names, self._folder)

    async def _done(self, act: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
        try:
            return await asyncio.to_thread(act, *given, **named)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ArchiveError(f"The archive {self.place} failed: {why}") from None


def _write(path: Path, octets: bytes, *, anew: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        if anew or not path.exists():
            beside.replace(path)
    finally:  # a full disk needs what was written of it
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    for folder in (path.parent, *path.parents[1:3]):
        _settle(folder)


def _settle(folder: Path) -> None:
    """Put the names of a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size(path: Path) -> int | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _read(path: Path, offset: int, length: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        return b""
    with os.fdopen(descriptor, "rb") as file:
        file.seek(offset)
        return file.read(length)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        _settle(path.parent)


def _names(folder: Path) -> Sequence[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*.seg") if path.is_file())
    return sorted(str(path) for path in found if not path.name.startswith("."))
