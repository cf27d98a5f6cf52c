"""The file of a backup: made whole or not at all, private to its owner; checked whole before it is used."""

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from envaccess.domain.audit import stream_order
from envaccess.domain.backup import (
    LONGEST_LINE,
    BackupCounts,
    BackupEnd,
    BackupHeader,
    BadLineError,
    KeyPart,
    read_header,
    read_line,
    write_end,
    write_header,
    write_part,
)
from envaccess.domain.errors import BackupFileError
from envaccess.store.keys import KINDS, LEFT_OUT, NAMES

_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def check_place(path: Path, *, replace: bool) -> None:
    """Refuse a place for a backup where something is in the way, before anything is read.

    Raises:
        BackupFileError: there is a file that must not be replaced, or something that is no file.
    """
    try:
        found = path.lstat()
    except OSError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise BackupFileError(f"{path} is no regular file, so no backup is written there.")
    if not replace:
        raise BackupFileError(f"{path} is there already: give another name, or --replace.")


class BackupDraft:
    """A backup that is being written, under another name until it is whole.

    Args:
        file: where it is written.
        header: its first line.
    """

    def __init__(self, file: BinaryIO, header: BackupHeader) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._counts = BackupCounts()
        self._write(write_header(header))

    def add(self, part: KeyPart) -> None:
        """Write one line.

        Raises:
            BackupFileError: it is longer than any line that is read.
        """
        line = write_part(part)
        if len(line) > LONGEST_LINE:
            raise BackupFileError(f"The key {part.key} holds more in one piece than a backup takes.")
        self._write(line)
        self._counts = counted(self._counts, part)

    def end(self) -> BackupEnd:
        """Write the last line and put all of it on the disk."""
        end = BackupEnd(self._counts, self._digest.hexdigest())
        self._file.write(write_end(end))
        self._file.flush()
        os.fsync(self._file.fileno())
        return end

    def _write(self, line: bytes) -> None:
        self._digest.update(line)
        self._file.write(line)


def counted(counts: BackupCounts, part: KeyPart) -> BackupCounts:
    """The counts with one more line."""
    kind, begins = kind_of(part.key), part.part == 0
    return BackupCounts(
        counts.requests + (begins and kind == "request"),
        counts.values + (begins and kind == "secret"),
        counts.events + (len(part.holds) if kind == "audit" else 0),
        counts.lines + 1,
    )


def kind_of(key: str) -> str:
    """The kind of a key by its name behind the prefix; empty for another version's."""
    return next((kind for kind, name in NAMES.items() if key == name or _begins(key, kind)), "")


def _begins(key: str, kind: str) -> bool:
    return kind in KINDS and key.startswith(KINDS[kind])


@contextlib.contextmanager
def drafted(path: Path) -> Iterator[tuple[BinaryIO, Callable[[bool], None]]]:
    """A new private file beside `path`, and what gives it that name; without that, nothing of it is left.

    Raises:
        BackupFileError: it cannot be written, or `path` is there and must not be replaced.
    """
    draft = path.with_name(f".{path.name[:200]}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file, lambda replace: _name(draft, path, replace=replace)
    except OSError as error:
        raise BackupFileError(
            f"Cannot write {path}: {error.strerror}. Nothing is left of this backup."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _name(draft: Path, path: Path, *, replace: bool) -> None:
    check_place(path, replace=replace)
    if replace:
        draft.replace(path)
    else:
        _name_new(draft, path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _name_new(draft: Path, path: Path) -> None:
    """Give a name that nothing has; what appeared there meanwhile stays, where the disk knows hard links."""
    try:
        os.link(draft, path)
    except FileExistsError:
        check_place(path, replace=False)
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        draft.rename(path)


class BackupFile:
    """A backup that is open for reading; the same file is checked and used, whatever happens to its name.

    Args:
        path: as the operator named it.
        file: seekable.

    Raises:
        BackupFileError: its first line is not one of a backup.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        with self._named():
            self.header = read_header(self._line())

    def check(self) -> BackupCounts:
        """Read it from its beginning to its end; returns what it holds.

        Raises:
            BackupFileError: it is not whole, or holds what no backup holds.
        """
        counts = BackupCounts()
        for part in self.parts():
            counts = counted(counts, part)
        return counts

    def parts(self) -> Iterator[KeyPart]:
        """Every line between the first and the last.

        Raises:
            BackupFileError: at the first line that is wrong; when all are read, if they are not those that
                were written.
        """
        self._file.seek(0)
        digest, counts, before = hashlib.sha256(self._line()), BackupCounts(), None
        while True:
            with self._named(counts.lines + 2):
                line = self._line()
                found = read_line(line)
                if isinstance(found, BackupEnd):
                    self._refuse_other(found, BackupEnd(counts, digest.hexdigest()))
                    return
                _refuse_odd(found, before)
            digest.update(line)
            counts, before = counted(counts, found), found
            yield found

    def _refuse_other(self, said: BackupEnd, found: BackupEnd) -> None:
        if self._file.read(1):
            raise BadLineError("goes on behind its end")
        if said != found:
            raise BadLineError("is not what was written: its SHA-256 or its counts differ")

    def _line(self) -> bytes:
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            raise BadLineError("is cut off")
        return line

    @contextlib.contextmanager
    def _named(self, number: int = 0) -> Iterator[None]:
        """Say which file it is, and which line."""
        try:
            yield
        except BadLineError as error:
            where = f" (line {number})" if number else ""
            raise BackupFileError(f"{self._path} {error}{where}.") from None
        except OSError as error:
            raise BackupFileError(f"Cannot read {self._path}: {error.strerror}.") from None


def _refuse_odd(part: KeyPart, before: KeyPart | None) -> None:
    """Refuse what no backup holds, and parts that do not follow each other."""
    kind = kind_of(part.key)
    if kind in LEFT_OUT:
        raise BadLineError(f"holds a key of the kind {NAMES[kind].rstrip(':')}, which no backup holds")
    if part.part:
        follows = before and (before.key, before.type, before.part + 1) == (part.key, part.type, part.part)
        if not follows:
            raise BadLineError("is damaged")
    if part.type == "stream":
        earlier = before.holds if before and part.part else []
        ids = [stream_order(entry) for entry, _ in [*earlier[-1:], *part.holds]]
        if any(first >= second for first, second in pairwise(ids)) or (0, 0) in ids:
            raise BadLineError("is damaged")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BackupFile]:
    """Open a backup.

    Raises:
        BackupFileError: it cannot be read, is no file, or may be written by others.
    """
    try:
        # Without O_NONBLOCK the opening of a pipe would wait for ever; a folder cannot be opened so.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        file = os.fdopen(descriptor, "rb")
    except OSError as error:
        raise BackupFileError(f"Cannot read {path}: {error.strerror}.") from None
    with file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise BackupFileError(f"{path} is no regular file: a backup is checked whole before it is used.")
        if mode & _OTHERS_WRITE:
            raise BackupFileError(f"Others may write to {path}: look who did, then chmod 600 it.")
        yield BackupFile(path, file)
