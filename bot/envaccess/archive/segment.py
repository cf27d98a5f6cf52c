"""How a segment is written: blocks of records, then what it says of itself, then a seal over that.

| bytes | what |
|---|---|
| `envaccess-archive 1` and a line's end | so that nobody takes it for something else |
| blocks | zlib over JSON: a list of `[id, fields, text]`, `BLOCK` of them |
| table | zlib over JSON: `SegmentTable` |
| seal | `ArchiveSeal` |
| the last 12 | lengths of table and seal, four bytes each, and `ENVA` |
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from envaccess.domain.archive import ArchivedRequest, SegmentBlock, SegmentEntry, SegmentTable
from envaccess.domain.errors import ArchiveError, SealBrokenError
from envaccess.domain.seals.archive import ArchiveSeal
from envaccess.domain.seals.statements import SealMaker

MAGIC: Final = b"envaccess-archive 1\n"
BLOCK: Final = 32
"""Requests of a block: so many share words, and one costs as many to be unpacked."""
REQUESTS_MOST: Final = 1_024
"""Requests of a segment."""
TAIL: Final = 65_536
"""Bytes that are read of the end first: they hold the whole table of most segments."""
_FOOTER: Final = struct.Struct(">II4s")
_END: Final = b"ENVA"
_UNPACKED_MOST: Final = 64 * 1024 * 1024
"""Bytes that anything of a segment unpacks to: what says more is none of ours."""
_write: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_segment(
    workspace: str,
    number: int,
    until: str,
    requests: Sequence[ArchivedRequest],
    seals: SealMaker,
    at: int,
    revision: int = 0,
) -> bytes:
    """The bytes of a segment.

    Args:
        workspace: the team's id.
        number: which of the workspace's it is.
        until: up to which event what was over is in it.
        requests: what it holds.
        seals: seals what it says of itself.
        at: our own time, in milliseconds.
        revision: how often requests were taken out of it.
    """
    body, blocks, entries = bytearray(MAGIC), list[SegmentBlock](), list[SegmentEntry]()
    for start in range(0, len(requests), BLOCK):
        page = requests[start : start + BLOCK]
        packed = zlib.compress(_write([[one.id, one.fields, one.text] for one in page]).encode(), 9)
        entries += [_entry(one, len(blocks)) for one in page]
        blocks.append(SegmentBlock(len(body), len(packed), hashlib.sha256(packed).hexdigest()))
        body += packed
    table = zlib.compress(_write(_plain(workspace, number, until, revision, blocks, entries)).encode(), 9)
    seal = ArchiveSeal(number, hashlib.sha256(table).hexdigest(), at).sealed(seals).encode()
    return bytes(body) + table + seal + _FOOTER.pack(len(table), len(seal), _END)


def _entry(one: ArchivedRequest, block: int) -> SegmentEntry:
    fields = one.fields
    return SegmentEntry(
        one.id,
        block,
        one.closed_at,
        fields.get("requester", ""),
        fields.get("behind", ""),
        fields.get("variables", ""),
    )


def _plain(
    workspace: str,
    number: int,
    until: str,
    revision: int,
    blocks: Sequence[SegmentBlock],
    entries: Sequence[SegmentEntry],
) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "number": number,
        "until": until,
        "revision": revision,
        "pieces": [[one.offset, one.length, one.digest] for one in blocks],
        "entries": [[one.id, one.block, one.at, one.requester, one.behind, one.variables] for one in entries],
    }


def table_start(tail: bytes, size: int) -> int:
    """Where the table of a segment begins, from its last bytes; raises `ArchiveError` for what is none."""
    if len(tail) < _FOOTER.size:
        raise ArchiveError("is cut off")
    table, seal, end = _FOOTER.unpack(tail[-_FOOTER.size :])
    start: int = size - _FOOTER.size - seal - table
    if end != _END or start < len(MAGIC):
        raise ArchiveError("is no segment of an archive")
    return start


def read_table(tail: bytes, seals: SealMaker, workspace: str, number: int) -> SegmentTable:
    """What a segment says of itself.

    Args:
        tail: its bytes from `table_start` on.
        seals: opens its seal.
        workspace: whose it must be.
        number: which it must be.

    Raises:
        ArchiveError: it is not ours, or not this one.
    """
    if len(tail) < _FOOTER.size:
        raise ArchiveError("is cut off")
    length, sealed, _ = _FOOTER.unpack(tail[-_FOOTER.size :])
    packed, seal = tail[:length], tail[length : length + sealed]
    try:
        said = ArchiveSeal.opened(seals, seal.decode("ascii"))
    except (SealBrokenError, UnicodeDecodeError):
        raise ArchiveError("has no seal of this workspace's: it was changed, or is another's") from None
    if said.table != hashlib.sha256(packed).hexdigest() or said.number != number:
        raise ArchiveError("is not as it was sealed")
    table = _read_table(packed)
    if (table.workspace, table.number) != (workspace, number):
        raise ArchiveError("is another workspace's")
    return table


def _read_table(packed: bytes) -> SegmentTable:
    try:
        found = json.loads(_unpacked(packed))
        return SegmentTable(
            workspace=found["workspace"],
            number=found["number"],
            until=found["until"],
            revision=found["revision"],
            pieces=[SegmentBlock(*one) for one in found["pieces"]],
            entries=[SegmentEntry(*one) for one in found["entries"]],
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ArchiveError("says what this version does not understand") from None


def read_block(packed: bytes, digest: str) -> Iterator[ArchivedRequest]:
    """The records of a block.

    Raises:
        ArchiveError: it is not as it was sealed.
    """
    if hashlib.sha256(packed).hexdigest() != digest:
        raise ArchiveError("is not as it was sealed")
    try:
        for name, fields, text in json.loads(_unpacked(packed)):
            yield ArchivedRequest(name, fields, text)
    except (ValueError, TypeError, RecursionError):
        raise ArchiveError("says what this version does not understand") from None


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        octets = unpacking.decompress(packed, _UNPACKED_MOST)
    except zlib.error:
        raise ArchiveError("is not as it was sealed") from None
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise ArchiveError("is not as it was sealed")
    return octets
