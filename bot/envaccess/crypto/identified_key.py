"""A secret key of ours with an id that names it in what it made."""

import hashlib
import os
from typing import ClassVar, Final, Self

KEY_BYTES: Final = 32


class IdentifiedKey:
    """32 secret bytes; it never shows them.

    Attributes:
        id: 16 hexadecimal digits that name the key, and give nothing away.
    """

    __slots__ = ("_secret", "id")

    _ID_LABEL: ClassVar[bytes]
    """Each kind's own, so that no two kinds of key that were made of one secret have one id."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = hashlib.sha256(self._ID_LABEL + secret).hexdigest()[:16]
        if len(secret) != KEY_BYTES:
            del secret
            raise self._wrong_length()

    @classmethod
    def generate(cls) -> tuple[Self, bytes]:
        """A new random key, and its secret to be sealed."""
        secret = os.urandom(KEY_BYTES)
        return cls(secret), secret

    @classmethod
    def _wrong_length(cls) -> Exception:
        """What is raised for a secret of another length."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id})"
