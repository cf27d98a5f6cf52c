"""The events of an archive in their order, each checked against its leaf in the tree's tiles."""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from envaccess.domain.audit import NO_EVENT, stream_order
from envaccess.domain.checkpoint import HASH_BYTES, read_checkpoint, read_note
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.merkle import WIDTH, leaf_hash
from envaccess.wiring.tree_archive import tile_path

_LENGTH: Final = struct.Struct(">H")

Entry = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Fork:
    """One tree: its size, and the first index whose event was kept when it was archived."""

    folder: Path
    size: int
    kept: int

    @property
    def bundles(self) -> int:
        return -(-self.size // WIDTH)


class ArchiveEntries:
    """Reads what `audit archive` wrote to a folder.

    All methods raise `StoreUnavailableError` where the folder cannot be read, events are missing from it, or
    one is not as it was sealed: nothing is passed over.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self) -> str:
        """The last event's id; `NO_EVENT` for an empty archive."""
        forks = self._forks()
        last = self._bundle(forks[-1], (forks[-1].size - 1) // WIDTH) if forks else []
        return last[-1][0] if last else NO_EVENT

    def check_after(self, event: str) -> None:
        """Read everything from an event on."""
        for fork in self._forks():
            for index in range(self._bundle_of(fork, event), fork.bundles):
                self._bundle(fork, index)

    def after(self, event: str, until: str, count: int) -> list[Entry]:
        """The first events after this one, up to another one."""
        found: list[Entry] = []
        for fork in self._forks():
            for index in range(self._bundle_of(fork, event), fork.bundles):
                found += [
                    entry
                    for entry in self._bundle(fork, index)
                    if stream_order(event) < stream_order(entry[0]) <= stream_order(until)
                ]
                if len(found) >= count:
                    return found[:count]
        return found

    def _forks(self) -> list[_Fork]:
        forks = []
        for place in range(len([*self._folder.glob("fork-*")])):
            folder = self._folder / f"fork-{place}"
            note = read_note(_read(folder / "checkpoint").decode("utf-8", "replace"))
            head = read_checkpoint(note.body) if note else None
            if head and head.size:
                forks.append(_Fork(folder, head.size, head.kept))
        return forks

    def _bundle_of(self, fork: _Fork, event: str) -> int:
        """The last bundle that begins at or before an event, or the first that is there."""
        low, high = 0, fork.bundles - 1
        while low < high:
            middle = (low + high + 1) // 2
            entries = self._bundle(fork, middle)
            if entries and stream_order(entries[0][0]) > stream_order(event):
                high = middle - 1
            else:
                low = middle
        return low

    def _bundle(self, fork: _Fork, index: int) -> list[Entry]:
        """The events of one; none of one that was dropped by its age before it was archived."""
        width = min(WIDTH, fork.size - index * WIDTH)
        path = fork.folder / tile_path("entries", index, width)
        if index * WIDTH < fork.kept and not path.is_file():
            return []
        leaves = _read(fork.folder / tile_path("0", index, width))
        entries = []
        for place, line in enumerate(_lines(_read(path), width)):
            if leaf_hash(line) != leaves[place * HASH_BYTES : (place + 1) * HASH_BYTES]:
                raise StoreUnavailableError(f"{path} is not as it was sealed: run `envaccess audit verify`")
            entries.append(_entry(line))
        return entries


def _lines(octets: bytes, width: int) -> Iterator[bytes]:
    at = 0
    for _ in range(width):
        length = _LENGTH.unpack_from(octets, at)[0] if len(octets) >= at + _LENGTH.size else 0
        yield octets[at + _LENGTH.size : at + _LENGTH.size + length]
        at += _LENGTH.size + length


def _entry(line: bytes) -> Entry:
    found: Any = json.loads(line)
    fields = {str(name): str(text) for name, text in found.items()}
    return fields.pop("id", NO_EVENT), fields


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreUnavailableError(f"{path} cannot be read ({error.strerror or 'no reason'})") from None
