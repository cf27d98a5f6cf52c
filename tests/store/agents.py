"""An agent of the store tests: its person's terminal, its own keys, and the whole way to a session."""

from dataclasses import dataclass, field, replace
from typing import Any

from envaccess.application.agents.propose import answer_proposal, propose
from envaccess.application.agents.start import WantedAgent, offer_agent, pick_agent, poll_agent
from envaccess.application.rulebook import Rulebook
from envaccess.crypto.boxes import BoxKey, open_box, token_info
from envaccess.crypto.proofs import ProofKey
from envaccess.domain.call import BROKER, Call, Origin, by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import AGENTS, PrincipalSet
from envaccess.domain.policy.rules import DeliveryMode, Rule, Step
from envaccess.domain.principal import Principal
from envaccess.domain.proposal import Proposal, ProposalState
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Login, LoginState, Session
from tests.fakes.context import APPROVERS
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness, var
from tests.store.signing_in import CLIENT, Terminal


@dataclass
class Agent:
    """A program of somebody's.

    Attributes:
        terminal: where its person is signed in.
        session: of that terminal.
    """

    terminal: Terminal
    session: str
    sign: ProofKey = field(default_factory=ProofKey.generate)
    seal: BoxKey = field(default_factory=BoxKey.generate)
    token: str = ""
    id: str = ""

    @classmethod
    async def of(cls, store: StoreHarness, person: str = ALICE) -> "Agent":
        """One of somebody who is signed in."""
        terminal = await Terminal(store, person).sign_in()
        session = await terminal.call()
        assert isinstance(session, Session)
        return cls(terminal, session.id)

    async def offer(self, seconds: int = 3_600, principal: Principal | None = None) -> Login | Refusal:
        """Ask for it to be started."""
        store = self.terminal.store
        wanted = WantedAgent("review", seconds, self.sign.public, self.seal.public, CLIENT)
        who = principal or by_person("", self.terminal.person).principal
        found = await offer_agent(
            self.terminal.context, Call(store.op(), who, Origin(session=self.session)), wanted
        )
        if isinstance(found, Login):
            self.id = found.id
        return found

    async def at(self) -> Login:
        found = await self.terminal.store.sessions.get(self.id)
        assert found
        return found

    async def press(self, who: str = "", *, start: bool = True, offer: str = "") -> Login | Refusal:
        """Press a button of the message."""
        login = await self.at()
        assert login.offer
        call = by_person(self.terminal.store.op(), who or self.terminal.person)
        return await pick_agent(self.terminal.context, call, self.id, offer or login.offer.mac, start=start)

    async def fetch(self, key: ProofKey | None = None) -> str:
        """Poll for a token."""
        polled = await poll_agent(self.terminal.context, self.id, (key or self.sign).public)
        assert not isinstance(polled, Refusal), polled
        if polled.token:
            self.token = open_box(self.seal, polled.token, token_info(self.id)).decode()
        return polled.token

    async def start(self, seconds: int = 3_600) -> "Agent":
        """All of it."""
        offered = await self.offer(seconds)
        assert isinstance(offered, Login), offered
        begun = await self.press()
        assert isinstance(begun, Login), begun
        assert begun.state is LoginState.CONFIRMED
        assert await self.fetch()
        return self

    async def call(self, **other: Any) -> Session | Refusal:
        """Call, with whatever is given in the place of what is right."""
        given = {"key": self.sign, "proof_token": self.token, "token": self.token, **other}
        return await self.terminal.call(**given)


BOTH = PrincipalSet((BOB, CAROL))
RULE = Rule(
    "agents",
    ("*/*",),
    (Step(BOTH, 1),),
    requesters=PrincipalSet((AGENTS, "anyone")),
    delivery=(DeliveryMode.BROKER,),
)
WHY = "reviewing a pull request"


class Program:
    """An agent of Alice's that asks, and she who presses."""

    def __init__(self, harness: StoreHarness, agent: Agent, session: Session, rule: Rule) -> None:
        self.harness, self.agent, self.session = harness, agent, session
        book = Rulebook(Policy((rule,), APPROVERS, "0" * 64))
        agent.terminal.directory.approvers = frozenset({ALICE, BOB, CAROL})
        self.context = replace(agent.terminal.context, rulebook=book)

    @classmethod
    async def of(cls, harness: StoreHarness, rule: Rule = RULE) -> "Program":
        await harness.add(*"ABCDEFG")
        agent = await (await Agent.of(harness)).start()
        session = await agent.call()
        assert isinstance(session, Session)
        return cls(harness, agent, session, rule)

    def call(self) -> Call:
        one = self.session
        origin = Origin(
            surface=BROKER,
            session=one.id,
            seal_key=one.seal_key,
            receipt=Receipt("lenovo-7", "alice", "claude", "192.0.2.4"),
            agent=one.agent,
        )
        return Call(self.harness.op(), one.principal, origin)

    async def asks(self, names: str = "A", duration: Duration = Duration(600)) -> Any:  # noqa: B008 - frozen
        wanted = tuple(var(name) for name in names.split(","))
        return await propose(self.context, self.call(), Ask(wanted, duration, WHY))

    async def proposes(self, names: str = "A") -> Proposal:
        found = await self.asks(names)
        assert isinstance(found, Proposal), found
        return found

    async def press(self, found: Proposal, who: str = ALICE, *, let: bool = True, mac: str = "") -> Any:
        call = by_person(self.harness.op(), who)
        return await answer_proposal(self.context, call, found.id, mac or found.mac, let=let)

    async def state(self, found: Proposal) -> ProposalState:
        again = await self.harness.proposals.get(found.id)
        assert again
        return again.state

    async def tags(self, id_: str) -> list[str]:
        return [event.event for event in await self.harness.trail.tail(200) if event.request == id_]
