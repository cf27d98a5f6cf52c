"""A workspace's life, played on Redis and on the model at once. After every step the two must agree."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from bot.domain.audit import person
from bot.domain.outcome import Cancelled, Claim, Decided, Ended, Filed
from bot.domain.refusal import Refusal
from bot.domain.request import Verb
from bot.store.records import load
from tests.stateful.model import HOUR, MINUTE, Model
from tests.store.house import BLOB, OPERATOR, House, var

T = TypeVar("T")

PEOPLE = ("U0ALICE", "U0BOB", "U0CAROL")
NAMES = ("A", "B", "staging/C")
SETS = (("A",), ("B",), ("A", "B"), ("B", "A"), ("staging/C", "A"))
MARGIN = 20.0
"""Seconds that a moment keeps from every boundary: more than the steps of one example take."""

people = st.sampled_from(PEOPLE)
verbs = st.sampled_from([Verb.APPROVE, Verb.APPROVE, Verb.DENY])


def told(outcome: Any) -> Any:
    """What somebody is told, in the model's words."""
    match outcome:
        case Refusal():
            words = {"not_pending": (outcome.state, outcome.by), "grant_ended": (outcome.state, outcome.by)}
            more = words.get(outcome.reason, (outcome.state,) if outcome.reason == "no_grant" else ())
            outcome = " ".join((outcome.reason, *more)).rstrip()
        case Filed():
            outcome = f"{'pending' if outcome.repeated else 'filed'} {outcome.id}"
        case Decided():
            outcome = str(outcome.state)
        case Cancelled():
            outcome = "cancelled"
        case Ended():
            outcome = str(outcome.grant)
        case Claim():
            outcome = f"claimed {outcome.id}"
    return outcome


