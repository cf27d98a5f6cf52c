"""Keys of witnesses: they sign a head with a time, as C2SP's tlog-cosignature has it for Ed25519."""

import struct
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from envaccess.domain.checkpoint import COSIGNER, NoteSignature, SignedNote, VerifierKey

_TIME: Final = struct.Struct(">Q")
_LATEST: Final = 2**63 - 1


class WitnessKey:
    """A key that cosigns heads; it never shows its seed.

    Attributes:
        verifier: what others check its cosignatures with.
    """

    __slots__ = ("_key", "verifier")

    def __init__(self, seed: bytes, name: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, self._key.public_key().public_bytes_raw(), COSIGNER)

    def cosign(self, note: SignedNote, seconds: int) -> SignedNote:
        """The note with our signature of this time as its last, in place of one that we made before."""
        ours = self.verifier.name, self.verifier.key_hash
        others = tuple(one for one in note.signatures if (one.name, one.key_hash) != ours)
        blob = _TIME.pack(seconds) + self._key.sign(_message(note.body, seconds))
        return SignedNote(note.body, (*others, NoteSignature(*ours, blob)))

    def __repr__(self) -> str:
        return f"WitnessKey({self.verifier})"


def cosignature_times(note: SignedNote, key: VerifierKey) -> list[int | None]:
    """When a witness signed a note, in seconds since the epoch; None for a signature that does not hold."""
    ours = key.name, key.key_hash
    return [
        _time(key, note.body, one.signature) for one in note.signatures if (one.name, one.key_hash) == ours
    ]


def _message(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()


def _time(key: VerifierKey, body: str, blob: bytes) -> int | None:
    if len(blob) <= _TIME.size:
        return None
    (seconds,) = _TIME.unpack_from(blob)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(blob[_TIME.size :], _message(body, seconds))
    except (InvalidSignature, ValueError):
        return None
    return seconds if 0 < seconds <= _LATEST else None
