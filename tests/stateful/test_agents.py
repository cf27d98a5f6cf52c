"""Any life of agents that hypothesis finds, on the scripts and on a model at once.

Nothing begins without its person's press, nothing is filed without another one, and who is behind an agent
never approves what it asks (law 3). `--lives-tried` of them; repeat a run with `--hypothesis-seed`.
"""

from dataclasses import replace
from typing import Any, TypeVar

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from envaccess.application.agents.propose import withdraw_proposal
from envaccess.application.agents.start import end_agent
from envaccess.application.people.leavers import left
from envaccess.application.people.sessions import end_session
from envaccess.application.requests.decide import decide
from envaccess.application.rulebook import Rulebook
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import by_person
from envaccess.domain.duration import Duration
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Decided, Filed
from envaccess.domain.person import Person
from envaccess.domain.policy.book import Policy
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession
from envaccess.domain.proposal import Proposal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, Verb
from envaccess.domain.session import Session, SessionEnd
from envaccess.store.client import connect
from tests.fakes.context import APPROVERS
from tests.stateful.agents_model import GRANTED, LIVES, MOST, PICK, WAITS, AgentCourse, AgentsModel, Wish
from tests.stateful.machine import StoreMachine
from tests.stateful.test_life import QUIET
from tests.store.agents import RULE, Agent, Program
from tests.store.harness import ALICE, BOB, CAROL, SECURITY, WORKSPACE, StoreHarness
from tests.store.signing_in import Terminal

T = TypeVar("T")
STEPS = (63, 311, 1_000)
"""Never within five seconds of an end of 2, 10, 15 or 60 minutes, however they add up."""
people = st.sampled_from([ALICE, BOB])
variables = st.sampled_from(["A", "B", "C"])


def why(found: Any) -> str:
    return found.reason.value if isinstance(found, Refusal) else ""


class Unhurried:
    """Fits `ports.process.Throttle`: a test is faster than people are."""

    async def allow(self, *_: object) -> bool:
        return True


