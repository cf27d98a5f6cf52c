"""The time of day that a test moves: Redis' and ours."""

import time
from dataclasses import dataclass

import pytest

BEGIN = 1_800_000_000_000


@dataclass
class MovedClock:
    """Milliseconds since the epoch, wherever this process asks for the time of day."""

    ms: int = BEGIN

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Let `time` answer with it."""
        patch.setattr(time, "time", lambda: self.ms / 1_000)
        patch.setattr(time, "time_ns", lambda: self.ms * 1_000_000)

    def now(self) -> int:
        """Fits `ports.process.Clock`."""
        return self.ms

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.ms += int(seconds * 1_000)
