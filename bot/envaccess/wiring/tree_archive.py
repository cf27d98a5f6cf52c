"""An archive of the sealed events as files: C2SP's tlog-tiles, a folder for each fork, readable without us.

| file | what |
|---|---|
| `manifest.json` | how many forks, and when it was written; no path is ever taken from it |
| `keys` | the verifier keys, one a line |
| `fork-0/checkpoint` | the signed head |
| `fork-0/tile/0/000`, `fork-0/tile/0/001.p/12` | hashes, 32 bytes each; `.p/12` where there are 12 of 256 |
| `fork-0/tile/entries/000` | lines, each after its length in two bytes |
"""

import contextlib
import json
import os
import stat
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from envaccess.domain.audit import rfc3339, stream_order
from envaccess.domain.audit_line import line_of
from envaccess.domain.audit_tree import TreeHead
from envaccess.domain.checkpoint import HASH_BYTES, VerifierKey, read_checkpoint, read_note
from envaccess.domain.errors import BackupFileError
from envaccess.domain.merkle import WIDTH, Place, all_tiles, leaf_hash, tile_node, tree_root
from envaccess.domain.text import count
from envaccess.domain.tree_check import Outcome, TreeProblem
from envaccess.wiring.tree_verification import Tiles, Verification

_LENGTH: Final = struct.Struct(">H")
_MOST: Final = WIDTH * (2 + 0xFFFF)
"""Bytes of the largest file: a bundle whose lines are as long as can be."""
_SPARE: Final = 1_000
_FORKS: Final = 10_000
"""More forks than that are in no archive of ours."""
_LARGEST: Final = 10**12

Entries = AsyncIterator[tuple[str, Mapping[str, str]]]


def tile_path(level: str, index: int, width: int) -> str:
    """Where C2SP has a tile: `tile/0/x001/234`, with `.p/12` where it is not full."""
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    path = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{path}" + (f".p/{width}" if width < WIDTH else "")


