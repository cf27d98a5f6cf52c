"""One rule for each verb of the services, and for each thing that changes around them."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import consumes, multiple, rule

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
from envaccess.application.requests.waiting import deny_all, stale_for
from envaccess.application.reviews.review import close_review
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.book import Policy
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.context import APPROVERS
from tests.fakes.delivery import FakeDelivery
from tests.property.judged_machine import JudgedMachine, claims, requests
from tests.property.policies import GROUPS, NAMES, PEOPLE, POLICIES, REASONS
from tests.store.harness import OPERATOR, var

people = st.sampled_from(PEOPLE)
lengths = st.sampled_from([300, 600, 900, 1_800, 3_600, 7_200])
SETS = (
    ("default/A",),
    ("default/B",),
    ("staging/C",),
    ("default/A", "default/B"),
    ("staging/C", "default/A"),
)
PRINCIPALS = st.sampled_from([*GROUPS, APPROVERS])
LESS = st.sampled_from([WHOLE, WHOLE, Narrower(seconds=240), Narrower(variables=(var("A"),))])


class VerbRules(JudgedMachine):
    """Every verb of the services, by anybody, about anything; people, groups, policy and time change."""

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

    @rule(principal=PRINCIPALS, who=people)
    def join_or_quit(self, principal: str, who: str) -> None:
        self.harness.flip_member(principal, who)

    @rule(seconds=st.sampled_from([61, 300, 601, 1_801, 3_601, 4 * 3_600]))
    def pass_time(self, seconds: int) -> None:
        self.wait(self.harness.pass_time(seconds))

    @rule()
    def work(self) -> None:
        self.act(self.harness.store.work())
        self.act(self.stalled.look())

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        self.act(self.harness.store.sealed.delete(self.op, var(name), OPERATOR))
        self.act(self.harness.store.add(name))
