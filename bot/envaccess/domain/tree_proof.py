"""The proof of one event in C2SP's tlog-proof: its line, its place, and the hashes up to a signed head."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from envaccess.domain.checkpoint import Checkpoint, SignedNote, read_checkpoint, read_note
from envaccess.domain.merkle import includes, leaf_hash

_HEAD: Final = re.compile(
    r"c2sp\.org/tlog-proof@v1\nextra ([A-Za-z0-9+/]{1,100000}={0,2})\nindex (0|[1-9]\d{0,18})", re.ASCII
)
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
    found = _HEAD.fullmatch("\n".join(lines[:_HEAD_LINES]))
    note = read_note(lower)
    head = read_checkpoint(note.body) if note else None
    if not found or not note or not head:
        return None
    if len(hashes) > _HASHES_MOST or not all(map(_HASH.fullmatch, hashes)):
        return None
    try:
        line = base64.b64decode(found[1], validate=True)
    except ValueError:
        return None
    return EventProof(line, int(found[2]), tuple(map(base64.b64decode, hashes)), note, head)
