"""An agent of the store tests: its person's terminal, its own keys, and the whole way to a session."""

from dataclasses import dataclass, field
from typing import Any

from envaccess.application.agents.start import WantedAgent, offer_agent, pick_agent, poll_agent
from envaccess.crypto.boxes import BoxKey, open_box, token_info
from envaccess.crypto.proofs import ProofKey
from envaccess.domain.call import Call, Origin, by_person
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Login, LoginState, Session
from tests.store.harness import ALICE, StoreHarness
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
