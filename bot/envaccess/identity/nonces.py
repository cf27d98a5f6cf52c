"""Nonces that the server gives to clients (RFC 9449, 8): the minute, and a MAC under the key that seals.

Nothing of them is stored, so every replica knows those of all others; and no clock of a client is asked.
"""

import hmac
from collections.abc import Callable
from typing import Final

from envaccess.domain.seals.sessions import NonceSeal
from envaccess.domain.seals.statements import SealMaker, mac_of
from envaccess.domain.session import NONCE_SECONDS

_MINUTE: Final = 60_000
_AHEAD: Final = 1
"""Minutes that another replica's clock may be ahead."""
_DIGITS: Final = 12
_KEPT: Final = 8
"""As many as hold at once, so that it is made once a minute."""


class Nonces:
    """Makes nonces, and knows them.

    Args:
        seals: under the keys that every replica has.
        clock: our own time, in milliseconds since the epoch.
    """

    def __init__(self, seals: SealMaker, clock: Callable[[], int]) -> None:
        self._seals = seals
        self._clock = clock
        self._made: dict[int, str] = {}

    def current(self) -> str:
        """The nonce of this minute."""
        return self._of(self._clock() // _MINUTE)

    def holds(self, nonce: str) -> bool:
        """Whether it was given within the last five minutes."""
        told, _, _ = nonce.partition(".")
        if not (told.isascii() and told.isdigit() and len(told) <= _DIGITS):
            return False
        minute, now = int(told), self._clock() // _MINUTE
        if not now - NONCE_SECONDS * 1_000 // _MINUTE <= minute <= now + _AHEAD:
            return False
        return hmac.compare_digest(nonce.encode(), self._of(minute).encode())

    def _of(self, minute: int) -> str:
        """The nonce of a minute; each call asks for two, so the last few are kept."""
        if minute not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[minute] = f"{minute}.{mac_of(NonceSeal(minute).sealed(self._seals))}"
        return self._made[minute]
