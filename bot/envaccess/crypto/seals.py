"""Seals: a MAC over what somebody did, made at the moment they did it.

A seal is text: `kind.key.mac.facts`. The facts are canonical JSON (sorted keys, no blanks, ASCII) and say
workspace and app besides what was done, so that no seal means anything elsewhere. The MAC is HMAC-SHA-256
(RFC 2104, cut to 128 bits) over label, kind, key id and facts, under a random key that lies in the store,
itself sealed by the master keys.
"""

import hmac
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from envaccess.crypto.identified_key import IdentifiedKey
from envaccess.domain.errors import SealBrokenError, SealKeyUnknownError

_MAC_DIGITS: Final = 32
_LABEL: Final = b"envaccess seal 1\x00"
_DERIVED_LABEL: Final = b"envaccess derived key 1\x00"
_SHAPE: Final = re.compile(r"([a-z]{1,20})\.([0-9a-f]{16})\.([0-9a-f]{32})\.(\{[\x20-\x7e]*\})", re.ASCII)
_write: Final = json.JSONEncoder(
    separators=(",", ":"), sort_keys=True, ensure_ascii=True, allow_nan=False
).encode


class SealKey(IdentifiedKey):
    """A key that seals."""

    __slots__ = ()
    _ID_LABEL = b"envaccess seal key id 1\x00"

    @classmethod
    def _wrong_length(cls) -> SealBrokenError:
        return SealBrokenError("A seal key has 32 bytes")

    def mac(self, kind: str, facts: str) -> str:
        """32 hexadecimal digits over kind, key id and facts."""
        text = f"{kind}.{self.id}.{facts}".encode()
        return hmac.digest(self._secret, _LABEL + text, "sha256").hex()[:_MAC_DIGITS]

    def derived(self, use: bytes) -> bytes:
        """32 secret bytes for another use, which give the key away to nobody (HKDF-Expand, RFC 5869, 2.3)."""
        return hmac.digest(self._secret, _DERIVED_LABEL + use + b"\x01", "sha256")


class Seals:
    """Mints and opens the seals of one app in one workspace.

    Args:
        workspace: the team id.
        app: the bot's user id; None for who does not know it: they open seals of any app, and mint none.
        current: the key that seals.
        others: keys that still open.
    """

    __slots__ = ("_app", "_current", "_keys", "_workspace")

    def __init__(
        self,
        workspace: str,
        app: str | None,
        current: SealKey,
        others: Mapping[str, SealKey] = MappingProxyType({}),
    ) -> None:
        self._workspace, self._app = workspace, app
        self._current = current
        self._keys = {**others, current.id: current}

    def mint(self, kind: str, facts: Mapping[str, Any]) -> str:
        """Seal these facts: text, numbers, flags, lists and objects of them."""
        if self._app is None:
            raise SealBrokenError("who does not know the app seals nothing")
        text = _write({**facts, "workspace": self._workspace, "app": self._app})
        return f"{kind}.{self._current.id}.{self._current.mac(kind, text)}.{text}"

    def open(self, kind: str, seal: str) -> dict[str, Any]:
        """The facts of a seal of this kind.

        Raises:
            SealKeyUnknownError: its key is not here.
            SealBrokenError: it is none of ours, of another kind, or was changed.
        """
        found = _SHAPE.fullmatch(seal)
        if not found or found[1] != kind:
            raise SealBrokenError("not a seal of that kind")
        key = self._keys.get(found[2])
        if key is None:
            raise SealKeyUnknownError("sealed with a key that is not here")
        if not hmac.compare_digest(key.mac(kind, found[4]), found[3]):
            raise SealBrokenError("the seal does not match")
        facts: dict[str, Any] = json.loads(found[4])
        workspace, app = facts.pop("workspace", None), facts.pop("app", None)
        if workspace != self._workspace or app != (app if self._app is None else self._app):
            raise SealBrokenError("a seal of another workspace or app")
        return facts

    def learn(self, keys: Mapping[str, SealKey]) -> bool:
        """Open by these, too; whether one of them was not here. What seals stays, where it is one of them."""
        new = keys.keys() - self._keys.keys()
        self._keys.update({name: keys[name] for name in new})
        if keys and self._current.id not in keys:
            self._current = keys[max(keys)]
        return bool(new)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._current.id

    @property
    def known(self) -> tuple[str, ...]:
        """The ids of all keys that open; the one that seals first."""
        return tuple(dict.fromkeys((self.current, *sorted(self._keys))))

    def derived(self, use: bytes, key: str) -> bytes | None:
        """32 secret bytes for another use, from the key of this id; None where that is not here."""
        found = self._keys.get(key)
        return found.derived(use) if found else None

    def __repr__(self) -> str:
        return f"Seals(workspace={self._workspace}, app={self._app}, key={self._current.id})"
