"""Keys that sign the heads of the audit tree: Ed25519 (RFC 8032), in signed notes as C2SP writes them."""

import os
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from envaccess.domain.checkpoint import NoteSignature, SignedNote, VerifierKey

SEED_BYTES: Final = 32


class LogKey:
    """A key that signs as some log; it never shows its seed.

    Attributes:
        verifier: what others check its signatures with.
    """

    __slots__ = ("_key", "verifier")

    def __init__(self, seed: bytes, name: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> tuple["LogKey", bytes]:
        """A new random key, and its seed to be sealed."""
        seed = os.urandom(SEED_BYTES)
        return cls(seed, name), seed

    def sign(self, body: str) -> SignedNote:
        """A note of this text, which ends with a newline."""
        signature = NoteSignature(self.verifier.name, self.verifier.key_hash, self._key.sign(body.encode()))
        return SignedNote(body, (signature,))

    def __repr__(self) -> str:
        return f"LogKey({self.verifier})"


def is_signed(note: SignedNote, keys: Iterable[VerifierKey]) -> bool:
    """Whether one of these keys has signed the note, and no signature in the name of one of them is wrong."""
    known = {(key.name, key.key_hash): key for key in keys}
    checked = [
        _holds(known[one.name, one.key_hash], note.body, one.signature)
        for one in note.signatures
        if (one.name, one.key_hash) in known
    ]
    return bool(checked) and all(checked)


def _holds(key: VerifierKey, body: str, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, body.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