class Life(RuleBasedStateMachine):
    """People, variables, verbs, time, repeats, deletions."""

    requests = Bundle("requests")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.house = self.wait(self.open())
        self.model = Model()
        self.cursor = "0"
        self.seen = 0
        self.done: list[tuple[float, Callable[[], Awaitable[Any]], Any]] = []

    async def open(self) -> House:
        """An empty server; each kind of server has its own."""
        raise NotImplementedError

    def wait(self, call: Awaitable[T]) -> T:
        async def run() -> T:
            return await call

        return self.loop.run(run())

    def teardown(self) -> None:
        self.wait(self.house.client.aclose())
        self.loop.close()

    def both(self, call: Callable[[str], Awaitable[Any]], expected: Any) -> Any:
        """Do it on Redis under a fresh operation id, and compare what is told with the model's answer."""
        op = self.house.op()
        outcome = self.wait(call(op))
        answer = told(outcome)
        assert answer == (expected.rstrip() if isinstance(expected, str) else expected)
        self.done.append((self.model.now, lambda: call(op), answer))
        return outcome

    @initialize()
    def stock(self) -> None:
        for name in NAMES:
            self.store(name)

    @rule(name=st.sampled_from(NAMES))
    def store(self, name: str) -> None:
        version = self.wait(self.house.sealed.last_version(var(name))) + 1
        sealed = self.house.sealed
        expected = self.model.put(name)
        self.both(
            lambda op: sealed.put(op, var(name), version, BLOB, "key-1", OPERATOR, replace=True), expected
        )

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        expected = self.model.delete(name)
        self.both(lambda op: self.house.sealed.delete(op, var(name), OPERATOR), expected)

    @rule(
        target=requests,
        who=people,
        names=st.sampled_from(SETS),
        seconds=st.sampled_from([MINUTE, 15 * MINUTE, HOUR, 8 * HOUR]),
        once=st.booleans(),
    )
    def file(self, who: str, names: tuple[str, ...], seconds: int, once: bool) -> Any:
        new = self.house.new(",".join(names), who, seconds=seconds, once=once)
        expected = self.model.file(new.id, who, names, seconds, once)
        self.both(lambda op: self.house.requests.open(op, new), expected)
        return new.id if expected.startswith("filed") else multiple()

    @rule(
        target=requests,
        who=people,
        names=st.sampled_from(SETS),
        seconds=st.sampled_from([15 * MINUTE, HOUR]),
        once=st.booleans(),
    )
    def grant(self, who: str, names: tuple[str, ...], seconds: int, once: bool) -> Any:
        """The usual way in two steps at once, so that lives get far."""
        request = self.file(who, names, seconds, once)
        if isinstance(request, str):
            self.decide(request, next(other for other in PEOPLE if other != who), Verb.APPROVE)
        return request

    @rule(request=requests, who=people, verb=verbs)
    def decide(self, request: str, who: str, verb: Verb) -> None:
        expected = self.model.decide(request, who, verb)
        self.both(lambda op: self.house.requests.decide(op, request, who, verb, "no", ""), expected)

    @rule(request=requests, who=people)
    def cancel(self, request: str, who: str) -> None:
        expected = self.model.cancel(request, who)
        self.both(lambda op: self.house.requests.cancel(op, request, person(who)), expected)

    @rule(request=requests, who=people)
    def revoke(self, request: str, who: str) -> None:
        expected = self.model.revoke(request, who)
        self.both(lambda op: self.house.requests.revoke(op, request, person(who)), expected)

    @rule(target=claims, request=requests, who=st.sampled_from(["", "", "", *PEOPLE]))
    def claim(self, request: str, who: str) -> Any:
        actor = who or self.model.asks[request].requester
        expected = self.model.claim(request, actor)
        outcome = self.both(lambda op: self.house.reveals.claim(op, request, actor), expected)
        return self.fresh(outcome)

    @rule(target=claims, name=st.sampled_from(NAMES), who=people)
    def claim_named(self, name: str, who: str) -> Any:
        expected = self.model.claim_named(name, who)
        outcome = self.both(lambda op: self.house.reveals.claim_named(op, var(name), who), expected)
        return self.fresh(outcome)

    def fresh(self, outcome: Any) -> Any:
        """A claim to be given back later; the first answer to an operation is the fresh one."""
        if isinstance(outcome, Claim):
            assert outcome.fresh
            return outcome
        return multiple()

    @rule(claim=consumes(claims), times=st.integers(1, 3))
    def give_back(self, claim: Claim, times: int) -> None:
        self.model.give_back(claim.id)
        for _ in range(times):
            self.wait(self.house.reveals.give_back(claim, "source_down"))

    @rule(seconds=st.sampled_from([61, 5 * MINUTE, 10 * MINUTE, HOUR, 5 * HOUR]))
    def pass_time(self, seconds: float) -> None:
        moment = self.model.now + seconds
        while any(abs(moment - boundary) < MARGIN for boundary in self.model.boundaries()):
            moment += MARGIN
        self.wait(self.house.pass_time((moment - self.model.now) * 1000))
        self.model.now = moment

    @rule()
    def work(self) -> None:
        self.check_events()
        self.model.work()
        self.wait(self.house.work())
        self.check_events(ordered=False)

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Law 10: whatever was done in the last hour, done again, tells the same and changes nothing."""
        at, call, answer = data.draw(st.sampled_from(self.done[-30:]), label="repeat")
        if self.model.now - at < HOUR - MARGIN:
            outcome = self.wait(call())
            assert told(outcome) == answer
            assert not (isinstance(outcome, Claim) and outcome.fresh)

    @invariant()
    def check_events(self, *, ordered: bool = True) -> None:
        """Law 1: the stream says what the model says, no more and no less, in the same order."""
        events = self.wait(self.house.events(self.cursor))
        wrote = [(event.event, str(event.actor), event.request) for event in events]
        expected = self.model.events[self.seen :]
        assert (wrote if ordered else sorted(wrote)) == (expected if ordered else sorted(expected))
        self.cursor = events[-1].id if events else self.cursor
        self.seen = len(self.model.events)

    @invariant()
    def check_requests(self) -> None:
        """Every request stands as the model says; nobody decided their own (law 3); access is the model's."""
        runner = self.house.runner
        found = self.wait(load(runner, self.model.asks))
        assert [request.id for request in found] == list(self.model.asks)
        for request in found:
            ask = self.model.asks[request.id]
            state, grant = ask.over(self.model.now)
            assert (request.state, request.grant or "", request.decided_by) == (state, grant, ask.decided_by)
            assert (request.reveals, request.ended_by) == (ask.reveals, ask.ended_by)
            assert request.decided_by != request.requester
            ends = self.wait(self.house.client.pexpiretime(runner.key("grant", request.id)))
            assert (ends > 0) is self.model.live(request.id)
            # fakeredis' clock may tick within a step that moves time.
            assert ends == -2 or abs(ends - request.expires_at) <= self.tolerance

    tolerance = 0
    """Milliseconds by which a key's end may differ from its record's."""

    @invariant()
    def check_uses(self) -> None:
        """A `once` has at most one reveal that stands."""
        for request, uses in self.model.uses().items():
            if request:
                assert uses >= 0
                assert not self.model.asks[request].once or uses <= 1
