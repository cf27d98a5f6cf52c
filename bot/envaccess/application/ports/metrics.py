"""Who counts what happens; by default nobody does."""

from typing import Protocol

from envaccess.domain.metrics import Metric


class Meter(Protocol):
    """Counts and times. It never raises, waits for nothing, and costs some microseconds."""

    def count(self, metric: Metric, *labels: str, by: float = 1.0) -> None:
        """It happened, or so much of it; a word for each of the metric's labels."""
        ...

    def took(self, metric: Metric, seconds: float, *labels: str) -> None:
        """It took so long."""
        ...


class Unmetered:
    """Nobody counts."""

    def count(self, metric: Metric, *labels: str, by: float = 1.0) -> None:
        """Nothing is kept."""

    def took(self, metric: Metric, seconds: float, *labels: str) -> None:
        """Nothing is kept."""


UNMETERED = Unmetered()
