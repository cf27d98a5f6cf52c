"""Where each archived request lies: a file of this machine, made anew from the archive where it is missing.

It is made from tables that are sealed. What is read by it is compared with the hash that the table has of it.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from envaccess.domain.archive import SegmentTable
from envaccess.domain.errors import ArchiveError

_LAYOUT: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments (
  number INTEGER PRIMARY KEY, until TEXT NOT NULL, newest INTEGER NOT NULL, requests INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (
  segment INTEGER NOT NULL, block INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
  digest BLOB NOT NULL, PRIMARY KEY (segment, block)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
  id TEXT PRIMARY KEY, segment INTEGER NOT NULL, block INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS found_by (
  word TEXT NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (word, at, id)) WITHOUT ROWID;
"""
_CACHE: Final = "PRAGMA cache_size = -16384"
_BUSY_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class IndexedRequest:
    """Where a request lies."""

    id: str
    segment: int
    at: int
    offset: int
    length: int
    digest: str


class ArchiveIndex:
    """The index of one workspace's archive, shared by the processes of a machine.

    Args:
        path: its file, which is made when it is first needed; None: in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._base: sqlite3.Connection | None = None

    def _opened(self) -> sqlite3.Connection:
        if self._base is None:
            path = self._path
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            base = sqlite3.connect(
                path or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            if path is not None:
                path.chmod(0o600)
            base.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {_CACHE};")
            base.executescript(_LAYOUT)
            self._base = base
        return self._base

    def close(self) -> None:
        """Close it; the next use opens it again."""
        with self._lock:
            if self._base is not None:
                self._base.close()
                self._base = None

    def missing(self, began: str, first: int, number: int) -> Sequence[int]:
        """Which segments below a number are not in it yet; what was of another archive is forgotten."""
        with self._changing() as base:
            known = base.execute("SELECT value FROM about WHERE name = 'began'").fetchone()
            if known is None or known[0] != began:
                for table in ("segments", "blocks", "requests", "found_by"):
                    base.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
                base.execute("INSERT OR REPLACE INTO about VALUES ('began', ?)", (began,))
            found = base.execute("SELECT coalesce(max(number), -1) FROM segments").fetchone()
        return range(max(first, int(found[0]) + 1), number)

    def add(self, table: SegmentTable) -> None:
        """Take a segment up, in place of what is known of it."""
        number = table.number
        with self._changing() as base:
            held = {one.id for one in table.entries}
            if base.execute("SELECT 1 FROM segments WHERE number = ?", (number,)).fetchone():
                known = base.execute("SELECT id FROM requests WHERE segment = ?", (number,)).fetchall()
                gone = [(id_,) for (id_,) in known if id_ not in held]
                base.executemany("DELETE FROM requests WHERE id = ?", gone)
            base.execute("DELETE FROM blocks WHERE segment = ?", (number,))
            base.execute(
                "INSERT OR REPLACE INTO segments VALUES (?, ?, ?, ?)",
                (number, table.until, table.newest, len(table.entries)),
            )
            base.executemany(
                "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?, ?)",
                [
                    (number, place, one.offset, one.length, bytes.fromhex(one.digest))
                    for place, one in enumerate(table.pieces)
                ],
            )
            base.executemany(
                "INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?)",
                [(one.id, number, one.block, one.at) for one in table.entries],
            )
            base.executemany("INSERT OR IGNORE INTO found_by VALUES (?, ?, ?)", _words(table))

    def drop(self, first: int, before: int) -> None:
        """Forget the segments below a number, all of which was over before a time."""
        with self._changing() as base:
            ids = base.execute("SELECT id FROM requests WHERE segment < ?", (first,)).fetchall()
            base.executemany("DELETE FROM requests WHERE id = ?", ids)
            base.execute("DELETE FROM blocks WHERE segment < ?", (first,))
            base.execute("DELETE FROM segments WHERE number < ?", (first,))
            base.execute("DELETE FROM found_by WHERE at < ?", (before,))

    def find(self, ids: Iterable[str]) -> Sequence[IndexedRequest]:
        """Where these lie; nothing of those that are not in it."""
        with self._reading() as base:
            rows = [
                base.execute(
                    "SELECT r.id, r.segment, r.at, b.offset, b.length, b.digest FROM requests r "
                    "JOIN blocks b ON b.segment = r.segment AND b.block = r.block WHERE r.id = ?",
                    (id_,),
                ).fetchone()
                for id_ in ids
            ]
        return [_indexed(row) for row in rows if row]

    def ids_by(self, word: str, since: int, until: int, most: int) -> Sequence[str]:
        """The newest requests of a person or of a variable that were over in a time."""
        with self._reading() as base:
            rows = base.execute(
                "SELECT id FROM found_by WHERE word = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT ?",
                (word, since, until, most),
            ).fetchall()
        return [row[0] for row in rows]

    def numbers_between(self, since: int) -> Sequence[int]:
        """Segments that may hold what was over since a time."""
        with self._reading() as base:
            rows = base.execute("SELECT number FROM segments WHERE newest >= ? ORDER BY number", (since,))
            return [row[0] for row in rows.fetchall()]

    def counts(self) -> tuple[int, int]:
        """How many segments and requests there are."""
        with self._reading() as base:
            row = base.execute("SELECT count(*), coalesce(sum(requests), 0) FROM segments").fetchone()
        return int(row[0]), int(row[1])

    def old(self, before: int) -> int:
        """The first segment that holds anything that was over since then."""
        with self._reading() as base:
            row = base.execute("SELECT min(number) FROM segments WHERE newest >= ?", (before,)).fetchone()
            last = base.execute("SELECT coalesce(max(number), -1) FROM segments").fetchone()
        return int(row[0]) if row[0] is not None else int(last[0]) + 1

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._opened()
            except (sqlite3.Error, OSError) as error:
                raise ArchiveError(f"The archive's index {self._path} failed: {error}") from None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")


def _words(table: SegmentTable) -> Iterator[tuple[str, int, str]]:
    """By what each request is found: whoever asked, whoever is behind, and each of its variables."""
    for one in table.entries:
        for word in {one.requester, one.behind, *one.variables.split(",")} - {""}:
            yield word, one.at, one.id


def _indexed(row: tuple[str, int, int, int, int, bytes]) -> IndexedRequest:
    id_, segment, at, offset, length, digest = row
    return IndexedRequest(id_, segment, at, offset, length, digest.hex())
