"""Variables of which every request is agreed to, so that a rule could: "12 of 12 approved: make it a rule?".

Only what people decided at leisure counts for it: a fast approval says nothing; an approval of less, a denial
and a timeout say no. So nobody gets a rule suggested by approving each other's requests in a second.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

VARIABLES_MOST: Final = 5_000
"""Variables that are looked at, at once."""
PEOPLE_MOST: Final = 50
"""People that are remembered of each."""
LEAST: Final = 12
"""Approvals, without anything else, from which on a rule is suggested."""
ASKED_LEAST: Final = 3
"""Requests of one person that make them one of those whom the rule is for."""
SHOWN_MOST: Final = 10
"""People whom one rule is suggested for."""
_WEEK: Final = 7 * 24 * 3_600 * 1_000


@dataclass(frozen=True, slots=True)
class RuleSuggestion:
    """A variable that a rule could approve.

    Attributes:
        variable: its canonical name.
        approved: how many requests were approved, which is all that were decided.
        askers: whom the rule would be for: Slack user ids.
        approvers: who approved.
        seconds: the longest that was approved.
        times: how often one of them asked in seven days, at most.
    """

    variable: str
    approved: int
    askers: tuple[str, ...]
    approvers: tuple[str, ...]
    seconds: int
    times: int


@dataclass(slots=True)
class _Seen:
    approved: int = 0
    refused: int = 0
    seconds: int = 0
    askers: Counter[str] = field(default_factory=Counter)
    by_week: Counter[tuple[str, int]] = field(default_factory=Counter)
    approvers: Counter[str] = field(default_factory=Counter)


class RuleSuggestionSums:
    """Counts what came of requests, by variable.

    Attributes:
        full: whether there were more variables than are looked at.
    """

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self.full = False

    def approved(self, variables: Sequence[str], asker: str, by: str, seconds: int, at: int) -> None:
        """A request of a person was approved by people who took their time.

        Whoever has no user id of Slack's asked for nothing: `anyone`, in an event that somebody forged, would
        be everybody in a rule.
        """
        for name in variables if _is_user(asker) else ():
            seen = self._of(name)
            if seen is None:
                continue
            seen.approved += 1
            seen.seconds = max(seen.seconds, seconds)
            for counter, one in ((seen.askers, asker), (seen.approvers, by)):
                if one in counter or len(counter) < PEOPLE_MOST:
                    counter[one] += 1
            if asker in seen.askers:
                seen.by_week[asker, at // _WEEK] += 1

    def refused(self, variables: Sequence[str]) -> None:
        """A request was not approved, or less of it was."""
        for name in variables:
            seen = self._of(name)
            if seen:
                seen.refused += 1

    def suggestions(
        self, suspects: AbstractSet[str], pairs: Collection[frozenset[str]]
    ) -> list[RuleSuggestion]:
        """What could be a rule, the most approvals first.

        Args:
            suspects: people of whom an alert is open: nothing is suggested for them.
            pairs: people who approve each other: their approvals of each other count for nothing.
        """
        found = (self._suggestion(name, seen, suspects) for name, seen in self._seen.items())
        good = [one for one in found if one and not _is_of_pair(one, pairs)]
        return sorted(good, key=lambda one: (-one.approved, one.variable))

    def _suggestion(self, name: str, seen: _Seen, suspects: AbstractSet[str]) -> RuleSuggestion | None:
        askers = [who for who, count in seen.askers.most_common() if count >= ASKED_LEAST]
        if seen.refused or seen.approved < LEAST or not askers or not suspects.isdisjoint(seen.askers):
            return None
        askers = askers[:SHOWN_MOST]
        times = max(seen.by_week[who, week] for who, week in seen.by_week if who in askers)
        approvers = tuple(who for who, _ in seen.approvers.most_common())
        return RuleSuggestion(name, seen.approved, tuple(askers), approvers, seen.seconds, times)

    def _of(self, name: str) -> _Seen | None:
        if name not in self._seen:
            if len(self._seen) >= VARIABLES_MOST:
                self.full = True
                return None
            self._seen[name] = _Seen()
        return self._seen[name]


def _is_of_pair(one: RuleSuggestion, pairs: Collection[frozenset[str]]) -> bool:
    return any(frozenset({asker, by}) in pairs for asker in one.askers for by in one.approvers)


def _is_user(name: str) -> bool:
    """Whether this is a Slack user id: a `U` or `W`, letters and at least one digit."""
    plain = name.isascii() and name.isalnum() and name.isupper()
    return plain and name[:1] in {"U", "W"} and any(map(str.isdigit, name))
