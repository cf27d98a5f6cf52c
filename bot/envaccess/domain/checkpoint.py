"""Checkpoints: what is signed of a tree, in C2SP's tlog-checkpoint, and the signed notes that they come in.

A note is a text that ends with a newline, an empty line, and a line for each signature:
`\u2014 NAME BASE64`, where the base64 holds four bytes that name the key and then the signature.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

KEY_HASH_BYTES: Final = 4
ED25519: Final = b"\x01"
"""The kind of a key, before its 32 bytes in a verifier key."""
COSIGNER: Final = b"\x04"
"""The kind of a witness's key, which signs with a time (C2SP's tlog-cosignature)."""
HASH_BYTES: Final = 32
_SIGNATURE: Final = re.compile("\u2014 ([^ +\n]{1,200}) ([A-Za-z0-9+/]{1,1000}={0,2})")
_CHECKPOINT: Final = re.compile(
    r"([^\n]{1,300})\n(0|[1-9]\d{0,18})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*", re.ASCII
)
_SIZE: Final = re.compile("[0-9]+")
_ROOT: Final = re.compile("[A-Za-z0-9+/]{43}=")
_KEPT: Final = re.compile(r"^kept ([1-9]\d{0,18}) (\d{1,20}-\d{1,20})$", re.MULTILINE | re.ASCII)
"""Our extension line."""
_VERIFIER_KEY: Final = re.compile(r"([^ +\n]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44}={0,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a tree.

    Attributes:
        origin: which log it is of.
        size: how many leaves.
        root: over them.
        kept: the least index whose event is still kept; those below were dropped by their age.
        kept_id: that event's id; empty where nothing was dropped.
    """

    origin: str
    size: int
    root: bytes
    kept: int = 0
    kept_id: str = ""

    @property
    def body(self) -> str:
        """What is signed."""
        more = f"kept {self.kept} {self.kept_id}\n" if self.kept else ""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{more}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature of a note: who signed, the first bytes of their key's hash, and the signature itself."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and who signed it."""

    body: str
    signatures: tuple[NoteSignature, ...]

    @property
    def text(self) -> str:
        """The whole note."""
        lines = (
            f"\u2014 {one.name} {base64.b64encode(one.key_hash + one.signature).decode()}\n"
            for one in self.signatures
        )
        return f"{self.body}\n{''.join(lines)}"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public part of a key that signs notes, under the name that it signs as.

    Attributes:
        name: the log's origin, or a witness's name.
        public: 32 bytes of Ed25519.
        kind: whether it signs heads as their log or as a witness.
    """

    name: str
    public: bytes
    kind: bytes = ED25519

    @property
    def key_hash(self) -> bytes:
        """The four bytes that name it in notes."""
        said = self.name.encode() + b"\n" + self.kind + self.public
        return hashlib.sha256(said).digest()[:KEY_HASH_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{base64.b64encode(self.kind + self.public).decode()}"


def read_verifier_key(text: str, kind: bytes = ED25519) -> VerifierKey | None:
    """The inverse of `str(key)`; None for what is none, is of another kind, or does not fit together."""
    found = _VERIFIER_KEY.fullmatch(text.strip())
    blob = _decode(found[3]) if found else b""
    if not found or len(blob) != 1 + HASH_BYTES or blob[:1] != kind:
        return None
    key = VerifierKey(found[1], blob[1:], kind)
    return key if key.key_hash.hex() == found[2] else None


def read_note(text: str) -> SignedNote | None:
    """A signed note; None for what is none."""
    body, middle, last = text.rpartition("\n\n")
    lines = last.split("\n")
    if not body or not middle or lines.pop() != "" or not lines:
        return None
    found = [_read_signature(line) for line in lines]
    signatures = tuple(one for one in found if one)
    return SignedNote(f"{body}\n", signatures) if len(signatures) == len(lines) else None


def read_checkpoint(body: str) -> Checkpoint | None:
    """The head that a note's text says; None for what is none."""
    found = _CHECKPOINT.fullmatch(body)
    if found is None:
        return None
    kept = _KEPT.search(body)
    dropped = (int(kept[1]), kept[2]) if kept else (0, "")
    return Checkpoint(found[1], int(found[2]), _decode(found[3]), *dropped)


def read_heads(text: str) -> Sequence[SignedNote] | None:
    """The notes of a file of heads, with any text around them; None where one cannot be read."""
    pieces = list(_pieces(text.split("\n")))
    notes = [read_note(piece) for piece in pieces]
    found = [note for note in notes if note]
    return found if found and len(found) == len(notes) else None


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    """What has the form of a signed head: a body, an empty line, and lines of signatures."""
    begin = 0
    """Where the lines after the last empty one begin."""
    body: Sequence[str] = ()
    for at, line in enumerate(lines):
        if not line:
            body, begin = lines[begin:at], at + 1
        elif _is_signature(line) and at + 1 < len(lines) and not _is_signature(lines[at + 1]):
            signatures = lines[begin : at + 1]
            head = _head_in(body) if all(map(_is_signature, signatures)) else ()
            if head:
                yield "\n".join([*head, "", *signatures, ""])
            body, begin = (), at + 1


def _is_signature(line: str) -> bool:
    return line.startswith("\u2014 ")


def _head_in(body: Sequence[str]) -> Sequence[str]:
    """The end of these lines that begins with an origin, a size and a root; empty where none does."""
    for at in range(len(body) - 2):
        if _SIZE.fullmatch(body[at + 1]) and _ROOT.fullmatch(body[at + 2]):
            return body[at:]
    return ()


def _read_signature(line: str) -> NoteSignature | None:
    found = _SIGNATURE.fullmatch(line)
    blob = _decode(found[2]) if found else b""
    if not found or len(blob) <= KEY_HASH_BYTES:
        return None
    return NoteSignature(found[1], blob[:KEY_HASH_BYTES], blob[KEY_HASH_BYTES:])


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
