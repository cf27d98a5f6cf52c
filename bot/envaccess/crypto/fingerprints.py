"""Marks of values: they tell whether two readings of a variable gave the same value, and nothing else.

A mark is HMAC-SHA-256 (RFC 2104, cut to 64 bits) over variable and value, under a random key that lies in the
store, itself sealed by the master keys. Who reads a mark and has no key can try no value against it. The
variable is in it, so that the same value under two names has two marks.
"""

import hmac
import struct
from typing import Final

from envaccess.crypto.identified_key import IdentifiedKey
from envaccess.domain.errors import SealError

_MARK_DIGITS: Final = 16
_LABEL: Final = b"envaccess value mark 1\x00"


class Fingerprints(IdentifiedKey):
    """Makes marks."""

    __slots__ = ()
    _ID_LABEL = b"envaccess value mark key id 1\x00"

    @classmethod
    def _wrong_length(cls) -> SealError:
        return SealError("A key that marks values has 32 bytes")

    def mark(self, variable: str, text: str) -> str:
        """16 hexadecimal digits: the same for the same value of the same variable, by its canonical name."""
        name = variable.encode()
        said = _LABEL + struct.pack(">Q", len(name)) + name + text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, said, "sha256").hex()[:_MARK_DIGITS]