@dataclass(slots=True)
class _ForkWriter:
    """Writes the bundles of one fork as its lines come."""

    folder: Path
    head: TreeHead
    tiles: Tiles
    at: int = 0
    bundle: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = self.head.checkpoint.kept

    def take(self, line: bytes, number: str) -> None:
        if number.isdecimal() and int(number) < self.head.checkpoint.kept:
            return  # dropped by its age, or about to be
        tile = self.tiles.get((0, self.at // WIDTH), ())
        if self.at % WIDTH >= len(tile) or tile[self.at % WIDTH] != leaf_hash(line):
            raise BackupFileError(
                f"Event {self.at} of {self.head.origin} is not in Redis as it was sealed: not archived. "
                "Run `envaccess audit verify`."
            )
        self.bundle.append(line)
        self.at += 1
        if self.at % WIDTH == 0 or self.at == self.head.size:
            octets = b"".join(_LENGTH.pack(len(one)) + one for one in self.bundle)
            width = len(self.bundle)
            _write(self.folder / tile_path("entries", (self.at - 1) // WIDTH, width), octets)
            self.bundle.clear()


async def write_archive(
    folder: Path,
    heads: Sequence[TreeHead],
    tiles: Sequence[Tiles],
    entries: Entries,
    keys: Sequence[VerifierKey],
    now: int,
) -> int:
    """Write everything that is sealed; returns how many events that are.

    Raises:
        BackupFileError: an event is not as it was sealed, or the folder holds another tree or fails.
    """
    try:
        return await _write_all(folder, heads, tiles, entries, keys, now)
    except OSError as error:
        raise BackupFileError(f"{folder} cannot be written: {error.strerror}.") from None


async def _write_all(
    folder: Path,
    heads: Sequence[TreeHead],
    tiles: Sequence[Tiles],
    entries: Entries,
    keys: Sequence[VerifierKey],
    now: int,
) -> int:
    forks = [
        _ForkWriter(folder / f"fork-{head.fork}", head, found)
        for head, found in zip(heads, tiles, strict=True)
        if head.size
    ]
    for fork in forks:
        _refuse_another(fork)
    async for event, fields in entries:
        for fork in forks:
            if stream_order(fork.head.start) < stream_order(event) <= stream_order(fork.head.last):
                fork.take(line_of(event, fields), fields.get("n", ""))
    for fork in forks:
        if fork.at < fork.head.size:
            raise BackupFileError(
                f"Event {fork.at} of {fork.head.origin} is not in Redis: run `envaccess audit verify`."
            )
        for place, width in all_tiles(fork.head.size).items():
            path = fork.folder / tile_path(str(place[0]), place[1], width)
            _write(path, b"".join(fork.tiles[place][:width]))
        _write(fork.folder / "checkpoint", fork.head.note.encode())
    _write(folder / "keys", "".join(f"{key}\n" for key in keys).encode())
    manifest = {"format": 1, "forks": len(forks), "written": rfc3339(now)}
    _write(folder / "manifest.json", (json.dumps(manifest) + "\n").encode())
    return sum(fork.at for fork in forks)


def _refuse_another(fork: _ForkWriter) -> None:
    """Keep an archive that holds more than Redis, or another tree."""
    with contextlib.suppress(FileNotFoundError):
        note = read_note((fork.folder / "checkpoint").read_text("utf-8", "replace"))
        kept = read_checkpoint(note.body) if note else None
        try:
            same = kept and kept.size <= fork.head.size and kept.origin == fork.head.origin
            same = same and tree_root(kept.size, tile_node(fork.tiles)) == kept.root if kept else False
        except KeyError:
            same = False
        if not same:
            raise BackupFileError(
                f"{fork.folder} holds another tree than Redis, or more of it: keep it, and run "
                "`envaccess audit verify`."
            )


def _write(path: Path, octets: bytes) -> None:
    """A file is there whole, or as it was."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if path.read_bytes() == octets:
            return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:  # a full disk needs what was written of it
        beside.unlink(missing_ok=True)
        raise


ArchiveWatch = Callable[[int, int, Mapping[str, str], str], None]
"""Is told of each line: its fork, its index there, its fields, its event's id among them, and its origin."""


def read_archive(
    folder: Path, watch: ArchiveWatch | None = None
) -> tuple[Verification, list[TreeProblem], tuple[str, ...]]:
    """What an archive holds, taken; what does not hold with its files; its keys, which nobody vouches for."""
    problems: list[TreeProblem] = []
    heads: list[TreeHead] = []
    for place in range(_forks(folder, problems)):
        head = _head(folder / f"fork-{place}", place, problems)
        if head:
            heads.append(head)
    tiles = [dict(_tiles(folder / f"fork-{head.fork}", head, problems)) for head in heads]
    check = Verification(heads, tiles)
    for at, head in enumerate(heads):
        for index, line in _lines(folder / f"fork-{head.fork}", head, problems, check.absent(at)):
            fields, leaf = read_line(line), leaf_hash(line)
            if watch:
                watch(at, index, fields, head.origin)
            event, whole = fields.pop("id", ""), fields.keys() != {"sha256"}
            check.take(at, event, fields, leaf, whole=whole)
    keys = (_read(folder / "keys") or b"").decode("utf-8", "replace").split()
    return check, problems, tuple(keys)


def _forks(folder: Path, problems: list[TreeProblem]) -> int:
    """How many forks the manifest says; as many as there are folders where there is none."""
    try:
        forks = json.loads((_read(folder / "manifest.json") or b"").decode())["forks"]
        if isinstance(forks, int) and 0 < forks < _FORKS:
            return forks
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    problems.append(TreeProblem(Outcome.INCOMPLETE, "manifest.json is missing or cannot be read"))
    return next(place for place in range(_FORKS) if not (folder / f"fork-{place}").is_dir())


def _head(folder: Path, place: int, problems: list[TreeProblem]) -> TreeHead | None:
    octets = _read(folder / "checkpoint")
    if octets is None:
        problems.append(TreeProblem(Outcome.INCOMPLETE, f"{folder.name}/checkpoint is missing"))
        return None
    text = octets.decode("utf-8", "replace")
    note = read_note(text)
    said = read_checkpoint(note.body) if note else None
    if said is None or said.size > _LARGEST:
        problems.append(TreeProblem(Outcome.ALTERED, f"{folder.name}/checkpoint is no signed head"))
        return None
    size = said.size if said.size and _is_there(folder, said.size) else 0
    if not size:
        problems.append(
            TreeProblem(Outcome.INCOMPLETE, f"{folder.name}: files of its last events are missing")
        )
    return TreeHead(place, said.origin, size, note=text)


def _is_there(folder: Path, size: int) -> bool:
    """Whether the last tile of leaves is there: nobody looks for all those that a forged size would have."""
    index = (size - 1) // WIDTH
    if not (folder / tile_path("0", index, size - index * WIDTH)).is_file():
        return False
    files = sum(1 for _ in (folder / "tile" / "0").rglob("*"))
    return index <= 2 * files + _SPARE  # a last tile is easily made


def _tiles(folder: Path, head: TreeHead, problems: list[TreeProblem]) -> Iterator[tuple[Place, list[bytes]]]:
    for place, width in all_tiles(head.size).items():
        octets = _read(folder / tile_path(str(place[0]), place[1], width))
        if octets is None:
            continue  # told by whoever needs it
        if len(octets) > width * HASH_BYTES:
            problems.append(
                TreeProblem(
                    Outcome.ALTERED, f"{folder.name}: bytes after the end of tile {place[0]}/{place[1]}"
                )
            )
        yield place, [octets[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]


def archived_lines(folder: Path, head: TreeHead) -> Iterator[tuple[int, bytes]]:
    """Every line of a fork that is there, with its index; what does not hold `read_archive` tells."""
    return _lines(folder / f"fork-{head.fork}", head, [], set())


def _lines(
    folder: Path, head: TreeHead, problems: list[TreeProblem], absent: set[int]
) -> Iterator[tuple[int, bytes]]:
    for index in range(-(-head.size // WIDTH)):
        width = min(WIDTH, head.size - index * WIDTH)
        octets, name = _read(folder / tile_path("entries", index, width)), f"{folder.name}: entries {index}"
        if octets is None and index * WIDTH < head.checkpoint.kept:
            continue  # written before they were dropped, or never
        if octets is None:
            problems.append(TreeProblem(Outcome.INCOMPLETE, f"{name} are missing"))
            absent.update(range(index * WIDTH, index * WIDTH + width))
            continue
        at = 0
        for place in range(width):
            if len(octets) < at + _LENGTH.size:
                if at <= len(octets):
                    told = f"{name}: {count(width - place, 'event')} missing from a file that is there"
                    problems.append(TreeProblem(Outcome.ALTERED, told))
                break
            (length,) = _LENGTH.unpack_from(octets, at)
            line = octets[at + _LENGTH.size : at + _LENGTH.size + length]
            at += _LENGTH.size + length
            yield index * WIDTH + place, line
        if at > len(octets):
            problems.append(TreeProblem(Outcome.INCOMPLETE, f"{name} are cut off"))
        elif at < len(octets):
            problems.append(TreeProblem(Outcome.ALTERED, f"{name}: bytes after the last one"))


def read_line(line: bytes) -> dict[str, str]:
    """The fields of a line, its event's id among them; empty for what is no line."""
    try:
        found: Any = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        found = {}
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def _read(path: Path) -> bytes | None:
    """What a file has, one byte more than any of ours at most; None for what is none, and may never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            return opened.read(_MOST + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    except OSError:
        return None
