"""Master keys: 32 bytes that wrap data keys, each named by a digest that gives nothing away."""

import base64
import binascii
import hashlib
from typing import Final, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from envaccess.domain.errors import SealError

KEY_BYTES: Final = 32
ID_BYTES: Final = 8
_TEXT_LENGTH: Final = 44
_ID_LABEL: Final = b"envaccess master key id 1\x00"


class MasterKey:
    """One master key, ready for use; it never shows its secret.

    Args:
        secret: 32 bytes.

    Attributes:
        id: 16 hexadecimal digits that name the key in ciphertexts: the start of a SHA-256 over a
            label and the key.

    Raises:
        SealError: the secret has another length.
    """

    __slots__ = ("_aead", "id")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            del secret
            raise SealError("A master key has 32 bytes.")
        self._aead = AESGCM(secret)
        self.id = hashlib.sha256(_ID_LABEL + secret).digest()[:ID_BYTES].hex()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key as the settings and the key file write it: urlsafe base64, `=` optional.

        Raises:
            SealError: the text is anything else; it is not quoted.
        """
        secret = _decode(text)
        del text
        if secret is None:
            raise SealError("A master key is 32 bytes in urlsafe base64.")
        return cls(secret)

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """Encrypt `data` with AES-256-GCM and append the tag of 16 bytes (RFC 5116)."""
        return self._aead.encrypt(nonce, data, associated)

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """Undo `encrypt`; raises `cryptography.exceptions.InvalidTag` on any difference."""
        return self._aead.decrypt(nonce, data, associated)

    def __repr__(self) -> str:
        return f"MasterKey(id={self.id})"


class Keyring:
    """The master keys in force: the first seals, all open.

    Args:
        keys: at least one key, the first first.

    Attributes:
        first: the key that seals.

    Raises:
        SealError: there is no key.
    """

    __slots__ = ("_by_id", "first")

    def __init__(self, keys: tuple[MasterKey, ...]) -> None:
        if not keys:
            raise SealError("There is no master key.")
        self.first = keys[0]
        self._by_id = {key.id: key for key in keys}

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the first first."""
        return tuple(self._by_id)

    def get(self, key_id: str) -> MasterKey | None:
        """Return the key of that id, or None if it is absent."""
        return self._by_id.get(key_id)

    def __repr__(self) -> str:
        return f"Keyring(ids={self.ids})"


def _decode(text: str) -> bytes | None:
    try:
        secret = base64.b64decode(text.rstrip("=") + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # One key has one text: stray bits in the last letter would be a second one.
    same = base64.urlsafe_b64encode(secret).decode().rstrip("=") == text.rstrip("=")
    return secret if len(secret) == KEY_BYTES and same and len(text) <= _TEXT_LENGTH else None
