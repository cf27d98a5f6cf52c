"""Agents in a life: offered, started by a press, asking by proposals, and using what others approved."""

from dataclasses import dataclass, field, replace

from envaccess.application.grants.client_claim import claim_for_client
from envaccess.application.grants.reveal import hand_over
from envaccess.application.rulebook import Rulebook
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Claim, Filed
from envaccess.domain.policy.book import Policy
from envaccess.domain.proposal import Proposal
from envaccess.domain.session import Login, Session
from tests.attack.acts import LATE, Asked
from tests.attack.terminals import Way
from tests.attack.workspace import ALICE, Workspace
from tests.fakes.rulings import CHANNEL
from tests.store.agents import RULE, WHY, Agent, Program
from tests.store.signing_in import CLIENT, RandomLogins

SECONDS = 3_600
SAID = (
    "agent", "session", "seal_key", "variables", "named", "duration", "reason", "start", "receipt",
    "deciders", "automatic", "mac",
)  # fmt: skip
"""What a proposal says that its person is asked about."""


@dataclass
class Lived:
    """An agent, and what its person did.

    Attributes:
        agent: its keys, and whose it is.
        program: what asks with them, once it was started.
        until: when its session must be over; 0: nobody pressed *Start*.
    """

    agent: Agent
    program: Program | None = None
    until: int = 0

    @property
    def key(self) -> str:
        return f"agent:{self.agent.id}"

    @property
    def person(self) -> str:
        return self.agent.terminal.person


@dataclass
class AgentWorkspace(Workspace):
    """A workspace in which agents ask.

    Attributes:
        agents: in the order in which they were offered.
        proposed: every proposal as it was made, by its id.
    """

    agents: list[Lived] = field(default_factory=list)
    proposed: dict[str, Proposal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        book = Rulebook(Policy((RULE,), CHANNEL, "0" * 64))
        self.context = replace(self.context, rulebook=book, ids=RandomLogins())

    async def offer(self, person: str = ALICE) -> Lived:
        """Somebody's terminal asks for an agent to be started."""
        agent = await Agent.of(self.store, person)
        agent.terminal.context = self.context
        assert isinstance(await agent.offer(SECONDS), Login)
        self.agents.append(Lived(agent))
        return self.agents[-1]

    async def start(self, lived: Lived) -> None:
        """Its person presses, and it calls."""
        assert isinstance(await lived.agent.press(), Login)
        lived.until = self.clock.ms + SECONDS * 1_000
        assert await lived.agent.fetch()
        session = await lived.agent.call()
        assert isinstance(session, Session)
        lived.program = Program(self.store, lived.agent, session, RULE)
        lived.program.context = self.context

    async def propose(self, lived: Lived, names: str) -> Proposal:
        """It wants to ask for something."""
        assert lived.program
        found = await lived.program.asks(names, Duration(900))
        assert isinstance(found, Proposal), found
        self.proposed[found.id] = found
        return found

    async def let(self, lived: Lived, proposal: Proposal) -> str:
        """Its person lets it ask; returns the request's id."""
        assert lived.program
        filed = await lived.program.press(proposal, lived.person)
        assert isinstance(filed, Filed), filed
        request = await self.store.get(filed.id)
        self.acts.asked[filed.id] = Asked(
            id=filed.id,
            who=lived.key,
            names=tuple(map(str, request.variables)),
            seconds=900,
            ruling=request.ruling,
            at=self.clock.ms,
            reason=WHY,
        )
        self.clock.pass_(5)
        return filed.id

    async def claim(self, lived: Lived, session: Session, request: str) -> dict[str, str]:
        """Values that leave for its broker, by the API's own steps; empty where none do."""
        program = lived.program
        call = program.call() if program else None
        if call is None:
            return {}
        origin = replace(call.origin, session=session.id, seal_key=session.seal_key, agent=session.agent)
        call = replace(call, principal=session.principal, origin=replace(origin, receipt=CLIENT))
        claim, way = await claim_for_client(self.context, call, request), Way()
        if not isinstance(claim, Claim) or await hand_over(self.context, claim, way) is not None:
            return {}
        return way.values

    def misread(self, lived: Lived, session: Session) -> list[str]:
        """What is not as its person agreed to; empty where all of it is."""
        agent = lived.agent
        right = {
            "its person started it": lived.until > 0,
            "whose it is": (session.principal.key, session.principal.behalf) == (lived.key, lived.person),
            "its box": (session.sign_key, session.seal_key) == (agent.sign.public, agent.seal.public),
            "its end": self.clock.ms <= lived.until + LATE,
        }
        return [f"not: {what}" for what, is_so in right.items() if not is_so]

    def faults(self, lived: Lived, request: str, values: dict[str, str]) -> list[str]:
        """What nobody agreed to in this release; empty where all of it is right."""
        asked, now = self.acts.asked[request], self.clock.ms
        right = {
            "it was asked for": asked.who == lived.key,
            "in its time": any(
                set(values) <= window.names and window.begins - LATE <= now <= window.ends + LATE
                for window in self.acts.windows(asked)
            ),
            "the values are its own": all(value in self.acts.values[name] for name, value in values.items()),
        }
        return [f"not: {what}" for what, is_so in right.items() if not is_so]

    def misdrawn(self, found: Proposal) -> list[str]:
        """In what a proposal that is shown, or pressed, differs from what its agent proposed."""
        made = self.proposed.get(found.id)
        if made is None:
            return ["which nobody proposed"]
        return [name for name in SAID if getattr(made, name) != getattr(found, name)]
