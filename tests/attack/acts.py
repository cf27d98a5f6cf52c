"""What people truly did in a life, and what that may give at most; nothing here asks the product."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from envaccess.domain.policy.rules import USE_WITHIN, Starts, Then
from envaccess.domain.policy.ruling import Ruling

LATE = 30_000
"""Milliseconds that clocks may differ, which is how late an end can be."""

Names = frozenset[str]


@dataclass(frozen=True)
class Yes:
    """Somebody's agreement: to which names, for how many seconds, when."""

    names: Names
    seconds: int
    at: int


@dataclass(frozen=True)
class Window:
    """Names that somebody may have within a time, in milliseconds."""

    names: Names
    begins: int
    ends: int


@dataclass
class Asked:
    """One request, and who agreed to it.

    Attributes:
        yes: by whose place was used up: the approver's, or theirs who handed their duty on.
        alone: the policy let it through, or it is an emergency.
        ended: somebody ended it, or denied it, or its one use is gone.
    """

    id: str
    who: str
    names: tuple[str, ...]
    seconds: int
    ruling: Ruling
    at: int
    reason: str
    once: bool = False
    starts_at: int = 0
    extends: str = ""
    yes: dict[str, Yes] = field(default_factory=dict)
    alone: bool = False
    ended: bool = False

    @property
    def left(self) -> tuple[Names, int]:
        """What is asked for still, after whoever agreed to less."""
        names = frozenset(self.names).intersection(*(given.names for given in self.yes.values()))
        return names, min([self.seconds, *(given.seconds for given in self.yes.values())])

    def agree(self, seat: str, at: int, names: Names = frozenset(), seconds: int = 0) -> None:
        """Somebody agreed to what is left of it, or to less."""
        left, held = self.left
        self.yes[seat] = Yes(left & names if names else left, min(held, seconds or held), at)


@dataclass
class Acts:
    """Everything that was asked for in one workspace.

    Attributes:
        seats: who is in which group or channel.
        values: every value that a name ever had.
    """

    seats: dict[str, frozenset[str]]
    asked: dict[str, Asked] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)

    def has_anyway(self, who: str, name: str, at: int) -> bool:
        """Whether somebody has this name at a moment by what nobody ended."""
        return any(
            name in window.names and window.begins - LATE <= at <= window.ends + LATE
            for asked in self.asked.values()
            if asked.who == who and not asked.ended
            for window in self.windows(asked)
        )

    def windows(self, asked: Asked) -> Iterator[Window]:
        """What a request may give: one for each set of people who suffice."""
        if asked.alone:
            yield self._prolonged(
                asked, Window(frozenset(asked.names), *self._span(asked, asked.at, asked.seconds))
            )
            return
        for people in self._enough(asked):
            given = [asked.yes[seat] for seat in people]
            names = frozenset(asked.names).intersection(*(one.names for one in given))
            seconds = min(asked.seconds, *(one.seconds for one in given))
            last = max(one.at for one in given)
            yield self._prolonged(asked, Window(names, *self._span(asked, last, seconds)))

    def _span(self, asked: Asked, last: int, seconds: int) -> tuple[int, int]:
        begins = max(last, asked.starts_at)
        ends = begins + seconds * 1_000
        if asked.ruling.starts is Starts.FIRST_USE:
            ends += (asked.ruling.use_within or USE_WITHIN) * 1_000
        return begins, ends

    def _prolonged(self, asked: Asked, held: Window) -> Window:
        ends = held.ends
        for more in self.asked.values():
            if more.extends == asked.id and (more.alone or self._enough(more)):
                ends += more.left[1] * 1_000
        return Window(held.names, held.begins, ends)

    def _enough(self, asked: Asked) -> Sequence[tuple[str, ...]]:
        """Sets of people, each of whom agreed, that fill the chain; one person fills one place."""
        needed = [
            who
            for number, step in enumerate(asked.ruling.steps)
            for who in [self._who(step.approvers.words + step.escalate.words)] * step.approvals
            if not self._was_skipped(asked, number)
        ]
        people = [seat for seat in asked.yes if seat != asked.who]
        found = {
            tuple(sorted(order))
            for order in permutations(people, len(needed))
            if all(seat in who for seat, who in zip(order, needed, strict=True))
        }
        return sorted(found) if needed else []

    def _was_skipped(self, asked: Asked, number: int) -> bool:
        """Whether a step's time was over when the last of those agreed who did."""
        step = asked.ruling.steps[number]
        last = max((given.at for given in asked.yes.values()), default=0)
        over = asked.at + step.timeout * 1_000
        return step.then is Then.SKIP and number + 1 < len(asked.ruling.steps) and 0 < over <= last + LATE

    def _who(self, words: Sequence[str]) -> frozenset[str]:
        return frozenset().union(*(self.seats.get(word, frozenset({word})) for word in words))
