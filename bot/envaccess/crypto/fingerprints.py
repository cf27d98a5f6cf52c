"""Marks of values: they tell whether two readings of a variable gave the same value, and nothing else.

A mark is HMAC-SHA-256 (RFC 2104, cut to 64 bits) over variable and value, under a random key that lies in the
store, itself sealed by the master keys. Who reads a mark and has no key can try no value against it. The
variable is in it, so that the same value under two names has two marks.
"""

import hashlib
import hmac
import os
import struct
from typing import Final

from envaccess.domain.errors import SealError

KEY_BYTES: Final = 32
_MARK_DIGITS: Final = 16
_LABEL: Final = b"envaccess value mark 1\x00"
_ID_LABEL: Final = b"envaccess value mark key id 1\x00"


class Fingerprints:
    """Makes marks; it never shows its secret.

    Attributes:
        id: 16 hexadecimal digits that name the key, and give nothing away.
    """

    __slots__ = ("_secret", "id")

    def __init__(self, secret: bytes) -> None:
        """Raises `SealError` where that is no key."""
        self._secret = secret
        self.id = hashlib.sha256(_ID_LABEL + secret).hexdigest()[:16]
        if len(secret) != KEY_BYTES:
            del secret
            raise SealError("A key that marks values has 32 bytes")

    @classmethod
    def generate(cls) -> tuple["Fingerprints", bytes]:
        """A new random key, and its secret to be sealed."""
        secret = os.urandom(KEY_BYTES)
        return cls(secret), secret

    def mark(self, variable: str, text: str) -> str:
        """16 hexadecimal digits: the same for the same value of the same variable, by its canonical name."""
        name = variable.encode()
        said = _LABEL + struct.pack(">Q", len(name)) + name + text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, said, "sha256").hex()[:_MARK_DIGITS]

    def __repr__(self) -> str:
        return f"Fingerprints(id={self.id})"
