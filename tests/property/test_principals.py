"""No sequence of verbs lets a machine or an agent decide, or the person behind them (law 3).

Each attempt goes through the verb, and once more to the store itself, as from a surface that forgot to ask.
Repeat a run with `--hypothesis-seed`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from fakeredis import FakeAsyncRedis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.people.delegate import give_duty
from envaccess.application.people.lock import lock_target
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.decide import decide
from envaccess.application.requests.questions import ask_requester
from envaccess.application.requests.waiting import deny_all, stale_for
from envaccess.application.reviews.review import close_review
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import Call
from envaccess.domain.duration import Duration
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Filed, Vote
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from tests.fakes.rulings import EMERGENCY, HERE, ruled, usual
from tests.property.harness import PolicyHarness
from tests.property.policies import PEOPLE, SECURITY

T = TypeVar("T")
FOUR: Final = PEOPLE[:4]
PERSONS = [Principal(ActorKind.PERSON, user) for user in FOUR]
AGENTS = [Principal(ActorKind.AGENT, f"ag_{user.lower()}", behalf=user) for user in FOUR]
MACHINES = [
    Principal(ActorKind.MACHINE, "deploy", behalf=FOUR[0]),
    Principal(ActorKind.MACHINE, "nightly", behalf=FOUR[1]),
]
RULINGS = [
    usual("C0APPROVE"),
    ruled(Step(HERE, approvals=2)),
    ruled(Step(HERE), Step(PrincipalSet((SECURITY,)))),
    EMERGENCY,
]
requests = Bundle("requests")
anybody = st.sampled_from([*PERSONS, *AGENTS, *MACHINES])
behalves = st.sampled_from(["", *FOUR])
verbs = st.sampled_from([Verb.APPROVE, Verb.APPROVE, Verb.APPROVE, Verb.DENY])

DECISIONS: Final = frozenset(
    {
        "request.step_approved",
        "request.approved",
        "request.denied",
        "request.questioned",
        "emergency.reviewed",
        "duty.delegated",
        "principal.locked",
    }
)
"""Events of what only persons do."""


class PrincipalsMachine(RuleBasedStateMachine):
    """Four people, their agents and two machines; each tries everything."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.client = FakeAsyncRedis(decode_responses=True)
        self.harness = PolicyHarness(self.client)
        self.harness.directory.groups[SECURITY] = set(FOUR)
        self.asked: dict[str, Principal] = {}
        self.counted: dict[str, list[str]] = {}
        self.cursor = "0"

    def wait(self, call: Awaitable[T]) -> T:
        async def run() -> T:
            return await call

        return self.loop.run(run())

    @property
    def op(self) -> str:
        return self.harness.store.op()

    def call(self, who: Principal) -> Call:
        return Call(self.op, who)

    @initialize()
    def stock(self) -> None:
        self.wait(self.harness.stock())

    def teardown(self) -> None:
        self.wait(self.client.aclose())
        self.loop.close()

    @rule(target=requests, who=anybody, ruling=st.sampled_from(RULINGS), name=st.sampled_from(["A", "B"]))
    def file(self, who: Principal, ruling: Any, name: str) -> Any:
        """At the store: no policy lets machines and agents ask yet."""
        store = self.harness.store
        new = replace(store.new(name, who.key, ruling=ruling), behind=who.behalf)
        filed = self.wait(store.requests.open(self.op, new))
        if not isinstance(filed, Filed):
            return multiple()
        self.asked.setdefault(filed.id, who)
        return filed.id

    @rule(request=requests, who=anybody, verb=verbs)
    def press(self, request: str, who: Principal, verb: Verb) -> None:
        self.wait(decide(self.harness.context, self.call(who), request, verb, "no"))

    @rule(request=requests, who=anybody, verb=verbs, behalf=behalves)
    def press_unasked(self, request: str, who: Principal, verb: Verb, behalf: str) -> None:
        """As from a surface that forgot to ask whether they may, in whoever's name."""
        found = self.wait(self.harness.store.get(request))
        vote = Vote(found.progress.step, len(found.progress.approvals), behalf=behalf, about=found)
        decided = self.wait(
            self.harness.store.requests.decide(self.op, request, who.key, verb, "no", "", vote)
        )
        assert getattr(decided, "reason", None) is not Reason.MOVED_ON, "what comes too late tries nothing"

    @rule(request=requests)
    def everybody_presses(self, request: str) -> None:
        """Programs and those behind them first, so that what is wrongly counted would complete a chain."""
        for who in (AGENTS[0], MACHINES[1], *PERSONS):
            self.press_unasked(request, who, Verb.APPROVE, "")

    @rule(request=requests, who=anybody)
    def ask(self, request: str, who: Principal) -> None:
        store = self.harness.store
        self.wait(ask_requester(self.harness.context, self.call(who), request, "which customer?"))
        self.wait(store.requests.ask(self.op, request, who.key, "which customer?", ""))

    @rule(request=requests, who=anybody)
    def review(self, request: str, who: Principal) -> None:
        self.wait(close_review(self.harness.context, self.call(who), request, "fine"))
        self.wait(self.harness.store.requests.review(self.op, request, who.key, "fine", ""))

    @rule(giver=anybody, taker=anybody)
    def delegate(self, giver: Principal, taker: Principal) -> None:
        context, store = self.harness.context, self.harness.store
        self.wait(give_duty(context, self.call(giver), taker.key, Duration(3_600)))
        self.wait(store.delegations.give(self.op, giver.key, taker.key, 3_600))

    @rule(who=anybody)
    def lock(self, who: Principal) -> None:
        """Somebody of whom nothing is asked here, so that it holds up nothing."""
        context, target = self.harness.context, Target(PEOPLE[5])
        self.wait(lock_target(context, self.call(who), target, "because"))
        self.wait(self.harness.store.locks.lock(self.op, target, who.actor, "because"))

    @rule(who=anybody)
    def deny_old(self, who: Principal) -> None:
        async def deny() -> None:
            stale = await stale_for(self.harness.context, self.call(who), Duration(0))
            if not isinstance(stale, Refusal):
                await deny_all(self.harness.context, self.call(who), "old", stale)

        self.wait(deny())

    @rule(request=requests, who=anybody, act=st.sampled_from([revoke_grant, cancel_request]))
    def end(self, request: str, who: Principal, act: Callable[..., Awaitable[object]]) -> None:
        self.wait(act(self.harness.context, self.call(who), request))

    @invariant()
    def judge(self) -> None:
        for event in self.wait(self.harness.store.events(self.cursor)):
            self.cursor = event.id
            asked = self.asked.get(event.request)
            if event.event in DECISIONS:
                assert event.actor.kind is ActorKind.PERSON, event
                assert not asked or asked.person not in {event.actor.id, event.detail.get("behalf")}, event
            if event.event in {"request.step_approved", "request.approved"}:
                self._count(event.request, event.actor.id, event.detail.get("behalf", ""))
            if event.event in {"grant.revoked", "request.cancelled"} and asked:
                theirs = event.actor in {asked.actor, Principal(ActorKind.PERSON, asked.person).actor}
                assert theirs or event.actor.kind is ActorKind.PERSON, event

    def _count(self, request: str, *people: str) -> None:
        """One person counts once in a request, whatever is in front of them."""
        counted = self.counted.setdefault(request, [])
        mine = [person for person in people if person]
        assert not set(mine) & set(counted)
        counted += mine


def test_no_sequence_lets_a_program_decide_or_the_person_behind_it() -> None:
    some = settings(
        max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(PrincipalsMachine, settings=some)
