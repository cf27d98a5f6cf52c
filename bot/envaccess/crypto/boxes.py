"""Boxes: bytes sealed to one public key, so that what lies between sees nothing (HPKE, RFC 9180, base mode).

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. A box is text: base64url of the encapsulated key of 32
bytes and the ciphertext. What a box is for goes into `info`, so that it opens for nothing else, since
`cryptography` offers no associated data. Nothing in a box says who sealed it.
"""

from functools import cache
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from envaccess.crypto.encoding import from_text, to_text
from envaccess.domain.errors import BoxError

KEY_BYTES: Final = 32
_FAULTS: Final = (InvalidTag, ValueError, TypeError)
_OPAQUE: Final = "A box could not be sealed or opened."


class BoxKey:
    """The private key that boxes are sealed to; it never shows its secret.

    Attributes:
        public: the public half: 32 bytes as base64url.
    """

    __slots__ = ("_key", "public")

    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key
        self.public = to_text(key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, secret: bytes) -> Self:
        """The key of 32 secret bytes.

        Raises:
            BoxError: the secret has another length.
        """
        if len(secret) != KEY_BYTES:
            del secret
            raise BoxError("A key for boxes has 32 bytes.")
        return cls(X25519PrivateKey.from_private_bytes(secret))

    def to_bytes(self) -> bytes:
        """The secret: 32 bytes."""
        return self._key.private_bytes_raw()

    def decrypt(self, sealed: bytes, info: bytes) -> bytes:
        """Open the bytes of a box; raises what `cryptography` raises."""
        return _suite().decrypt(sealed, self._key, info)

    def __repr__(self) -> str:
        return f"BoxKey(public={self.public})"


def is_public_key(text: str) -> bool:
    """Whether a text is the public half of a key that something can be sealed to (RFC 7748, 6.1)."""
    try:
        return bool(X25519PrivateKey.generate().exchange(_public(text)))
    except ValueError:
        return False


def seal_to(public: str, plaintext: bytes, info: bytes) -> str:
    """Seal bytes to a public key.

    Args:
        public: as `BoxKey.public`.
        plaintext: what only the holder of the key shall read; its length shows.
        info: what the box is for, see below.

    Raises:
        BoxError: the key is none.
    """
    try:
        return to_text(_suite().encrypt(plaintext, _public(public), info))
    except _FAULTS:
        del plaintext
    raise BoxError(_OPAQUE) from None


def open_box(key: BoxKey, sealed: str, info: bytes) -> bytes:
    """The bytes in a box that was sealed to this key for this use.

    Raises:
        BoxError: sealed to another key, for another use, cut off or changed.
    """
    try:
        return key.decrypt(from_text(sealed) or b"", info)
    except _FAULTS:
        pass
    raise BoxError(_OPAQUE) from None


def values_info(grant: str, operation: str) -> bytes:
    """What a box of values is for: one grant, one operation id."""
    return _info("values", grant, operation)


def service_info(grant: str, service: str, operation: str) -> bytes:
    """What a box with a service and its value is for: one grant, one service, one operation id."""
    return _info("service", grant, service, operation)


def token_info(login: str) -> bytes:
    """What a box with a token is for: one login."""
    return _info("token", login)


def variable_info(variable: str, operation: str) -> bytes:
    """What a box with a new value is for: one variable with its environment, one operation id."""
    return _info("variable", variable, operation)


def _info(use: str, *parts: str) -> bytes:
    """Uses and ids hold no NUL (they are refused), so that no two have one text."""
    if any("\0" in part for part in parts):
        raise BoxError(_OPAQUE)
    return b"\0".join([f"envaccess/{use}/1".encode(), *(part.encode() for part in parts)])


def _public(text: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(from_text(text) or b"")


@cache
def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
