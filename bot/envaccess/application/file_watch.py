"""When a file that may have changed is judged: once it has stayed the same for a moment, and not twice."""

from typing import Final

from envaccess.application.ports.process import Clock

LOOK_SECONDS: Final = 5.0
SETTLE_SECONDS: Final = 1.0
"""A file that changed must stay the same that long: somebody may still be writing it."""
AGAIN_SECONDS: Final = 60.0
"""What may not hold yet, for a reason outside of the file, is judged again so often."""


class FileWatch:
    """What one process knows of a file, by digests of its text.

    Attributes:
        judged: what was judged last.
    """

    def __init__(self, judged: str, clock: Clock) -> None:
        self.judged = judged
        self._clock = clock
        self._changed = ""
        self._again = 0

    def wait(self, digest: str) -> float | None:
        """Seconds until the next look at a file that is so now; None: it is judged at once."""
        if digest == self.judged and not (self._again and self._clock.now() >= self._again):
            self._changed = ""
            return LOOK_SECONDS
        if digest not in {self.judged, self._changed}:
            self._changed = digest
            return SETTLE_SECONDS
        return None

    def note(self, digest: str, *, again: bool = False) -> None:
        """It was judged; `again`: it may come out otherwise later."""
        self.judged = digest
        self._again = self._clock.now() + int(AGAIN_SECONDS * 1000) if again else 0
