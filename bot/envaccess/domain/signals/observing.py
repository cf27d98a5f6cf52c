"""What filing needs to observe a request: what is remembered of whoever asks, their clock, the thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass

from envaccess.domain.signals.baseline import Baseline
from envaccess.domain.signals.facts import Noticed
from envaccess.domain.signals.observe import ObservedRequest, clock_in, observe
from envaccess.domain.signals.thresholds import USUAL, Thresholds


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the store has of somebody, as it stands there.

    Attributes:
        filed: the baseline; empty for somebody who never asked.
        denied: what was denied them lately.
        mark: changes with each of the two; what is filed for another one is looked at again.
    """

    filed: str = ""
    denied: str = ""
    mark: str = ""


NOTHING = Remembered()


@dataclass(frozen=True, slots=True)
class Observing:
    """Whose request is observed, and how.

    Attributes:
        who: under whom facts are kept (`observe.kept_under`).
        zone: of whoever asks, an IANA name, or empty for UTC; None for a program, which has no odd hour.
        remembered: as it was read a moment ago.
    """

    who: str
    zone: str | None = None
    thresholds: Thresholds = USUAL
    remembered: Remembered = NOTHING

    def look(self, names: Sequence[str], seconds: int, minute: int) -> tuple[Baseline, Noticed]:
        """What is remembered after a request for these in that minute, and what was noticed about it."""
        hour, past = (None, 0) if self.zone is None else clock_in(self.zone, minute)
        known = Baseline.decode(self.remembered.filed, self.remembered.denied)
        return observe(known, ObservedRequest(self.who, minute, hour, names, seconds, past), self.thresholds)
