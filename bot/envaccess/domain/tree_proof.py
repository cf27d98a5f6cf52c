"""The proof of one event in C2SP's tlog-proof: its line, its place, and the hashes up to a signed head."""

import base64
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from envaccess.domain.checkpoint import Checkpoint, SignedNote, read_checkpoint, read_note
from envaccess.domain.merkle import includes, leaf_hash
from envaccess.domain.text import whole_number

_TITLE: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "
_EXTRA_MOST: Final = 100_000
"""Characters of a line in base64; one of ours has at most 60 KB before that."""
_HASH: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_HEAD_LINES: Final = 3
_HASHES_MOST: Final = 63


@dataclass(frozen=True, slots=True)
class EventProof:
    """What a file says of one event; whether it holds is another question.

    Attributes:
        line: the event's line.
        index: its place in the tree.
        path: the hashes from it up to the root.
        note: the signed head.
        head: what that says.
    """

    line: bytes
    index: int
    path: tuple[bytes, ...]
    note: SignedNote
    head: Checkpoint

    @property
    def leads_to_head(self) -> bool:
        """Whether the event is in the tree of the head, at that place, and says so itself."""
        leaf = leaf_hash(self.line)
        if not includes(self.head.root, self.head.size, self.index, leaf, self.path):
            return False
        return self.fields.get("n", str(self.index)) == str(self.index)

    @property
    def fields(self) -> dict[str, str]:
        """What the line says; empty for what is no line of ours."""
        try:
            found: Any = json.loads(self.line.decode())
        except (ValueError, RecursionError):
            return {}
        return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def read_proof(text: str) -> EventProof | None:
    """A proof as `audit prove` prints it; None for what is none."""
    upper, _, lower = text.partition("\n\n")
    lines = upper.split("\n")
    hashes = lines[_HEAD_LINES:]
    told = _read_head(lines[:_HEAD_LINES])
    note = read_note(lower)
    head = read_checkpoint(note.body) if note else None
    if not told or not note or not head:
        return None
    if len(hashes) > _HASHES_MOST or not all(map(_HASH.fullmatch, hashes)):
        return None
    return EventProof(*told, tuple(map(base64.b64decode, hashes)), note, head)


def _read_head(lines: Sequence[str]) -> tuple[bytes, int] | None:
    """The event's line and its place; None for what is none."""
    if len(lines) != _HEAD_LINES or lines[0] != _TITLE or not lines[1].startswith(_EXTRA):
        return None
    extra, place = lines[1].removeprefix(_EXTRA), lines[2].removeprefix(_INDEX)
    index = whole_number(place)
    if not 0 < len(extra) <= _EXTRA_MOST or index is None or lines[2] != f"{_INDEX}{index}":
        return None
    try:
        return base64.b64decode(extra, validate=True), index
    except ValueError:
        return None
