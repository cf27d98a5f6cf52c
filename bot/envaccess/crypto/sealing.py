"""Sealing of values at rest: AES-256-GCM twice, and nobody but the right key in the right place opens.

A sealed value, all numbers of fixed width:

| bytes | what |
|---|---|
| 4 | `EVS1`, the format |
| 8 | the master key's id |
| 12 | nonce of the wrapped data key |
| 48 | the data key of 32 bytes, encrypted under the master key, with its tag |
| 12 | nonce of the value |
| n + 16 | the value of n bytes, encrypted under the data key, with its tag |

Both layers' associated data begin with the layer's own label and the format and key id, then bind
workspace, name and version, each with its length, so that no two places share one text. A copied
ciphertext opens nowhere else. The value's length shows. A data key is used once, so a random nonce
cannot repeat under it; under a master key 2^32 seals are safe (NIST SP 800-38D, 8.3).
"""

import os
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from envaccess.crypto.keys import ID_BYTES, KEY_BYTES, Keyring
from envaccess.domain.errors import SealError

_FORMAT: Final = b"EVS1"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_HEAD: Final = struct.Struct(f">{len(_FORMAT)}s{ID_BYTES}s")
_BODY: Final = struct.Struct(f">{_NONCE_BYTES}s{KEY_BYTES + _TAG_BYTES}s{_NONCE_BYTES}s")
_PREFIX_BYTES: Final = _HEAD.size + _BODY.size
_KEY_LABEL: Final = b"envaccess data key"
_VALUE_LABEL: Final = b"envaccess value"
_FAULTS: Final = (InvalidTag, ValueError, TypeError, AttributeError, OverflowError, struct.error)
_OPAQUE: Final = "A value could not be sealed or opened."


class Sealer:
    """Seals values and opens them again.

    Workspace, name and version say where a value lives; a version is an integer from 0 to 2^64 - 1.
    Every failure, whatever its cause, is the same `SealError`: it is raised when the frames that saw a
    key or a value have ended, so that no traceback holds one.

    Args:
        keyring: the master keys; the first seals, all open.
    """

    __slots__ = ("_keyring",)

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, plaintext: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """Seal a value under a fresh data key for the one place that is named.

        Raises:
            SealError: the place cannot be written down.
        """
        try:
            return self._seal(plaintext, _place(workspace, name, version))
        except _FAULTS:
            del plaintext
        raise SealError(_OPAQUE) from None

    def open(self, blob: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """Return the value that was sealed for this place.

        Raises:
            SealError: cut off, changed, of another format, key or place.
        """
        try:
            return self._open(blob, _place(workspace, name, version))
        except _FAULTS:
            pass
        raise SealError(_OPAQUE) from None

    def reseal(self, blob: bytes, *, workspace: str, name: str, version: int) -> bytes:
        """Seal the same value anew under the first master key, which is how keys are rotated.

        Raises:
            SealError: as `open`.
        """
        plaintext = self.open(blob, workspace=workspace, name=name, version=version)
        return self.seal(plaintext, workspace=workspace, name=name, version=version)

    @staticmethod
    def key_id_of(blob: bytes) -> str:
        """Return the id of the master key that a sealed value names, present or not.

        Raises:
            SealError: the value is cut off or of another format.
        """
        try:
            return _key_id(blob).hex()
        except _FAULTS:
            pass
        raise SealError(_OPAQUE) from None

    def __repr__(self) -> str:
        return f"Sealer({self._keyring!r})"

    def _seal(self, plaintext: bytes, place: bytes) -> bytes:
        master = self._keyring.first
        head = _HEAD.pack(_FORMAT, bytes.fromhex(master.id))
        data_key, key_nonce, nonce = os.urandom(KEY_BYTES), os.urandom(_NONCE_BYTES), os.urandom(_NONCE_BYTES)
        wrapped = master.encrypt(key_nonce, data_key, _bound(_KEY_LABEL, head, place))
        sealed = AESGCM(data_key).encrypt(nonce, plaintext, _bound(_VALUE_LABEL, head, place))
        return head + _BODY.pack(key_nonce, wrapped, nonce) + sealed

    def _open(self, blob: bytes, place: bytes) -> bytes:
        master = self._keyring.get(_key_id(blob).hex())
        if master is None:
            raise ValueError
        head = blob[: _HEAD.size]
        key_nonce, wrapped, nonce = _BODY.unpack_from(blob, _HEAD.size)
        data_key = master.decrypt(key_nonce, wrapped, _bound(_KEY_LABEL, head, place))
        return AESGCM(data_key).decrypt(nonce, blob[_PREFIX_BYTES:], _bound(_VALUE_LABEL, head, place))


def _key_id(blob: bytes) -> bytes:
    """Return the raw key id of a blob whose format and least length are right."""
    found, key_id = _HEAD.unpack_from(blob)
    if found != _FORMAT or len(blob) < _PREFIX_BYTES + _TAG_BYTES:
        raise ValueError
    return bytes(key_id)


def _place(workspace: str, name: str, version: int) -> bytes:
    """Write a place down so that no other place has the same bytes."""
    parts = (workspace.encode(), name.encode(), struct.pack(">Q", version))
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def _bound(label: bytes, head: bytes, place: bytes) -> bytes:
    return struct.pack(">Q", len(label)) + label + head + place
