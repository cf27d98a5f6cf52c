"""Which events a report takes: stretches of a tree between two signed heads, around the time it is about."""

from collections.abc import Iterator
from dataclasses import dataclass

from envaccess.audit.reports.query import ReportQuery
from envaccess.domain.checkpoint import Checkpoint, SignedNote

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class PopulationSegment:
    """A stretch of one fork, which no event of its time is left out of.

    Attributes:
        place: which fork.
        begin: its first index.
        end: the first index after it: the size of the closing head.
        first: the first index of this time; None where the fork has none of it.
        last: the last one.
        opening: the head that it begins after; None where it begins with the tree, or with what is kept.
        closing: the head that it ends with.
    """

    place: int
    origin: str
    begin: int
    end: int
    first: int | None
    last: int | None
    opening: tuple[SignedNote, Checkpoint] | None
    closing: tuple[SignedNote, Checkpoint]

    def holds(self, index: int) -> bool:
        """Whether an event is in it."""
        return self.begin <= index < self.end


class ForkSpan:
    """Where in one fork a time lies, and which heads are next to it; two heads are remembered, no more."""

    def __init__(self, query: ReportQuery) -> None:
        self._query = query
        self.before = self.after = NOWHERE
        self.first: int | None = None
        self.last: int | None = None
        self.opening: tuple[SignedNote, Checkpoint] | None = None
        self.closing: tuple[SignedNote, Checkpoint] | None = None

    def take(self, index: int, milliseconds: int) -> None:
        """The next event that is sealed."""
        if milliseconds < self._query.start:
            self.before = index
        elif milliseconds < self._query.end:
            self.first = index if self.first is None else self.first
            self.last = index
        elif self.after == NOWHERE:
            self.after = index
        if self.closing and self.closing[1].size <= self.needed:
            self.closing = None

    def take_head(self, note: SignedNote, head: Checkpoint) -> None:
        """A head of this fork, after the event that told it."""
        begin = self.before if self.first is None else self.first
        if head.size <= begin and (self.opening is None or head.size > self.opening[1].size):
            self.opening = note, head
        if head.size > self.needed and (self.closing is None or head.size < self.closing[1].size):
            self.closing = note, head

    @property
    def needed(self) -> int:
        """The last index that the closing head must stand for."""
        if self.last is not None:
            return self.last
        return max(self.before, self.after)


def segments_of(spans: list[tuple[str, int, ForkSpan]]) -> Iterator[PopulationSegment]:
    """The stretches that a report takes: of each fork that has events of its time, else of the one around it.

    Args:
        spans: of each fork its origin, the least index that is kept, and where the time lies in it.
    """
    chosen = [place for place, (_, _, span) in enumerate(spans) if span.first is not None]
    if not chosen:
        around = [place for place, (_, _, span) in enumerate(spans) if span.before != NOWHERE]
        chosen = (
            around[-1:] or [place for place, (_, _, span) in enumerate(spans) if span.after != NOWHERE][:1]
        )
    for place in chosen:
        origin, kept, span = spans[place]
        if span.closing:
            opening = span.opening if span.opening and span.opening[1].size >= kept else None
            begin = opening[1].size if opening else kept
            yield PopulationSegment(
                place, origin, begin, span.closing[1].size, span.first, span.last, opening, span.closing
            )
