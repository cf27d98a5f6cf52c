"""The tree of a workspace as it is stored: forks, heads and tiles."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.audit import NO_EVENT
from envaccess.domain.checkpoint import HASH_BYTES, Checkpoint, SignedNote, read_checkpoint, read_note
from envaccess.domain.merkle import EMPTY, Place

_TEXT: Final = 44
"""Letters of a hash in base64."""
_LONGEST: Final = 20
"""No fork's name is as long."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How far one fork of the tree has come.

    Attributes:
        fork: 0 for the first; each later one begins because a head was lost.
        origin: what its heads are called.
        size: how many events are sealed.
        start: the last event before its first.
        last: the last sealed event, `start` where there is none.
        note: the signed head; empty where nothing is sealed.
        stored: as it lies in the store.
    """

    fork: int
    origin: str
    size: int = 0
    start: str = NO_EVENT
    last: str = NO_EVENT
    note: str = ""
    stored: str = ""

    @property
    def signed(self) -> SignedNote | None:
        """The note, where it can be read."""
        return read_note(self.note)

    @property
    def root(self) -> bytes:
        """What the note says; that of an empty tree where it says nothing."""
        return self.checkpoint.root

    @property
    def checkpoint(self) -> Checkpoint:
        """What is signed; the head of an empty tree where nothing is."""
        note = self.signed
        return (read_checkpoint(note.body) if note else None) or Checkpoint(self.origin, 0, EMPTY)

    def written(self) -> str:
        """As it is to be stored."""
        facts = {name: getattr(self, name) for name in ("origin", "size", "start", "last", "note")}
        facts["kept"] = self.checkpoint.kept_id or NO_EVENT  # for the script that drops what is older
        return json.dumps(facts, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Rest:
    """Events that a fork never sealed, because another one began.

    Attributes:
        count: how many.
        digest: SHA-256 over their leaves, one after the other, in hexadecimal.
        last: the last of them; the last sealed event where there is none.
    """

    count: int
    digest: str
    last: str


def origin_of(log: str, fork: int) -> str:
    """What the heads of a fork are called."""
    return f"{log}/{fork}" if fork else log


def log_of(origin: str) -> str:
    """The inverse: the log's name, which its keys sign as."""
    return "/".join(origin.split("/")[:3])


def read_head(fork: int, stored: str) -> TreeHead | None:
    """A head as it was stored; None for what nobody of ours wrote."""
    try:
        facts = json.loads(stored)
        head = TreeHead(
            fork, str(facts["origin"]), int(facts["size"]), str(facts["start"]), str(facts["last"]),
            str(facts["note"]), stored,
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return head if head.size >= 0 else None


def read_heads_of(fields: Mapping[str, str]) -> Sequence[TreeHead]:
    """Every fork, the first first; what cannot be read is left out."""
    found = [
        read_head(int(name.removeprefix("fork:")), text)
        for name, text in fields.items()
        if name.startswith("fork:") and name.removeprefix("fork:").isdecimal() and len(name) < _LONGEST
    ]
    return sorted((head for head in found if head), key=lambda head: head.fork)


def write_tile(hashes: Sequence[bytes]) -> str:
    """A tile as it is stored: its hashes in base64, one after the other."""
    return "".join(base64.b64encode(one).decode() for one in hashes)


def read_tile(text: str) -> list[bytes]:
    """The inverse; empty for what is no tile."""
    try:
        found = [base64.b64decode(text[at : at + _TEXT], validate=True) for at in range(0, len(text), _TEXT)]
    except ValueError:
        return []
    return found if all(len(one) == HASH_BYTES for one in found) else []


def tile_name(place: Place) -> str:
    """`0/5` for the sixth tile of leaves."""
    return f"{place[0]}/{place[1]}"