class AgentLife(StoreMachine):
    """Agents of two people: offers, presses, proposals, right and wrong; locks, leavers, time."""

    agents = Bundle("agents")
    wishes = Bundle("wishes")

    def __init__(self) -> None:
        super().__init__()
        self.model = AgentsModel()
        self.terminals: dict[str, Terminal] = {}
        self.programs: dict[str, Program] = {}
        self.made: dict[str, Proposal] = {}
        shared = Terminal(self.harness)
        self.directory: Any = shared.directory
        self.directory.approvers = frozenset({ALICE, BOB, CAROL})
        book = Rulebook(Policy((RULE,), APPROVERS, "0" * 64))
        self.context = replace(shared.context, rulebook=book, throttle=Unhurried())

    @initialize()
    def begin(self) -> None:
        self.wait(self.harness.add("A", "B", "C"))

    def terminal(self, who: str) -> Terminal:
        """Where somebody is signed in: anew for each agent, where they may."""
        if not self.model.barred(who):
            terminal = Terminal(self.harness, who)
            terminal.context = self.context
            self.terminals[who] = self.wait(terminal.sign_in())
            assert isinstance(self.wait(terminal.call()), Session)
        return self.terminals.setdefault(who, Terminal(self.harness, who))

    def program(self, agent: str) -> Program:
        """What asks with an agent's keys; before it has begun, as whoever only says that it has."""
        found = self.programs[agent]
        session = self.wait(self.harness.sessions.get(agent))
        if session and session.session:
            found.session = session.session
        return found

    @rule(target=agents, who=people)
    def offer(self, who: str) -> Any:
        terminal, expected = self.terminal(who), self.model.offer(who)
        terminal.context = self.context
        agent = Agent(terminal, terminal.login)
        assert why(self.wait(agent.offer(LIVES))) == expected
        if expected:
            return multiple()
        self.model.agents[agent.id] = AgentCourse(who, self.model.now + PICK)
        keys = agent.sign.public, agent.seal.public, "lenovo-7", "alice", "claude", "192.0.2.4"
        said = Session(
            agent.id, Principal(ActorKind.AGENT, agent.id, WORKSPACE, who), *keys, 0, 0, 0,
            agent=AgentSession("review", "lenovo-7"),
        )  # fmt: skip
        self.programs[agent.id] = Program(self.harness, agent, said, RULE)
        self.programs[agent.id].context = self.context
        return agent.id

    @rule(target=agents, who=people)
    def start(self, who: str) -> Any:
        """The usual way in some steps at once, so that lives get far."""
        agent = self.offer(who)
        if isinstance(agent, str):
            self.press(agent, "", start=True)
            self.use(agent)
        return agent

    @rule(agent=agents, who=st.sampled_from(["", "", "", BOB]), start=st.sampled_from([True, True, False]))
    def press(self, agent: str, who: str, *, start: bool) -> None:
        kept = self.programs[agent].agent
        login = self.wait(self.harness.sessions.get(agent))
        assert login, "what is over is kept for longer than a life here"
        presser = who or self.model.agents[agent].person
        expected = self.model.press(agent, presser, start=start)
        assert why(self.wait(kept.press(presser, start=start))) == expected
        if not expected:
            assert why(self.wait(kept.press(presser, start=not start))) == Reason.AGENT_OVER

    @rule(agent=agents)
    def use(self, agent: str) -> None:
        """Poll and call: a token after the press alone, and a session until its end."""
        kept, course = self.programs[agent].agent, self.model.agents[agent]
        given = self.wait(kept.fetch())
        assert bool(given) is (course.state == "confirmed" and not course.used)
        found = self.wait(kept.call())
        assert isinstance(found, Session) is (course.state == "confirmed")
        if isinstance(found, Session):
            assert (found.id, found.principal.behalf) == (agent, course.person)
            self.model.use(agent)

    @rule(target=wishes, agent=agents, variable=variables)
    def propose(self, agent: str, variable: str) -> Any:
        expected = self.model.propose(agent, variable)
        found = self.wait(self.program(agent).asks(variable, Duration(GRANTED)))
        if expected == "has":
            assert isinstance(found, Request)
        elif expected == "same":
            assert found.id in self.model.wishes_of(agent)
        elif expected:
            assert why(found) == expected
        else:
            assert isinstance(found, Proposal), found
            self.made[found.id] = found
            self.model.wishes[found.id] = Wish(agent, variable, self.model.now + WAITS)
            return found.id
        return multiple()

    @rule(
        wish=wishes, who=st.sampled_from(["", "", "", BOB, CAROL]), let=st.sampled_from([True, True, False])
    )
    def answer(self, wish: str, who: str, *, let: bool) -> None:
        made = self.made[wish]
        program, presser = self.programs[made.agent.id], who or made.agent.behalf
        expected = self.model.answer(wish, presser, let=let)
        shown = self.wait(self.harness.proposals.get(wish))  # a clock that is moved seals everything anew
        assert shown
        found = self.wait(program.press(shown, presser, let=let))
        assert why(found) == expected
        assert isinstance(found, Filed) is (let and not expected)
        forged = self.wait(program.press(made, made.agent.behalf, mac="f" * 32))
        assert why(forged) in {Reason.PROPOSAL_OVER, Reason.DEACTIVATED}

    @rule(wish=wishes, who=st.sampled_from([ALICE, BOB, CAROL]))
    def approve(self, wish: str, who: str) -> None:
        expected = self.model.approve(wish, who)
        call = by_person(self.harness.op(), who)
        found = self.wait(decide(self.context, call, wish, Verb.APPROVE, ""))
        assert isinstance(found, Decided) is not bool(expected), found

    @rule(wish=wishes)
    def withdraw(self, wish: str) -> None:
        made, kept = self.made[wish], self.model.wishes[wish]
        found = self.wait(withdraw_proposal(self.context, self.program(made.agent.id).call(), made))
        assert (why(found) == "") is (kept.state == "proposed")
        if kept.state == "proposed":
            kept.state, kept.how = "declined", "withdrawn"

    @rule(agent=agents, who=st.sampled_from(["", "", BOB]))
    def end(self, agent: str, who: str) -> None:
        course = self.model.agents[agent]
        actor = who or course.person
        own = actor == course.person
        ended = self.wait(end_agent(self.context, by_person(self.harness.op(), actor), agent))
        expected = self.model.end(actor, "logout", agent) if own else Reason.AGENT_NOT_YOURS
        assert (why(ended) or ended) == expected

    @rule(who=people)
    def end_all(self, who: str) -> None:
        call = by_person(self.harness.op(), who)
        self.wait(end_session(self.context, call, "", SessionEnd.LOGOUT))
        self.model.end(who, "logout")

    @rule(who=people)
    def lock(self, who: str) -> None:
        self.model.end(who, "locked")
        self.model.locked.add(who)
        self.wait(self.harness.lock(who))

    @rule(agent=agents)
    def lock_agent(self, agent: str) -> None:
        if self.model.agents[agent].state == "confirmed":  # else the press is refused
            self.model.over(agent, "locked")
        self.model.locked.add(agent)
        target = Target(program=f"agent:{agent}")
        self.wait(self.harness.locks.lock(self.harness.op(), target, SECURITY, "it went wild"))

    @rule(who=people)
    def unlock(self, who: str) -> None:
        self.model.locked.discard(who)
        self.wait(self.harness.unlock(who))

    @rule(who=people)
    def leave(self, who: str) -> None:
        self.model.end(who, "left")
        self.model.gone.add(who)
        self.directory.people[who] = Person(who, WORKSPACE, deleted=True)
        self.wait(left(self.context, who, Reason.DEACTIVATED))

    @rule(who=people)
    def come_back(self, who: str) -> None:
        self.model.gone.discard(who)
        self.directory.join(who)

    @rule(seconds=st.sampled_from(STEPS))
    def pass_time(self, seconds: int) -> None:
        self.wait(self.harness.pass_time(seconds * 1_000))
        self.model.pass_time(seconds)
        self.wait(self.harness.work())

    @invariant()
    def check_agents(self) -> None:
        """Which agents live is the model's: only by a press, and so many at most."""
        for who in (ALICE, BOB):
            known = {login.id for login in self.wait(self.context.agents.of(who))}
            assert known == set(self.model.open_of(who))
            assert len(known) <= MOST

    @invariant()
    def check_wishes(self) -> None:
        """What waits for its person, and what was filed, is the model's."""
        for agent, course in self.model.agents.items():
            waits = {one.id for one in self.wait(self.harness.proposals.of(f"agent:{agent}"))}
            assert waits == set(self.model.wishes_of(agent)), course
        for id_, wish in self.model.wishes.items():
            request = self.wait(self.harness.requests.get(id_))
            assert (request is not None) is wish.let, (wish, request)
            if request:
                live = wish.state == "granted"
                assert (
                    bool(self.wait(self.harness.client.exists(self.harness.runner.key("grant", id_)))) is live
                )
                assert request.behind == self.model.agents[wish.agent].person

    @invariant()
    def check_events(self) -> None:
        """Every beginning and every end has its event, once."""
        events = self.wait(self.harness.events())
        agents, wishes = self.model.agents, self.model.wishes
        told = [
            (one.event, one.detail.get("session") or one.actor.id if "session" in one.event else one.request)
            for one in events
        ]
        tags = {tag: sorted(id_ for name, id_ in told if name == tag and id_) for tag, _ in told}
        declined = sorted(id_ for id_, wish in wishes.items() if wish.how)
        let = sorted(id_ for id_, wish in wishes.items() if wish.let)
        assert tags.get("request.proposed", []) == sorted(wishes)
        assert tags.get("request.declined", []) == declined
        assert tags.get("request.consented", []) == tags.get("request.created", []) == let
        over = {(id_, one.how) for id_, one in agents.items() if one.state == "over"}
        ended = [
            (one.detail["session"], one.detail["how"])
            for one in events
            if one.event == "session.ended" and one.detail["session"] in agents
        ]
        assert sorted(ended) == sorted(over)


class FakeAgentLife(AgentLife):
    """On fakeredis."""

    async def open(self) -> StoreHarness:
        return StoreHarness(FakeAsyncRedis(decode_responses=True))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few agents and proposals are the most; and what a code gives is made quickly here."""
    monkeypatch.setattr("envaccess.store.agents.AGENTS_MAX", MOST)
    monkeypatch.setattr("envaccess.store.proposals.PROPOSALS_MAX", MOST)
    monkeypatch.setattr("envaccess.crypto.login_codes._STRETCHED", 1)


def test_any_life_of_agents_on_fakeredis_is_the_models() -> None:
    some = settings(max_examples=5, stateful_step_count=20, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(FakeAgentLife, settings=some)


@pytest.mark.real
def test_any_life_of_agents_on_the_real_server_is_the_models(
    valkey: str, pytestconfig: pytest.Config
) -> None:
    class RealAgentLife(AgentLife):
        """On the real server."""

        async def open(self) -> StoreHarness:
            client = connect(valkey)
            await client.flushall()
            return StoreHarness(client)

    lives = pytestconfig.getoption("--lives-tried")
    some = settings(max_examples=lives, stateful_step_count=25, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(RealAgentLife, settings=some)
