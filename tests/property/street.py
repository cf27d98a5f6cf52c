"""Any people press anything in any order, while people, groups, policies and time move under them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any, ClassVar, TypeVar

from fakeredis import FakeAsyncRedis
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from envaccess.application.grants.reveal import claim_by_name, claim_reveal
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.people.delegate import give_duty, take_duty_back
from envaccess.application.people.leavers import left
from envaccess.application.requests.again import ask_again
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.decide import WHOLE, Narrower, decide
from envaccess.application.requests.extend import extend_grant
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.questions import answer_question, ask_requester
from envaccess.application.requests.stalled import StalledRequests
from envaccess.application.requests.waiting import deny_all, stale_for, waits_for
from envaccess.application.reviews.review import close_review
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.context import APPROVERS
from tests.fakes.delivery import FakeDelivery
from tests.property.harness import PolicyHarness
from tests.property.judge import Judge
from tests.property.ledger import Case
from tests.property.policies import GROUPS, NAMES, PEOPLE, POLICIES, REASONS
from tests.store.harness import OPERATOR, var

T = TypeVar("T")

people = st.sampled_from(PEOPLE)
lengths = st.sampled_from([300, 600, 900, 1_800, 3_600, 7_200])
SETS = (
    ("default/A",),
    ("default/B",),
    ("staging/C",),
    ("default/A", "default/B"),
    ("staging/C", "default/A"),
)
CIRCLES = st.sampled_from([*GROUPS, APPROVERS])
LESS = st.sampled_from([WHOLE, WHOLE, Narrower(seconds=240), Narrower(variables=(var("A"),))])


class Street(RuleBasedStateMachine):
    """Every verb of the services, by anybody, about anything."""

    requests = Bundle("requests")
    claims = Bundle("claims")
    ways: ClassVar[Counter[str]] = Counter()
    """How grants were come by in all examples: what never happened is not tried."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.client = FakeAsyncRedis(decode_responses=True)
        self.harness = PolicyHarness(self.client)
        self.judge = Judge(self.harness)
        self.vanished = StalledRequests(self.harness.context, self.harness.store.outbox)
        self.cursor = "0"

    def wait(self, call: Awaitable[T]) -> T:
        async def run() -> T:
            return await call

        return self.loop.run(run())

    def teardown(self) -> None:
        self.ways.update(self.judge.ways)
        self.wait(self.client.aclose())
        self.loop.close()

    @property
    def op(self) -> str:
        return self.harness.store.op()

    @initialize()
    def stock(self) -> None:
        self.wait(self.harness.stock())

    def listen(self) -> None:
        """Have the judge read what was written since."""
        events = self.wait(self.harness.store.events(self.cursor))
        self.judge.read(events)
        self.cursor = events[-1].id if events else self.cursor

    def enter(self, outcome: Any, who: str, ask: Ask, extends: str = "") -> Any:
        """Tell the judge what was asked, before it reads what came of it."""
        if isinstance(outcome, Refusal) or outcome.repeated:
            self.listen()
            return multiple()
        harness = self.harness
        found = self.wait(harness.store.get(outcome.id))
        self.judge.cases[outcome.id] = Case(
            outcome.id,
            who,
            tuple(map(str, ask.variables)),
            self.judge.longest(ask, harness.rulebook.current),
            ask.reason,
            harness.rulebook.current,
            self.judge.now(),
            emergency=ask.emergency,
            extends=extends,
            starts_at=found.starts_at + harness.moved if found.starts_at else 0,
        )
        self.listen()
        return outcome.id

    @rule(
        target=requests,
        who=people,
        names=st.sampled_from(SETS),
        seconds=lengths,
        once=st.sampled_from([False, False, True]),
        reason=st.sampled_from(REASONS),
        later=st.sampled_from([0, 0, 0, 20]),
    )
    def file(
        self, who: str, names: tuple[str, ...], seconds: int, reason: str, later: int, *, once: bool
    ) -> Any:
        minutes = self.harness.context.clock.now() // 60_000
        start = (minutes + later) % 1_440 if later else None
        ask = Ask(tuple(map(var, names)), Duration(seconds, once=once), reason, start)
        return self.enter(
            self.wait(open_request(self.harness.context, by_person(self.op, who), ask)), who, ask
        )

    @rule(target=requests, who=people, names=st.sampled_from(SETS[:3]), seconds=lengths)
    def file_and_pass(self, who: str, names: tuple[str, ...], seconds: int) -> Any:
        """The way to a grant in one step, so that lives get far."""
        request = self.file(who, names, seconds, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.everybody_approves(request)
        return request

    @rule(target=requests, who=people, name=st.sampled_from(NAMES), reason=st.sampled_from(REASONS))
    def emergency(self, who: str, name: str, reason: str) -> Any:
        ask = Ask((var(name),), Duration(0), reason, emergency=True)
        return self.enter(
            self.wait(open_request(self.harness.context, by_person(self.op, who), ask)), who, ask
        )

    @rule(target=requests, request=requests, who=st.sampled_from(["", "", *PEOPLE]), seconds=lengths)
    def extend(self, request: str, who: str, seconds: int) -> Any:
        actor = who or self.judge.cases[request].requester
        duration = Duration(seconds)
        ask = Ask(tuple(map(var, self.judge.cases[request].names)), duration, REASONS[1])
        outcome = self.wait(
            extend_grant(self.harness.context, by_person(self.op, actor), request, duration, REASONS[1])
        )
        return self.enter(outcome, actor, ask, request)

    @rule(target=requests, request=requests, who=st.sampled_from(["", *PEOPLE]))
    def again(self, request: str, who: str) -> Any:
        actor, case = who or self.judge.cases[request].requester, self.judge.cases[request]
        found = self.wait(self.harness.store.get(request))
        duration = Duration(found.asked_seconds or found.duration.seconds, once=found.duration.once)
        ask = Ask(tuple(map(var, case.asked)), duration, found.reason)
        return self.enter(
            self.wait(ask_again(self.harness.context, by_person(self.op, actor), request)), actor, ask
        )

    @rule(request=requests, who=people, less=LESS)
    def approve(self, request: str, who: str, less: Narrower) -> None:
        case = self.judge.cases[request]
        before = case.names, case.seconds
        if less.seconds:
            case.seconds = min(case.seconds, less.seconds)
        outcome = self.wait(
            decide(self.harness.context, by_person(self.op, who), request, Verb.APPROVE, "", less)
        )
        if isinstance(outcome, Refusal):
            case.seconds = before[1]
        else:
            assert outcome.duration.seconds <= case.seconds
            assert not less.variables or set(outcome.variables) <= set(less.variables)
        self.listen()

    @rule(request=requests)
    def everybody_approves(self, request: str) -> None:
        """As far as it goes: each person presses Approve, the requester too."""
        for who in PEOPLE:
            self.approve(request, who, WHOLE)

    @rule(target=requests, who=people, names=st.sampled_from(SETS), seconds=st.sampled_from([601, 1_801]))
    def nobody_hurries(self, who: str, names: tuple[str, ...], seconds: int) -> Any:
        """Steps are skipped or escalated before anybody presses."""
        request = self.file(who, names, 900, once=False, reason=REASONS[1], later=0)
        self.pass_time(seconds)
        self.work()
        if isinstance(request, str):
            self.everybody_approves(request)
        return request

    @rule(target=requests, who=people, names=st.sampled_from(SETS[:3]))
    def hold_on(self, who: str, names: tuple[str, ...]) -> Any:
        """Use what was granted, or ask for more of it."""
        request = self.file_and_pass(who, names, 600)
        if isinstance(request, str):
            self.reveal(request, "")
            more = self.extend(request, "", 300)
            if isinstance(more, str):
                self.everybody_approves(more)
                return more
        return request

    @rule(
        target=requests,
        who=people,
        names=st.sampled_from(SETS),
        policy=st.sampled_from(POLICIES),
        first=people,
        circle=CIRCLES,
    )
    def minds_change(self, who: str, names: tuple[str, ...], policy: Policy, first: str, circle: str) -> Any:
        """Between two approvals there is another policy, and somebody elsewhere."""
        request = self.file(who, names, 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.approve(request, first, WHOLE)
            self.change_policy(policy)
            self.join_or_quit(circle, who)
            self.everybody_approves(request)
        return request

    @rule(target=requests, who=people, names=st.sampled_from(SETS), first=people, back=st.booleans())
    def an_approver_leaves(self, who: str, names: tuple[str, ...], first: str, *, back: bool) -> Any:
        """Whoever agreed first is gone when the last one agrees: what they said counts no more."""
        request = self.file(who, names, 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str) and self.harness.is_member(first):
            self.approve(request, first, WHOLE)
            self.leave_or_return(first)
            self.everybody_approves(request)
            if back:
                self.leave_or_return(first)
            self.everybody_approves(request)
        return request

    @rule(
        target=requests,
        who=people,
        giver=people,
        taker=people,
        quits=CIRCLES,
        names=st.sampled_from(SETS[:3]),
    )
    def stand_in(self, who: str, giver: str, taker: str, quits: str, names: tuple[str, ...]) -> Any:
        """Somebody decides for another, and the other wants to decide too."""
        request = self.file(who, names, 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.harness.directory.approvers |= {giver}
            self.delegate(giver, taker, 3_600)
            if self.harness.holds(PrincipalSet((quits,)), taker):
                self.join_or_quit(quits, taker)
            self.approve(request, taker, WHOLE)
            self.approve(request, giver, WHOLE)
            self.everybody_approves(request)
        return request

    @rule(
        who=st.sampled_from(["U0ANN", "U0EVE"]),
        seconds=st.sampled_from([300, 600, 900, 1_800]),
        target=requests,
    )
    def on_call(self, who: str, seconds: int) -> Any:
        """What may be approved automatically, again and again."""
        return self.file(who, ("default/B",), seconds, once=False, reason=REASONS[1], later=0)

    @rule(target=requests, who=people, approver=people)
    def less_of_more(self, who: str, approver: str) -> Any:
        """Of an extension of two variables, one is agreed to."""
        self.change_policy(POLICIES[-1])
        request = self.file(who, SETS[3], 300, once=False, reason=REASONS[1], later=0)
        if isinstance(request, str):
            self.everybody_approves(request)
            more = self.extend(request, "", 300)
            if isinstance(more, str):
                self.approve(more, approver, Narrower(variables=(var("A"),)))
        return request

    @rule(request=requests, who=people)
    def deny(self, request: str, who: str) -> None:
        self.act(decide(self.harness.context, by_person(self.op, who), request, Verb.DENY, "not today"))

    async def _deny_old(self, who: str) -> int:
        context = self.harness.context
        stale = await stale_for(context, by_person(self.op, who), Duration(1_200))
        return (
            0
            if isinstance(stale, Refusal)
            else await deny_all(context, by_person(self.op, who), "too old", stale)
        )

    @rule(who=people)
    def deny_all(self, who: str) -> None:
        self.act(self._deny_old(who))

    @rule(request=requests, who=people)
    def cancel(self, request: str, who: str) -> None:
        self.act(cancel_request(self.harness.context, by_person(self.op, who), request))

    @rule(request=requests, who=people)
    def revoke(self, request: str, who: str) -> None:
        self.act(revoke_grant(self.harness.context, by_person(self.op, who), request))

    @rule(giver=people, taker=people, seconds=lengths)
    def delegate(self, giver: str, taker: str, seconds: int) -> None:
        self.act(give_duty(self.harness.context, by_person(self.op, giver), taker, Duration(seconds)))

    @rule(giver=people)
    def take_back(self, giver: str) -> None:
        self.act(take_duty_back(self.harness.context, by_person(self.op, giver)))
        self.judge.duties.pop(giver, None)

    @rule(request=requests, who=people)
    def question(self, request: str, who: str) -> None:
        self.act(ask_requester(self.harness.context, by_person(self.op, who), request, "which customer?"))

    @rule(request=requests, who=people)
    def answer(self, request: str, who: str) -> None:
        self.act(answer_question(self.harness.context, by_person(self.op, who), request, "customer 7"))

    @rule(request=requests, who=people)
    def review(self, request: str, who: str) -> None:
        self.act(close_review(self.harness.context, by_person(self.op, who), request, "looked at it"))

    @rule(target=claims, request=requests, who=st.sampled_from(["", "", "", *PEOPLE]))
    def reveal(self, request: str, who: str) -> Any:
        actor = who or self.judge.cases[request].requester
        outcome = self.act(
            claim_reveal(self.harness.context, FakeDelivery(), by_person(self.op, actor), request)
        )
        return outcome if isinstance(outcome, Claim) else multiple()

    @rule(target=claims, name=st.sampled_from(NAMES), who=people)
    def reveal_by_name(self, name: str, who: str) -> Any:
        outcome = self.act(
            claim_by_name(self.harness.context, FakeDelivery(), by_person(self.op, who), var(name))
        )
        return outcome if isinstance(outcome, Claim) else multiple()

    @rule(claim=consumes(claims))
    def give_back(self, claim: Claim) -> None:
        self.act(self.harness.context.reveals.give_back(claim, "source_down"))

    @rule(policy=st.sampled_from(POLICIES))
    def change_policy(self, policy: Policy) -> None:
        self.harness.rulebook.current = policy

    @rule(who=people)
    def leave_or_return(self, who: str) -> None:
        self.harness.flip_person(who)

    @rule(who=people)
    def notice(self, who: str) -> None:
        """The event about somebody who left comes in."""
        if not self.harness.is_member(who):
            self.act(left(self.harness.context, who, Reason.DEACTIVATED))

    @rule(circle=CIRCLES, who=people)
    def join_or_quit(self, circle: str, who: str) -> None:
        self.harness.flip_member(circle, who)

    @rule(seconds=st.sampled_from([61, 300, 601, 1_801, 3_601, 4 * 3_600]))
    def pass_time(self, seconds: int) -> None:
        self.wait(self.harness.pass_time(seconds))

    @rule()
    def work(self) -> None:
        self.act(self.harness.store.work())
        self.act(self.vanished.look())

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        self.act(self.harness.store.sealed.delete(self.op, var(name), OPERATOR))
        self.act(self.harness.store.add(name))

    def act(self, call: Awaitable[T]) -> T:
        outcome = self.wait(call)
        self.listen()
        return outcome

    @invariant()
    def check_states(self) -> None:
        """Law 1: each record stands as the events say; a key lives, with a TTL, exactly for active grants."""
        self.wait(self.compare())

    async def compare(self) -> None:
        runner = self.harness.store.runner
        for case in self.judge.cases.values():
            record: dict[Any, Any] = await self.client.hgetall(runner.key("request", case.id))
            assert (record["state"], record.get("grant", "")) == (case.state, case.grant)
            left_ = await self.client.pttl(runner.key("grant", case.id))
            assert left_ != -1
            assert left_ < 0 or case.grant == "active"
            over = int(record.get("expires_at") or 0) <= self.harness.context.clock.now() + 50
            assert case.grant != "active" or left_ > 0 or over
            assert record.get("review", "") == case.review

    @invariant()
    def check_lists(self) -> None:
        """What waits for somebody is pending, not their own, and never theirs twice."""
        for who in PEOPLE[:2]:
            for request in self.wait(waits_for(self.harness.context, who)):
                case = self.judge.cases[request.id]
                assert who != case.requester
                assert who not in case.used_up
