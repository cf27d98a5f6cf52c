"""The server's own key for boxes: what an owner sets is sealed to it, so that no proxy sees it."""

from typing import Final

from envaccess.crypto.boxes import BoxKey, open_box
from envaccess.domain.errors import BoxError
from envaccess.identity.ports import SealingKeys

_USE: Final = b"boxes"


class ServerKey:
    """Derived from the keys that seal: every replica has it, and a new one comes with a new key that seals.

    Args:
        keys: the keys that seal.
    """

    def __init__(self, keys: SealingKeys) -> None:
        self._keys = keys

    @property
    def public(self) -> str:
        """The public half with the id of the key that it is derived from: `KEYID.BASE64URL`."""
        key = self._keys.current
        return f"{key}.{self._box_key(key).public}"

    def open(self, server_key: str, sealed: str, info: bytes) -> bytes:
        """What was sealed to this key of ours, of now or of before.

        Raises:
            BoxError: it is no key of ours any more, or the box does not open.
        """
        return open_box(self._box_key(server_key.partition(".")[0]), sealed, info)

    def open_any(self, sealed: str, info: bytes) -> bytes:
        """The same where the client does not say which: it pinned our key when it signed in.

        Raises:
            BoxError: the box opens with none of them.
        """
        for key in self._keys.known:
            try:
                return self.open(key, sealed, info)
            except BoxError:
                continue
        raise BoxError("A box could not be sealed or opened.")

    def _box_key(self, key: str) -> BoxKey:
        secret = self._keys.derived(_USE, key)
        if secret is None:
            raise BoxError("A box could not be sealed or opened.")
        return BoxKey.from_bytes(secret)
