"""An auditor who reads only the stream, and knows who was where: does each grant keep to the policies?"""

from collections import Counter
from collections.abc import Sequence

from envaccess.domain.audit import Event
from envaccess.domain.command import Ask
from envaccess.domain.policy.book import Policy
from tests.property.harness import PolicyHarness
from tests.property.ledger import Case, Yes
from tests.property.policy_reading import can_fill, may_skip, rule_of, whole, words_of

SLACK = 2_000
"""Milliseconds by which a moment that the judge reckons may be off: the steps of an example take time."""
ENDS = {
    "request.created": ("pending", ""),
    "request.denied": ("denied", ""),
    "request.cancelled": ("cancelled", ""),
    "request.timed_out": ("timed_out", ""),
    "request.approved": ("approved", "waiting"),
    "emergency.used": ("approved", "waiting"),
}
GRANTS = {
    "grant.activated": "active",
    "grant.expired": "expired",
    "grant.revoked": "revoked",
    "grant.used_up": "used_up",
    "grant.lapsed": "lapsed",
}


class Judge:
    """Reads every event once, while people, groups and policy stand as they did when it was written."""

    def __init__(self, harness: PolicyHarness) -> None:
        self.harness = harness
        self.cases: dict[str, Case] = {}
        self.duties: dict[str, tuple[str, int]] = {}
        self.automatic: list[tuple[str, str, int]] = []
        self.latest: Case | None = None
        self.ways: Counter[str] = Counter()

    def read(self, events: Sequence[Event]) -> None:
        """Judge these events; an `AssertionError` says what law one of them breaks."""
        for event in events:
            self.read_duty(event)
            case = self.cases.get(event.request)
            if case is None:
                assert not event.event.startswith(("request.", "grant.", "emergency."))
            elif event.event != "access.refused":
                self.move(case, event)

    def read_duty(self, event: Event) -> None:
        if event.event == "duty.delegated":
            until = int(event.detail["until"]) + self.harness.moved
            self.duties[event.actor.id] = (event.detail["to"], until)

    def move(self, case: Case, event: Event) -> None:
        """Take the state that the event tells, and rule on it."""
        if event.event in ENDS:
            assert case.state in {"", "pending"}
            assert event.event == "request.created" or case.state == "pending"
            case.state, case.grant = ENDS[event.event]
        case.grant = GRANTS.get(event.event, case.grant)
        if event.event == "grant.reveal_failed" and case.grant == "used_up":
            case.grant = "active"
        assert set(event.variables) <= set(case.names)
        case.names = event.variables
        rule_on = getattr(self, f"on_{event.event.replace('.', '_')}", None)
        if rule_on:
            rule_on(case, event)

    def on_request_created(self, case: Case, event: Event) -> None:
        assert event.actor.id == case.requester
        assert self.harness.is_member(case.requester)
        assert len(case.rules) == len(case.asked)
        self.may_have(case, case.policy)

    def on_request_step_approved(self, case: Case, event: Event) -> None:
        self.hear(case, event)

    def on_request_approved(self, case: Case, event: Event) -> None:
        self.latest = case
        if str(event.actor) == "policy":
            self.on_automatic(case, event)
            return
        self.hear(case, event)
        self.complete(case)
        self.ways["skipped" if case.skipped else "escalated" if case.escalated else "agreed"] += 1
        self.ways["stood in"] += any(yes.by != yes.giver for yes in case.yes)

    def on_request_step_reopened(self, case: Case, event: Event) -> None:
        lost = event.detail["lost"].split(",")
        assert all(any(yes.by == person for yes in case.yes) for person in lost)
        case.yes = [yes for yes in case.yes if yes.by not in lost]
        self.ways["reopened"] += 1

    def on_request_escalated(self, case: Case, event: Event) -> None:
        case.escalated.add(int(event.detail["step"]) - 1)

    def on_request_step_skipped(self, case: Case, event: Event) -> None:
        number = int(event.detail["step"]) - 1
        case.skipped.add(number)
        if case.only_rule:
            rule = case.only_rule[1]
            waited = event.at + self.harness.moved - case.asked_at + SLACK
            assert may_skip(rule, number)
            nobody_left = event.detail["why"].startswith("nobody is left")
            assert nobody_left or waited >= rule.steps[number].timeout * 1_000

    def hear(self, case: Case, event: Event) -> None:
        """Somebody agrees: distinct, in their own right or by a standing duty, then and now."""
        harness, by = self.harness, event.actor.id
        yes = Yes(by, event.detail.get("behalf", by), int(event.detail["step"]) - 1)
        assert case.requester not in {yes.by, yes.giver}
        assert not {yes.by, yes.giver} & case.used_up
        assert harness.is_member(yes.by, yes.giver, case.requester)
        if yes.by != yes.giver:
            taker, until = self.duties[yes.giver]
            assert taker == yes.by
            assert event.at + harness.moved <= until + SLACK
        assert yes.giver in self.awaited(case, yes.step)
        assert yes.giver in self.deciders(harness.rulebook.current, case.names)
        case.yes.append(yes)

    def awaited(self, case: Case, number: int) -> frozenset[str]:
        """Who may decide a step by the pinned rules; where several rule, anybody of any step."""
        if case.only_rule is None:
            return self.deciders(case.policy, case.asked)
        name, rule = case.only_rule
        step = rule.steps[number]
        words = words_of(case.policy, step.approvers, name)
        return self.harness.members_of(whole(case.policy, step, name) if number in case.escalated else words)

    def deciders(self, policy: Policy, names: Sequence[str]) -> frozenset[str]:
        """Whoever may ever decide on one of these."""
        rules = [(name, rule_of(policy, name)) for name in names]
        words = {w for name, rule in rules if rule for step in rule.steps for w in whole(policy, step, name)}
        return self.harness.members_of(words)

    def complete(self, case: Case) -> None:
        """The last approval: all of them are good now, under the pinned policy and under that of now."""
        now = self.harness.rulebook.current
        assert case.yes
        assert self.harness.is_member(*case.used_up)
        assert {yes.giver for yes in case.yes} <= self.deciders(now, case.names)
        self.may_have(case, case.policy)
        assert self.fills(case, case.policy, skips=True)
        if now is not case.policy:
            self.ways["under another policy"] += 1
            self.may_have(case, now)
            assert self.fills(case, now, skips=False) or self.same_chains(case, now)

    def same_chains(self, case: Case, now: Policy) -> bool:
        return all(self.chain(now, name) == self.chain(case.policy, name) for name in case.asked)

    def chain(self, policy: Policy, name: str) -> list[tuple[frozenset[str], int]] | None:
        rule = rule_of(policy, name)
        return [(whole(policy, step, name), step.approvals) for step in rule.steps] if rule else None

    def may_have(self, case: Case, policy: Policy) -> None:
        """What a policy says about the asking alone."""
        target = self.cases.get(case.extends)
        for name in case.names:
            rule = rule_of(policy, name)
            assert rule
            assert self.harness.holds(rule.requesters, case.requester)
            assert not rule.reason.pattern or rule.reason.pattern.search(case.reason)
            if not case.emergency:
                left = max(0, target.ends - self.now()) if target and target.grant == "active" else 0
                assert case.seconds * 1_000 + left <= rule.max_seconds * 1_000 + SLACK

    def longest(self, ask: Ask, policy: Policy) -> int:
        """Seconds that may come of it: a single reveal waits no longer than any access may last."""
        rules = [rule_of(policy, str(variable)) for variable in ask.variables]
        most = min(rule.max_seconds for rule in rules if rule)
        return min(ask.duration.seconds, most) if ask.duration.once else ask.duration.seconds

    def now(self) -> int:
        """This moment on the clock that moves."""
        return self.harness.context.clock.now() + self.harness.moved

    def fills(self, case: Case, policy: Policy, *, skips: bool) -> bool:
        """Whether the approvals, each once, fill every rule's chain but for what time passed over."""
        givers = [yes.giver for yes in case.yes]
        return all(
            can_fill(self.places(case, policy, name, skips=skips), givers)
            for name in (case.asked if skips else case.names)
        )

    def places(self, case: Case, policy: Policy, name: str, *, skips: bool) -> list[frozenset[str]]:
        rule = rule_of(policy, name)
        assert rule
        only = case.only_rule is not None
        return [
            self.harness.members_of(whole(policy, step, name))
            for number, step in enumerate(rule.steps)
            if not (
                skips and case.skipped and may_skip(rule, number) and (not only or number in case.skipped)
            )
            for _ in range(step.approvals)
        ]

    def on_automatic(self, case: Case, event: Event) -> None:
        """Nobody agreed: each rule says that nobody need, and how often."""
        assert not case.extends
        at = event.at + self.harness.moved
        for _, rule in {rule.name: (name, rule) for name, rule in case.rules}.values():
            automatic = rule.automatic
            assert automatic
            assert self.harness.holds(automatic.who, case.requester)
            assert case.seconds <= automatic.seconds
            mine = (case.requester, rule.name)
            had = [was for *who, was in self.automatic if tuple(who) == mine]
            recent = [was for was in had if was > at - automatic.per * 1_000 + SLACK]
            assert not automatic.times or len(recent) < automatic.times
            self.automatic.append((*mine, at))
        self.ways["automatic"] += 1

    def on_emergency_used(self, case: Case, event: Event) -> None:
        assert case.emergency
        assert event.actor.id == case.requester
        allowed = []
        for _, rule in case.rules:
            assert rule.emergency
            assert self.harness.holds(rule.emergency.who, case.requester)
            allowed.append(rule.emergency.seconds)
        case.seconds, case.review = min(allowed), "open"
        self.ways["emergency"] += 1

    def on_emergency_reviewed(self, case: Case, event: Event) -> None:
        who = event.actor.id
        assert case.review == "open"
        assert who != case.requester
        assert self.harness.is_member(who)
        words = set(self.harness.rulebook.current.security.words)
        for _, rule in case.rules:
            words |= set(rule.emergency.review.words) if rule.emergency else set()
        assert who in self.harness.members_of(words)
        case.review = "closed"
        self.ways["reviewed"] += 1

    def on_grant_activated(self, case: Case, event: Event) -> None:
        """It lasts no longer than was asked and agreed, and begins no sooner."""
        assert case.state == "approved"
        ends = int(event.detail["expires_at"])
        assert ends - event.at <= case.seconds * 1_000 + SLACK
        assert event.at + self.harness.moved >= case.starts_at - SLACK
        case.ends = ends + self.harness.moved

    def on_grant_extended(self, case: Case, event: Event) -> None:
        """All of the target's variables were agreed to, and no more time than asked and allowed."""
        more = self.latest
        assert more is not None
        assert more.extends == case.id
        assert more.requester == case.requester
        assert set(case.names) <= set(more.names)
        assert case.grant == "active"
        ends = int(event.detail["expires_at"]) + self.harness.moved
        assert ends <= case.ends + more.seconds * 1_000 + SLACK
        most = min(rule.max_seconds for _, rule in more.rules) * 1_000
        assert ends <= max(case.ends, event.at + self.harness.moved + most) + SLACK
        case.ends, more.grant = ends, ""
        self.ways["extended"] += 1

    def on_grant_revealed(self, case: Case, event: Event) -> None:
        assert event.actor.id == case.requester
        assert self.harness.is_member(case.requester)
        assert case.grant == "active"
        assert event.at + self.harness.moved <= case.ends + SLACK
        for _, rule in case.rules:
            assert self.harness.holds(rule.requesters, case.requester)
        self.ways["revealed"] += 1
