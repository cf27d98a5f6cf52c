"""One ruling on one request: pure, frozen, and pinned into the request that it allowed.

Every variable is ruled by the first rule that matches it. Where several variables have different rules, all
of them hold: the chains follow each other, the shortest time counts, what one of them forbids is forbidden.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from envaccess.domain.duration import Duration
from envaccess.domain.policy.book import BUILT_IN, Policy
from envaccess.domain.policy.principal_set import EVERYBODY, PrincipalSet
from envaccess.domain.policy.rules import (
    HOUR,
    MAX_SECONDS,
    PENDING_SECONDS,
    Automatic,
    DeliveryMode,
    EmergencyRule,
    Rule,
    Starts,
    Step,
)
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable

Belongs = Callable[[PrincipalSet], bool]
"""Whether the requester is in a principal set, as Slack said at most ten seconds ago."""

USUAL = Duration(0)
"""Asked for instead of a length of time: whatever the policy says is usual."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked of a policy.

    Attributes:
        at: milliseconds since the epoch.
        begins: when the grant shall begin, where that is later; 0: as soon as it may.
        more: seconds that are left of the grant which this would extend.
    """

    variables: tuple[Variable, ...]
    duration: Duration
    reason: str
    at: int
    emergency: bool = False
    more: int = 0
    begins: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted in the same step in which a request is filed, by rule and person; 0: not limited."""

    rule: str
    open_max: int = 0
    cool_down: int = 0
    automatic: int = 0
    per: int = 0

    def __bool__(self) -> bool:
        return any((self.open_max, self.cool_down, self.automatic))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the policy said when the request was made.

    Attributes:
        channel: where it is decided.
        steps: its chain, in order; in an emergency, those who are told instead of asked.
        policy: the policy's digest.
        rules: the names of the rules that ruled.
        requesters: principal sets, in all of which the requester must be, also at the reveal.
        automatic: nobody need agree, unless a limit says so when it is filed.
        emergency: how it is reviewed; None where it is none.
        tap: each release to a terminal waits for its person's press in Slack.
    """

    channel: str
    steps: tuple[Step, ...]
    policy: str = BUILT_IN
    rules: tuple[str, ...] = ()
    requesters: tuple[PrincipalSet, ...] = (EVERYBODY,)
    max_seconds: int = MAX_SECONDS
    default_seconds: int = HOUR
    pending_seconds: int = PENDING_SECONDS
    limits: tuple[Limit, ...] = ()
    automatic: bool = False
    single_use: bool = False
    delivery: tuple[DeliveryMode, ...] = (DeliveryMode.REVEAL, DeliveryMode.CLI)
    starts: Starts = Starts.APPROVAL
    use_within: int = 0
    emergency: EmergencyRule | None = None
    tap: bool = False

    def duration_for(self, asked: Duration) -> Duration:
        """How long the grant lasts that would come of what was asked."""
        seconds = min(asked.seconds or self.default_seconds, self.max_seconds)
        if self.emergency:
            seconds = min(self.emergency.seconds, self.max_seconds)
        return Duration(seconds, once=asked.once or self.single_use)


def sets(policy: Policy, variables: Iterable[Variable]) -> tuple[PrincipalSet, ...]:
    """The principal sets of which `rule_request` may want to know whether the requester is in them."""
    found: dict[PrincipalSet, None] = {}
    for variable in variables:
        rule = policy.rule_for(variable)
        if rule is None:
            continue
        asked = [rule.requesters, *(more.who for more in (rule.automatic, rule.emergency) if more)]
        found |= dict.fromkeys(_named(who, policy, (variable,)) for who in asked)
    return tuple(found)


def chain_for(policy: Policy, variables: Iterable[Variable]) -> tuple[Step, ...]:
    """The steps that a request for these would have to pass, whoever asks; none where it would be refused."""
    chains = []
    for variable in variables:
        rule = policy.rule_for(variable)
        if rule is None:
            return ()
        chains.append(tuple(_step(step, policy, (variable,)) for step in rule.steps))
    return _one_chain(chains)


def _one_chain(chains: Iterable[tuple[Step, ...]]) -> tuple[Step, ...]:
    """Chains one after the other; what stands in several is passed once, but as often as it stands in one."""
    steps: list[Step] = []
    for chain in chains:
        left = Counter(steps)
        for step in chain:
            if left[step]:
                left[step] -= 1
            else:
                steps.append(step)
    return tuple(steps)


def rule_request(policy: Policy, asking: Asking, belongs: Belongs) -> Ruling | Refusal:
    """Rule on a request before anybody is asked.

    Args:
        policy: the policy that holds now.
        asking: what is asked for.
        belongs: whether the requester is in one of `sets`; nothing else is asked of it.
    """
    rulings = []
    for variable in asking.variables:
        ruling = _rule_one(policy, replace(asking, variables=(variable,)), belongs)
        if isinstance(ruling, Refusal):
            return replace(ruling, names=ruling.names or (str(variable),))
        rulings.append(ruling)
    return _why_not_together(rulings, asking) or _merge(rulings)


def _rule_one(policy: Policy, asking: Asking, belongs: Belongs) -> Ruling | Refusal:
    rule = policy.rule_for(asking.variables[0])
    if rule is None:
        return Refusal(Reason.NO_RULE)
    requesters = _named(rule.requesters, policy, asking.variables)
    if not belongs(requesters):
        return Refusal(Reason.NOT_REQUESTER)
    if asking.emergency and not _may_in_emergency(policy, rule, asking, belongs):
        return Refusal(Reason.NO_EMERGENCY)
    refusal = _why_not(rule, asking)
    if refusal:
        return refusal
    return _allow(policy, rule, asking, belongs, requesters)


def _may_in_emergency(policy: Policy, rule: Rule, asking: Asking, belongs: Belongs) -> bool:
    return rule.emergency is not None and belongs(_named(rule.emergency.who, policy, asking.variables))


def _why_not(rule: Rule, asking: Asking) -> Refusal | None:
    """What the request itself lacks; an emergency is not held to hours, for it is not planned."""
    # A single reveal waits as long as it may, and an emergency lasts as long as its rule says.
    fixed = asking.emergency or asking.duration.once
    seconds = 0 if fixed else asking.duration.seconds or rule.default_seconds
    if seconds + asking.more > rule.max_seconds:
        counted = "together with what is left of it" if asking.more else ""
        return Refusal(Reason.TOO_LONG, limit=rule.max_seconds, hint=counted)
    if len(asking.reason) < rule.reason.least:
        return Refusal(Reason.REASON_SHORT, limit=rule.reason.least)
    if rule.reason.pattern and not rule.reason.pattern.search(asking.reason):
        return Refusal(Reason.REASON_PATTERN, hint=rule.reason.hint)
    if rule.hours and not asking.emergency and not rule.hours.holds(asking.at):
        return Refusal(Reason.OUT_OF_HOURS, hint=str(rule.hours))
    return None


def _allow(policy: Policy, rule: Rule, asking: Asking, belongs: Belongs, requesters: PrincipalSet) -> Ruling:
    automatic = rule.automatic if not asking.emergency else None
    if automatic and why_not_automatic(automatic, rule, asking, belongs, policy):
        automatic = None
    emergency = rule.emergency if asking.emergency else None
    limit = Limit(
        rule.name,
        open_max=0 if emergency else rule.open_max,
        cool_down=0 if emergency else rule.cool_down,
        automatic=automatic.times if automatic else 0,
        per=automatic.per if automatic else 0,
    )
    return Ruling(
        channel=policy.channel,
        steps=tuple(_step(step, policy, asking.variables) for step in rule.steps),
        policy=policy.digest,
        rules=(rule.name,),
        requesters=(requesters,),
        max_seconds=rule.max_seconds,
        default_seconds=rule.default_seconds,
        pending_seconds=rule.pending_seconds,
        limits=(limit,) if limit else (),
        automatic=automatic is not None,
        single_use=rule.single_use,
        delivery=rule.delivery,
        starts=Starts.APPROVAL if emergency else rule.starts,
        use_within=rule.use_within,
        emergency=emergency and replace(emergency, review=_named(emergency.review, policy, asking.variables)),
        tap=rule.tap,
    )


def why_not_automatic(
    automatic: Automatic, rule: Rule, asking: Asking, belongs: Belongs, policy: Policy
) -> str:
    """Why somebody must agree after all, in a few words; empty when nobody need."""
    seconds = asking.duration.seconds or rule.default_seconds
    if asking.more:
        return "it extends access"
    if seconds > automatic.seconds:
        return "it is longer than what is approved automatically"
    moments = (asking.at, max(asking.at, asking.begins))
    if automatic.hours and not all(map(automatic.hours.holds, moments)):
        return f"it is outside {automatic.hours}"
    if not belongs(_named(automatic.who, policy, asking.variables)):
        return "the requester is not among those whose requests are approved automatically"
    return ""


def _named(who: PrincipalSet, policy: Policy, variables: Iterable[Variable]) -> PrincipalSet:
    """The principal set with the owners of one variable put in."""
    if not who.owners:
        return who
    owners = PrincipalSet()
    for variable in variables:
        owners |= policy.owners_of(variable)
    return who.with_owners(owners)


def _step(step: Step, policy: Policy, variables: Iterable[Variable]) -> Step:
    return replace(
        step,
        approvers=_named(step.approvers, policy, variables),
        escalate=_named(step.escalate, policy, variables),
    )


def _why_not_together(rulings: Sequence[Ruling], asking: Asking) -> Refusal | None:
    """What can be had one by one only: no way of handing over suits all, or no one review would."""
    reviews = {ruling.emergency.review for ruling in rulings if ruling.emergency}
    if _delivery(rulings) and len(reviews) <= 1:
        return None
    return Refusal(Reason.NOT_TOGETHER, names=tuple(map(str, asking.variables)))


def _delivery(rulings: Sequence[Ruling]) -> tuple[DeliveryMode, ...]:
    return tuple(way for way in rulings[0].delivery if all(way in ruling.delivery for ruling in rulings))


def _emergency(rulings: Iterable[Ruling]) -> EmergencyRule | None:
    """The shortest, reviewed by those who review each of them, and reminded of the soonest."""
    found = [ruling.emergency for ruling in rulings if ruling.emergency]
    if not found:
        return None
    seconds, remind = min(one.seconds for one in found), min(one.remind for one in found)
    return replace(found[0], seconds=seconds, remind=remind)


def _merge(rulings: Sequence[Ruling]) -> Ruling:
    """The strictest of several: whoever is let through passes every one of them."""
    first, *others = rulings
    if not others:
        return first
    first_use = all(ruling.starts is Starts.FIRST_USE for ruling in rulings)
    return replace(
        first,
        steps=_one_chain(ruling.steps for ruling in rulings),
        rules=tuple(dict.fromkeys(name for ruling in rulings for name in ruling.rules)),
        requesters=tuple(dict.fromkeys(who for ruling in rulings for who in ruling.requesters)),
        limits=tuple(dict.fromkeys(limit for ruling in rulings for limit in ruling.limits)),
        max_seconds=min(ruling.max_seconds for ruling in rulings),
        default_seconds=min(ruling.default_seconds for ruling in rulings),
        pending_seconds=min(ruling.pending_seconds for ruling in rulings),
        automatic=all(ruling.automatic for ruling in rulings),
        single_use=any(ruling.single_use for ruling in rulings),
        delivery=_delivery(rulings),
        starts=Starts.FIRST_USE if first_use else Starts.APPROVAL,
        use_within=min((ruling.use_within for ruling in rulings if ruling.use_within), default=0),
        emergency=_emergency(rulings),
        tap=any(ruling.tap for ruling in rulings),
    )
