"""A workspace's life, played on Redis and on the model at once. After every step the two must agree."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from envaccess.domain.audit import person
from envaccess.domain.outcome import Claim, Vote
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Verb
from envaccess.store.records import load
from tests.stateful.ask import HOUR, MINUTE, Ask, Terms, View
from tests.stateful.machine import StoreMachine
from tests.stateful.model import MARGIN, Model
from tests.stateful.telling import should, stands, told
from tests.stateful.terms import TERMS, ruling
from tests.store.harness import OPERATOR, value, var

PEOPLE = ("U0ALICE", "U0BOB", "U0CAROL", "U0DAN")
NAMES = ("A", "B", "staging/C")
SETS = (("A",), ("B",), ("A", "B"), ("B", "A"), ("staging/C", "A"))
KEEP = ("", "", "", *PEOPLE)

people = st.sampled_from(PEOPLE)
verbs = st.sampled_from([Verb.APPROVE, Verb.APPROVE, Verb.DENY])


class Life(StoreMachine):
    """People, variables, verbs, time, repeats, deletions."""

    requests = Bundle("requests")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.cursor = "0"
        self.seen = 0
        self.done: list[tuple[float, Callable[[], Awaitable[Any]], Any]] = []

    def both(self, call: Callable[[str], Awaitable[Any]], expected: Any) -> Any:
        """Do it on Redis under a fresh operation id, and compare what is told with the model's answer."""
        op = self.harness.op()
        outcome = self.wait(call(op))
        answer = told(outcome)
        assert answer == (expected.rstrip() if isinstance(expected, str) else expected)
        if answer != "moved_on":  # which alone is not remembered
            self.done.append((self.model.now, lambda: call(op), answer))
        return outcome

    @initialize()
    def stock(self) -> None:
        for name in NAMES:
            self.store(name)

    @rule(name=st.sampled_from(NAMES))
    def store(self, name: str) -> None:
        version = self.wait(self.harness.sealed.last_version(var(name))) + 1
        sealed = self.harness.sealed
        expected = self.model.put(name)
        self.both(
            lambda op: sealed.put(op, var(name), value(version), OPERATOR, replace=True),
            expected,
        )

    @rule(name=st.sampled_from(NAMES))
    def delete(self, name: str) -> None:
        expected = self.model.delete(name)
        self.both(lambda op: self.harness.sealed.delete(op, var(name), OPERATOR), expected)

    @rule(
        target=requests,
        who=people,
        names=st.sampled_from(SETS),
        seconds=st.sampled_from([MINUTE, 15 * MINUTE, HOUR, 8 * HOUR]),
        once=st.sampled_from([False, False, True]),
        terms=st.sampled_from(TERMS),
        later=st.sampled_from([0, 0, 0, 2 * HOUR]),
    )
    def file(
        self,
        who: str,
        names: tuple[str, ...],
        seconds: int,
        *,
        once: bool,
        terms: Terms,
        later: int = 0,
        emergency: bool = False,
        extends: str = "",
    ) -> Any:
        new = self.harness.new(",".join(names), who, seconds=seconds, once=once)
        now = self.wait(self.harness.client.time())
        new = replace(
            new,
            ruling=ruling(terms, seconds if emergency else 0),
            extends=extends,
            starts_at=int(now[0]) * 1000 + later * 1000 if later else 0,
        )
        ask = Ask(new.id, who, names, seconds, once, terms, 0, emergency, extends)
        ask.starts = self.model.now + later if later else 0
        expected = self.model.file(ask)
        self.both(lambda op: self.harness.requests.open(op, new), expected)
        if not expected.startswith("filed"):
            return multiple()
        # What was withdrawn before it was shown is forgotten after a day; these are kept for the whole life.
        self.wait(self.harness.outbox.shown(new.id, message="1700000000.000100"))
        return new.id

    @rule(
        target=requests,
        who=people,
        names=st.sampled_from(SETS),
        seconds=st.sampled_from([15 * MINUTE, HOUR]),
        once=st.booleans(),
        terms=st.sampled_from(TERMS),
    )
    def grant(self, who: str, names: tuple[str, ...], seconds: int, *, once: bool, terms: Terms) -> Any:
        """The usual way in some steps at once, so that lives get far."""
        request = self.file(who, names, seconds, once=once, terms=terms)
        if isinstance(request, str):
            self.approve_all(request)
        return request

    @rule(request=requests)
    def approve_all(self, request: str) -> None:
        """Everybody presses Approve, the requester too."""
        for who in PEOPLE:
            self.decide(request, who, Verb.APPROVE, "", "", 0, stale=0)

    @rule(target=requests, who=people, names=st.sampled_from(SETS[:3]), terms=st.sampled_from(TERMS))
    def emergency(self, who: str, names: tuple[str, ...], terms: Terms) -> Any:
        return self.file(who, names, 10 * MINUTE, once=False, terms=terms, emergency=True)

    @rule(
        target=requests,
        request=requests,
        who=st.sampled_from(KEEP),
        seconds=st.sampled_from([MINUTE, HOUR]),
        terms=st.sampled_from(TERMS[:4]),
        once=st.sampled_from([False, False, True]),
    )
    def extend(self, request: str, who: str, seconds: int, terms: Terms, *, once: bool) -> Any:
        ask = self.model.asks[request]
        actor = who or ask.requester
        more = self.file(actor, ask.variables, seconds, once=once, terms=terms, extends=request)
        if isinstance(more, str) and terms.rule == "one":
            self.approve_all(more)
        return more

    @rule(
        request=requests,
        who=people,
        verb=verbs,
        behalf=st.sampled_from(KEEP),
        lost=st.sampled_from(KEEP),
        seconds=st.sampled_from([0, 0, 10 * MINUTE]),
        names=st.sampled_from([(), (), ("A",), ("B", "staging/C")]),
        stale=st.sampled_from([0, 0, 0, 1]),
    )
    def decide(
        self,
        request: str,
        who: str,
        verb: Verb,
        behalf: str,
        lost: str,
        seconds: int,
        names: tuple[str, ...] = (),
        *,
        stale: int,
    ) -> None:
        """A click about the request as it stood, or as it stood earlier (`stale`)."""
        ask = self.model.asks[request]
        view = View(
            ask.step + stale,
            len(ask.yes),
            (lost,) if lost in {yes.by for yes in ask.yes} else (),
            behalf if behalf != who else "",
            seconds,
            names,
        )
        variables = tuple(map(var, names))
        about = self.wait(self.harness.requests.get(request))
        vote = Vote(view.step, view.checked, view.lost, view.behalf, seconds, variables, about)
        expected = self.model.decide(request, who, verb, view)
        self.both(lambda op: self.harness.requests.decide(op, request, who, verb, "no", "", vote), expected)

    @rule(request=requests)
    def vanish(self, request: str) -> None:
        """The watcher found that nobody is left who could pass the awaited step."""
        found = self.wait(self.harness.get(request))
        self.model.escalate(request, found.progress.step, escalated=found.progress.escalated)
        self.wait(self.harness.requests.escalate(self.harness.op(), found, "nobody is left"))

    @rule(request=requests, who=people)
    def question(self, request: str, who: str) -> None:
        expected = self.model.ask(request, who)
        self.both(lambda op: self.harness.requests.ask(op, request, who, "for whom?", ""), expected)

    @rule(request=requests, who=st.sampled_from(KEEP))
    def answer(self, request: str, who: str) -> None:
        actor = who or self.model.asks[request].requester
        expected = self.model.answer(request, actor)
        self.both(lambda op: self.harness.requests.answer(op, request, actor, "for customer 7", ""), expected)

    @rule(request=requests, who=people)
    def review(self, request: str, who: str) -> None:
        expected = self.model.review(request, who)
        self.both(lambda op: self.harness.requests.review(op, request, who, "looked at it", ""), expected)

    @rule(giver=people, taker=people, seconds=st.sampled_from([10 * MINUTE, HOUR]))
    def give_duty(self, giver: str, taker: str, seconds: int) -> None:
        expected = self.model.give_duty(giver, taker, seconds)
        outcome = self.wait(self.harness.delegations.give(self.harness.op(), giver, taker, seconds))
        assert (told(outcome) if isinstance(outcome, Refusal) else "given") == expected

    @rule(what=st.sampled_from([*PEOPLE, *NAMES]), who=st.sampled_from(["U0SEC", "U0SEC", *PEOPLE]))
    def lock(self, what: str, who: str) -> None:
        expected = self.model.lock(what, who)
        self.both(lambda op: self.harness.lock(what, person(who), op=op), expected)

    @rule(what=st.sampled_from([*PEOPLE, *NAMES]), who=st.sampled_from(["U0SEC", "U0SEC", *PEOPLE]))
    def unlock(self, what: str, who: str) -> None:
        expected = self.model.unlock(what, who)
        self.both(lambda op: self.harness.unlock(what, person(who), op=op), expected)

    @rule()
    def unlock_all(self) -> None:
        """So that lives get far."""
        for target in sorted(self.model.locks):
            self.unlock(target, "U0SEC")

    @rule(giver=people)
    def take_duty_back(self, giver: str) -> None:
        expected = self.model.take_duty_back(giver)
        self.both(lambda op: self.harness.delegations.take_back(op, giver), expected)

    @rule(request=requests, who=people)
    def cancel(self, request: str, who: str) -> None:
        expected = self.model.cancel(request, who)
        self.both(lambda op: self.harness.requests.cancel(op, request, person(who)), expected)

    @rule(request=requests, who=people)
    def revoke(self, request: str, who: str) -> None:
        expected = self.model.revoke(request, who)
        self.both(lambda op: self.harness.requests.revoke(op, request, person(who)), expected)

    @rule(target=claims, request=requests, who=st.sampled_from(["", "", "", *PEOPLE]))
    def claim(self, request: str, who: str) -> Any:
        actor = who or self.model.asks[request].requester
        expected = self.model.claim(request, actor)
        outcome = self.both(lambda op: self.harness.reveals.claim(op, request, actor), expected)
        return self.fresh(outcome)

    @rule(target=claims, name=st.sampled_from(NAMES), who=people)
    def claim_named(self, name: str, who: str) -> Any:
        expected = self.model.claim_named(name, who)
        outcome = self.both(lambda op: self.harness.reveals.claim_named(op, var(name), who), expected)
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
            self.wait(self.harness.reveals.give_back(claim, "source_down"))

    @rule(seconds=st.sampled_from([61, 5 * MINUTE, 10 * MINUTE, HOUR, 5 * HOUR]))
    def pass_time(self, seconds: float) -> None:
        moment = self.model.now + seconds
        while self.model.is_edge(moment):
            moment += MARGIN
        self.wait(self.harness.pass_time((moment - self.model.now) * 1000))
        self.model.now = moment

    @rule()
    def work(self) -> None:
        self.check_events()
        self.model.work()
        self.wait(self.harness.work())
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
        events = self.wait(self.harness.events(self.cursor))
        wrote = [(event.event, str(event.actor), event.request) for event in events]
        expected = self.model.events[self.seen :]
        ordered = ordered and len(self.model.touched) <= 1
        assert (wrote if ordered else sorted(wrote)) == (expected if ordered else sorted(expected))
        self.cursor = events[-1].id if events else self.cursor
        self.seen = len(self.model.events)
        self.model.touched.clear()

    @invariant()
    def check_duties(self) -> None:
        """Who stands in for whom, as anybody is told who asks."""
        now, duties = self.model.now, self.model.duties.items()
        standing = {(giver, taker) for giver, (taker, until) in duties if now < until}
        found = self.wait(self.harness.delegations.standing())
        assert {(duty.giver, duty.taker) for duty in found} == standing

    @invariant()
    def check_requests(self) -> None:
        """Every request stands as the model says; nobody decided their own (law 3); access is the model's."""
        runner = self.harness.runner
        found = self.wait(load(runner, self.harness.sealing, self.model.asks)).requests
        assert [request.id for request in found] == list(self.model.asks)
        for request in found:
            ask = self.model.asks[request.id]
            assert stands(request) == should(ask, self.model.now)
            assert request.requester not in {request.decided_by, request.progress.narrowed_by}
            ends = self.wait(self.harness.client.pexpiretime(runner.key("grant", request.id)))
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
