"""A policy tried on cases: what somebody would be told, beside what the case expects."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from envaccess.domain.duration import format_seconds
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.resolving import resolve_names
from envaccess.domain.policy.ruling import Asking, Belongs, Ruling, rule_request
from envaccess.domain.refusal import Refusal

YES, NO = "true", "false"
_ID = re.compile(r"[SCG][A-Z0-9]{2,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        member: ids of groups and channels, and names of the policy's groups, that the person is in.
        expect: what `outcome` should say, by its fields; lists have their words sorted, with spaces between.
        lines: where each expectation stands.
        sets: the sets that are asked for besides, without their `@`.
    """

    line: int
    name: str
    user: str
    member: tuple[str, ...]
    asking: Asking
    expect: Mapping[str, str]
    lines: Mapping[str, int] = field(default_factory=dict)
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFailure:
    """What a case did not get."""

    line: int
    case: str
    field: str
    expected: str
    got: str


def membership(policy: Policy, user: str, member: Iterable[str]) -> Belongs:
    """Whether somebody is in a principal set, by what is told of them instead of asking Slack.

    Args:
        policy: names of its groups stand for everybody in them.
        user: a person's id.
        member: ids of user groups and channels, and names of groups.
    """
    groups = dict(policy.groups)
    words = {user}
    for word in member:
        words.update(groups[word].words if word in groups else (word,))

    def belongs(who: PrincipalSet) -> bool:
        return who.anyone or not words.isdisjoint(who.words)

    return belongs


def outcome(policy: Policy, asking: Asking, ruled: Ruling | Refusal) -> dict[str, str]:
    """A ruling as the fields that a case may expect, each as text."""
    first = policy.rule_for(asking.variables[0]) if asking.variables else None
    if isinstance(ruled, Refusal):
        return {"allowed": NO, "refused": ruled.reason, "rule": first.name if first else ""}
    asked = () if ruled.emergency else ruled.steps
    return {
        "allowed": YES,
        "refused": "",
        "rule": ", ".join(ruled.rules),
        "automatic": _flag(ruled.automatic),
        "emergency": _flag(ruled.emergency is not None),
        "steps": str(len(asked)),
        "approvals": str(sum(step.approvals for step in asked)),
        "lasts": format_seconds(ruled.duration_for(asking.duration).seconds),
        "max": format_seconds(ruled.max_seconds),
        "default": format_seconds(ruled.default_seconds),
        "pending": format_seconds(ruled.pending_seconds),
        "single_use": _flag(ruled.duration_for(asking.duration).once),
        "delivery": " ".join(sorted(ruled.delivery)),
        "starts": ruled.starts,
        "use_within": format_seconds(ruled.use_within),
        "tap": _flag(ruled.tap),
    }


def try_case(policy: Policy, case: Case) -> tuple[CaseFailure, ...]:
    """Everything in which the policy does not do as the case expects."""
    groups = dict(policy.groups)
    unknown = [word for word in case.member if word not in groups and not _ID.fullmatch(word)]
    if unknown:
        return tuple(
            CaseFailure(case.line, case.name, "member", "an id, or a group of the policy", word)
            for word in unknown
        )
    belongs = membership(policy, case.user, case.member)
    variables = resolve_names(policy, case.asking.variables, case.sets)
    if isinstance(variables, Refusal):
        got = outcome(policy, case.asking, variables)
    else:
        asking = replace(case.asking, variables=variables)
        got = outcome(policy, asking, rule_request(policy, asking, belongs))
    return tuple(
        CaseFailure(
            case.lines.get(name, case.line),
            case.name,
            name,
            expected,
            got.get(name, "") or _instead(name, got),
        )
        for name, expected in case.expect.items()
        if got.get(name, "") != expected
    )


def _instead(name: str, got: Mapping[str, str]) -> str:
    """What to say where there is nothing of the kind."""
    if name != "refused" and got["refused"]:
        return f"refused ({got['refused']})"
    return "allowed" if name == "refused" else "nothing"


def _flag(yes: bool) -> str:
    return YES if yes else NO
