"""What a metric is: its name, what it counts, and which words its labels may have.

Whoever scrapes sees no person, no variable, no reason and no value. A label has a closed set of words, or
names that an operator's own file declares; whatever else comes is `other`, so that nobody outside makes up a
series.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

OTHER: Final = "other"
"""What stands for every word that a label does not have."""
DECLARED_MOST: Final = 100
"""Names of files that one label tells apart."""
_NAME_LONGEST: Final = 64


class MetricKind(StrEnum):
    """How a metric moves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class LabelWords:
    """What a label may say.

    Attributes:
        known: the closed set.
        declared: whether names come besides, from a file of the operator's: `DECLARED_MOST` of them.
    """

    known: frozenset[str] = frozenset()
    declared: bool = False

    def word(self, given: str) -> str:
        """What is shown for it."""
        if given in self.known:
            return given
        return given if self.declared and _is_plain(given) else OTHER


def words(*known: str) -> LabelWords:
    """A closed set."""
    return LabelWords(frozenset(known))


DECLARED: Final = LabelWords(declared=True)


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One metric.

    Attributes:
        name: with its unit; a counter's ends in `_total`.
        says: one sentence for `# HELP`.
        labels: by name, in the order in which their words are given.
        buckets: upper bounds of a histogram, in seconds.
    """

    name: str
    kind: MetricKind
    says: str
    labels: Mapping[str, LabelWords] = field(default_factory=dict)
    buckets: Sequence[float] = ()

    def words(self, given: Sequence[str]) -> tuple[str, ...]:
        """What is shown for these words, one for each label."""
        return tuple([label.word(word) for label, word in zip(self.labels.values(), given, strict=True)])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a gauge shows at one moment."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


def _is_plain(name: str) -> bool:
    """Whether it looks like a name of a file's: letters, digits, `-`, `_` and `.`."""
    return 0 < len(name) <= _NAME_LONGEST and name.isascii() and name.translate(_MARKS).isalnum()


_MARKS: Final = {ord(mark): "x" for mark in "-_."}
