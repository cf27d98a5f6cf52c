"""Whether distinct people can complete an approval chain: nobody counts twice in one request (law 3)."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Rule, Step, Then


def can_complete(places: Sequence[Collection[str]]) -> bool:
    """Whether every approval can come from another person.

    Args:
        places: for each approval that is needed, everybody who could give it.
    """
    need = len(places)
    # An approval with as many candidates as there are approvals can always be given, so the first few do.
    candidates = [sorted(place)[:need] for place in places]
    holder: dict[str, int] = {}

    def assign(place: int, tried: set[str]) -> bool:
        for person in candidates[place]:
            if person in tried:
                continue
            tried.add(person)
            if person not in holder or assign(holder[person], tried):
                holder[person] = place
                return True
        return False

    return all(assign(place, set()) for place in range(need))


MembersOf = Callable[[PrincipalSet], frozenset[str] | None]
"""Everybody in a principal set; None where that is not known, which counts as enough people."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """Why a chain cannot be passed.

    Attributes:
        step: the step that alone has too few people, counted from 0; None where only the whole has too few.
        requester: whose request could never pass; empty: nobody's could.
        need: approvals that it takes.
        have: people there are for them.
    """

    need: int
    have: int
    step: int | None = None
    requester: str = ""

    @property
    def problem(self) -> str:
        """What is wrong, in a few words."""
        whom = (
            f"a request of {self.requester} could never pass" if self.requester else "no request could pass"
        )
        where = "it" if self.step is None else f"step {self.step + 1}"
        needs = "one person" if self.need == 1 else f"{self.need} distinct people"
        other = "other " if self.requester else ""
        have = f"is one {other}person" if self.have == 1 else f"are {self.have or 'no'} {other}people"
        return f"{whom}: {where} needs {needs}, and there {have} for it"

    @property
    def mend(self) -> str:
        """What to do about it."""
        mend = "name more people, or ask for fewer approvals"
        return f"{mend}, or do not let that person ask" if self.requester else mend


def why_stuck(rule: Rule, members_of: MembersOf) -> Stuck | None:
    """Why a rule's chain cannot be passed, or not by somebody who may ask; None when all is well.

    A step that is skipped when nobody answers holds nobody up. Whom a step escalates to counts with it.
    """
    sets = [(place, step, _people(step, members_of)) for place, step in enumerate(rule.steps)]
    known = [(place, step, people) for place, step, people in sets if people is not None]
    needed = [(place, step.approvals, people) for place, step, people in known if step.then is not Then.SKIP]
    if stuck := _stuck(needed, ""):
        return stuck
    everybody = sum(need for _, need, _ in needed)
    small = {person for _, _, people in needed if len(people) <= everybody for person in people}
    found = (_stuck(needed, person) for person in sorted(small & _may_ask(rule, small, members_of)))
    return next((stuck for stuck in found if stuck), None)


def _people(step: Step, members_of: MembersOf) -> frozenset[str] | None:
    sets = [members_of(step.approvers)]
    if step.then is Then.ESCALATE:
        sets.append(members_of(step.escalate))
    known = [principals for principals in sets if principals is not None]
    return frozenset().union(*known) if len(known) == len(sets) else None


def _may_ask(rule: Rule, among: Iterable[str], members_of: MembersOf) -> frozenset[str]:
    """Those of some people who may ask; where that is not known, all of them.

    Whoever starts a machine's run may be one of them: that is said when it asks, and another run may pass.
    """
    who = rule.requesters.persons
    found = None if who.anyone or (rule.requesters.agents and not who) else members_of(who)
    return frozenset(among) if found is None else found


def _stuck(needed: list[tuple[int, int, frozenset[str]]], requester: str) -> Stuck | None:
    left = [(place, need, people - {requester}) for place, need, people in needed]
    for place, need, people in left:
        if len(people) < need:
            return Stuck(need, len(people), place, requester)
    if can_complete([people for _, need, people in left for _ in range(need)]):
        return None
    together = frozenset().union(*(people for _, _, people in left))
    return Stuck(sum(need for _, need, _ in left), len(together), None, requester)
