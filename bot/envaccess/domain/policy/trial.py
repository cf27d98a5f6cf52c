"""A policy tried on cases: what somebody would be told, beside what the case expects."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from envaccess.domain.audit import ActorKind
from envaccess.domain.duration import format_seconds
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.claim_values import Claims, claim_text
from envaccess.domain.policy.claims import MatchedMachine, match_claims
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.resolving import resolve_names
from envaccess.domain.policy.ruling import Asking, Belongs, Ruling, rule_request
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal

YES, NO = "true", "false"
_ID = re.compile(r"[SCG][A-Z0-9]{2,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        principal: who asks; where a token's claims say which machine, a machine without a name.
        member: ids of groups and channels, and names of the policy's groups, that the person is in.
        expect: what `outcome` should say, by its fields; lists have their words sorted, with spaces between.
        lines: where each expectation stands.
        sets: the sets that are asked for besides, without their `@`.
        claims: what the token says that asks; None where no token does.
    """

    line: int
    name: str
    principal: Principal
    member: tuple[str, ...]
    asking: Asking
    expect: Mapping[str, str]
    lines: Mapping[str, int] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    claims: Claims | None = None


@dataclass(frozen=True, slots=True)
class CaseFailure:
    """What a case did not get."""

    line: int
    case: str
    field: str
    expected: str
    got: str


def membership(policy: Policy, principal: Principal, member: Iterable[str]) -> Belongs:
    """Whether somebody is in a principal set, by what is told of them instead of asking Slack.

    Args:
        policy: names of its groups stand for everybody in them.
        principal: a person, a machine, or an agent, for whom its person counts where people are named.
        member: ids of user groups and channels, and names of groups, that the person is in.
    """
    groups = dict(policy.groups)
    words = {principal.person}
    for word in member:
        words.update(groups[word].words if word in groups else (word,))

    def has_person(who: PrincipalSet) -> bool:
        return who.anyone or not words.isdisjoint(who.persons.words)

    return standing_of(principal, has_person)


def standing_of(principal: Principal, has_person: Belongs) -> Belongs:
    """Whether a principal is in a set, by whether its person is: programs only where named (law 9)."""

    def belongs(who: PrincipalSet) -> bool:
        if principal.kind is ActorKind.MACHINE:
            return principal.id in who.machines
        if principal.kind is ActorKind.AGENT:
            return who.agents and (not who.persons or has_person(who.persons))
        return has_person(who)

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
    unknown = tuple(_unknown_names(policy, case))
    if unknown:
        return unknown
    got = _got(policy, case)
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


def _unknown_names(policy: Policy, case: Case) -> Iterator[CaseFailure]:
    groups, machines = dict(policy.groups), {machine.name for machine in policy.machines}
    for word in case.member:
        if word not in groups and not _ID.fullmatch(word):
            yield CaseFailure(case.line, case.name, "member", "an id, or a group of the policy", word)
    who = case.principal
    if who.kind is ActorKind.MACHINE and case.claims is None and who.id not in machines:
        yield CaseFailure(case.line, case.name, "machine", "a machine of the policy", who.id)


def unknown_actor(matched: MatchedMachine) -> Refusal | None:
    """What a run is told that needs somebody's approval, where nobody is known who started it (law 9)."""
    if matched.pipeline.restarted:
        return Refusal(Reason.RESTARTED, hint=matched.pipeline.restarted)
    return None if matched.person else Refusal(Reason.ACTOR_UNKNOWN, hint=matched.actor_id)


def needs_approval(ruled: Ruling | Refusal) -> bool:
    """Whether somebody would have to press a button."""
    return isinstance(ruled, Ruling) and not ruled.automatic


def _got(policy: Policy, case: Case) -> dict[str, str]:
    """What the policy says to a case."""
    principal, refused = case.principal, None
    if case.claims is not None:
        matched = match_claims(policy, claim_text(case.claims.get("iss")), case.claims)
        if isinstance(matched, Refusal):
            return outcome(policy, case.asking, matched)
        principal = Principal(ActorKind.MACHINE, matched.machine.name, behalf=matched.person)
        refused = unknown_actor(matched)
    variables = resolve_names(policy, case.asking.variables, case.sets)
    if isinstance(variables, Refusal):
        return outcome(policy, case.asking, variables)
    asking = replace(case.asking, variables=variables)
    ruled = rule_request(policy, asking, membership(policy, principal, case.member))
    if refused and needs_approval(ruled):
        ruled = refused
    machine = {"machine": principal.id} if principal.kind is ActorKind.MACHINE else {}
    return outcome(policy, asking, ruled) | machine


def _instead(name: str, got: Mapping[str, str]) -> str:
    """What to say where there is nothing of the kind."""
    if name != "refused" and got["refused"]:
        return f"refused ({got['refused']})"
    return "allowed" if name == "refused" else "nothing"


def _flag(yes: bool) -> str:
    return YES if yes else NO
