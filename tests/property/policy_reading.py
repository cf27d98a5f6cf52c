"""What a policy says, read a second time: rule by rule, one variable at a time, without any ruling."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import permutations

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import OWNERS, PrincipalSet
from envaccess.domain.policy.rules import Rule, Step, Then


def rule_of(policy: Policy, name: str) -> Rule | None:
    """The first rule that matches a name."""
    return next((rule for rule in policy.rules if any(fnmatchcase(name, glob) for glob in rule.match)), None)


def words_of(policy: Policy, who: PrincipalSet, name: str) -> frozenset[str]:
    """The words of a principal set, the variable's owners among them."""
    owned = next(
        (set(o.who.words) for o in policy.owners if any(fnmatchcase(name, glob) for glob in o.match)), set()
    )
    return frozenset(set(who.words) - {OWNERS} | (owned if OWNERS in who.words else set()))


def whole(policy: Policy, step: Step, name: str) -> frozenset[str]:
    """Words of everybody who may ever decide a step."""
    return words_of(policy, step.approvers, name) | words_of(policy, step.escalate, name)


def can_fill(places: Sequence[frozenset[str]], people: Sequence[str]) -> bool:
    """Whether every place has a person of its own; tried by brute force."""
    return any(
        all(person in place for person, place in zip(chosen, places, strict=True))
        for chosen in permutations(people, len(places))
    )


def may_skip(rule: Rule, number: int) -> bool:
    """Whether time may pass this step over: never the last."""
    return rule.steps[number].then is Then.SKIP and number + 1 < len(rule.steps)
