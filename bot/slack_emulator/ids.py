"""Time stamps and ids, minted the way Slack's look."""

import re
import secrets
from collections.abc import Callable

Clock = Callable[[], float]
"""Seconds since the epoch."""

_MICRO = 1_000_000


class Stamps:
    """Message time stamps (`ts`): seconds and microseconds as text, never the same twice, always rising."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> str:
        """The next stamp: the clock's reading, or one microsecond after the last stamp if that is later."""
        self._last = max(int(self._clock() * _MICRO), self._last + 1)
        return f"{self._last // _MICRO}.{self._last % _MICRO:06d}"


class IdMaker:
    """Ids that look like Slack's and can still be told apart by a reader: `U0001ALICE`."""

    def __init__(self) -> None:
        self._count = 0

    def next(self, prefix: str, hint: str = "") -> str:
        """A new id: the prefix, a number, and up to six letters or digits of the hint."""
        self._count += 1
        return f"{prefix}{self._count:04d}{re.sub(r'[^A-Z0-9]', '', hint.upper())[:6]}"


def mint_secret(prefix: str) -> str:
    """A token for this run of the emulator only; it opens nothing else."""
    return f"{prefix}{secrets.token_hex(16)}"
