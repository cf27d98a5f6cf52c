"""A ruling in plain lines, for whoever looks after the policy: what, by which rule, and why."""

from collections.abc import Callable, Iterable, Iterator

from envaccess.domain.duration import format_seconds
from envaccess.domain.phrase import plain
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import PER_RUN, Rule, Starts, Step, Then
from envaccess.domain.policy.ruling import Asking, Belongs, Limit, Ruling, sets, why_not_automatic
from envaccess.domain.refusal import Refusal
from envaccess.domain.refusal.entry import Place
from envaccess.domain.refusal.words import tell_elsewhere
from envaccess.domain.variable import Variable

People = Callable[[PrincipalSet], str]
"""A principal set in words."""


def explain_refusal(refusal: Refusal) -> Iterator[str]:
    """Why not, on one line."""
    about = f" {', '.join(refusal.names)}:" if refusal.names else ""
    why = plain(tell_elsewhere(refusal, Place.EXPLAIN)) or "it may not be"
    yield f"refused ({refusal.reason}):{about} {why}"


def explain_set(policy: Policy, name: str) -> str:
    """What a set stands for, and where that is written."""
    (found,) = (one for one in policy.variable_sets if one.name == name)
    return f"set: {found}, line {found.line}: {', '.join(map(str, found.variables))}"


def explain_rules(policy: Policy, asking: Asking, belongs: Belongs, people: People) -> Iterator[str]:
    """Which rule rules each variable, by its line, and who may ask."""
    for variable in asking.variables:
        rule = policy.rule_for(variable)
        if rule is None:
            yield f"rule: none matches {variable}"
            continue
        where = f", line {rule.line}" if rule.line else ""
        yield f"rule: {rule.name}{where}, matches {variable}"
        yield from _explain_asking(policy, rule, variable, asking, belongs, people)


def _explain_asking(
    policy: Policy, rule: Rule, variable: Variable, asking: Asking, belongs: Belongs, people: People
) -> Iterator[str]:
    requesters, *_ = sets(policy, (variable,))
    yield f"requesters: {people(requesters)}: {'yes' if belongs(requesters) else 'no'}"
    if rule.hours:
        yield f"hours: {rule.hours}: {'yes' if rule.hours.holds(asking.at) else 'no'}"
    if rule.automatic and not asking.emergency:
        why = why_not_automatic(rule.automatic, rule, asking, belongs, policy)
        yield f"automatic: no, {why}" if why else "automatic: yes, nobody need agree"


def explain_ruling(ruling: Ruling, asking: Asking, people: People) -> Iterator[str]:
    """What was allowed: the time, the chain, the limits."""
    lasts = ruling.duration_for(asking.duration)
    yield (
        "allowed: at once, nobody need agree"
        if ruling.automatic or ruling.emergency
        else "allowed: if they agree"
    )
    longest, usual = format_seconds(ruling.max_seconds), format_seconds(ruling.default_seconds)
    yield f"lasts: {lasts} ({longest} at most, {usual} usual)"
    if ruling.emergency:
        review = people(ruling.emergency.review)
        yield f"review: {review}, reminded after {format_seconds(ruling.emergency.remind)}"
    if not ruling.emergency and not ruling.automatic:
        yield f"pending: {format_seconds(ruling.pending_seconds)}"
    for place, step in enumerate(ruling.steps, 1):
        if ruling.emergency:
            yield f"told: {people(step.approvers)}"
        else:
            yield f"step {place} of {len(ruling.steps)}: {_explain_step(step, people)}"
    yield from _explain_limits(ruling)
    yield f"delivery: {', '.join(ruling.delivery) or 'none is left that all rules allow'}"
    if ruling.tap:
        yield "tap: each release to a terminal waits for their press in Slack"
    if ruling.starts is Starts.FIRST_USE:
        yield "starts: at the first use"
    if ruling.use_within:
        yield f"use within: {format_seconds(ruling.use_within)}"


def _explain_step(step: Step, people: People) -> str:
    approvals = "1 approval" if step.approvals == 1 else f"{step.approvals} approvals"
    told = [f"{approvals} from {people(step.approvers)}"]
    if step.remind:
        told.append(f"reminded after {format_seconds(step.remind)}")
    if step.timeout:
        then = {
            Then.REFUSE: "refused",
            Then.SKIP: "skipped",
            Then.ESCALATE: f"escalated to {people(step.escalate)}",
        }
        told.append(f"{then[step.then]} after {format_seconds(step.timeout)}")
    return ", ".join(told)


def _explain_limits(ruling: Ruling) -> Iterator[str]:
    for limit in ruling.limits:
        parts = [
            f"{limit.open_max} open at once" if limit.open_max else "",
            f"{format_seconds(limit.cool_down)} after an end or a denial" if limit.cool_down else "",
            f"{limit.automatic} automatic ones in {_period(limit)}" if limit.automatic else "",
        ]
        yield f"limits of {limit.rule}: {', '.join(filter(None, parts))}"


def _period(limit: Limit) -> str:
    return "one run" if limit.per == PER_RUN else format_seconds(limit.per)


def listed(words: Iterable[str]) -> str:
    """People or words, with commas; `nobody` where there are none."""
    return ", ".join(words) or "nobody"
