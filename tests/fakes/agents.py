"""Agents in memory: the store's second implementation, with the rules of its scripts."""

from collections.abc import Sequence
from dataclasses import fields, replace

from envaccess.domain.audit import ActorKind
from envaccess.domain.broker_calls import BrokerCall
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession
from envaccess.domain.proposal import PROPOSALS_MAX, DeclinedHow, NewProposal, Proposal, ProposalState
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import (
    AGENTS_MAX,
    FETCH_SECONDS,
    PICK_SECONDS,
    Login,
    LoginState,
    NewAgent,
    Offer,
    Session,
    SessionEnd,
)
from tests.fakes.books import Books
from tests.fakes.sessions import OVER, FakeSessions


class FakeAgents:
    """Fits `ports.agents.AgentStore`."""

    def __init__(self, books: Books, sessions: FakeSessions) -> None:
        self._books = books
        self._sessions = sessions

    async def offer(
        self, op: str, principal: Principal, asked_in: str, new: NewAgent
    ) -> Login | Refusal | None:
        del asked_in
        self._books.check()
        if refusal := self._books.locked("agent", principal.key, [principal.key]):
            return refusal
        if len(await self.of(principal.key)) >= AGENTS_MAX:
            return Refusal(Reason.TOO_MANY_AGENTS, limit=AGENTS_MAX)
        return self._books.once(op, lambda: self._offer(principal, new))

    def _offer(self, principal: Principal, new: NewAgent) -> Login:
        keys = new.sign_key, new.seal_key, new.server_key
        return self._sessions.put(
            Login(
                id=new.id,
                person=f"agent:{new.id}",
                state=LoginState.OFFERED,
                expires_at=self._books.now + PICK_SECONDS * 1_000,
                offer=Offer(new.client, *keys, 0, (), f"mac-{new.id}"),
                behind=principal.key,
                agent=AgentSession(new.name, new.client.host),
                seconds=new.seconds,
            )
        )

    async def pick(
        self, op: str, principal: Principal, agent: Login, *, start: bool, message: str
    ) -> Login | Refusal:
        del message
        self._books.check()
        return self._books.once(op, lambda: self._pick(principal, agent, start=start))

    def _pick(self, principal: Principal, agent: Login, *, start: bool) -> Login:
        assert agent.offer
        now, client = self._books.now, agent.offer.client
        if not start:
            refused = replace(agent, state=LoginState.REFUSED, ended_how=SessionEnd.DECLINED, ended_at=now)
            return self._sessions.put(refused)
        session = Session(
            id=agent.id,
            principal=Principal(ActorKind.AGENT, agent.id, principal.issuer, principal.id),
            sign_key=agent.offer.sign_key,
            seal_key=agent.offer.seal_key,
            host=client.host,
            user=client.user,
            program=client.program,
            address=client.address,
            opened_at=now,
            ends_at=now + agent.seconds * 1_000,
            idle_at=now + FETCH_SECONDS * 1_000,
            agent=agent.agent,
        )
        return self._sessions.put(replace(agent, state=LoginState.CONFIRMED, session=session))

    async def of(self, person: str) -> Sequence[Login]:
        return [agent for agent in self._sessions.agents(person) if agent.state not in OVER]


class FakeProposals:
    """Fits `ports.agents.ProposalStore`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._kept: dict[str, Proposal] = {}

    async def propose(self, op: str, session: str, new: NewProposal) -> Proposal | Refusal | None:
        del session
        self._books.check()
        open_ = await self.of(new.agent.key)
        same = [one for one in open_ if set(one.variables) == set(new.variables)]
        if same:
            return same[0]
        if len(open_) >= PROPOSALS_MAX:
            return Refusal(Reason.TOO_MANY_PROPOSALS, limit=PROPOSALS_MAX)
        return self._books.once(op, lambda: self._put(self._made(new)))

    def _made(self, new: NewProposal) -> Proposal:
        given = {one.name: getattr(new, one.name) for one in fields(new)}
        return Proposal(**given, created_at=self._books.now, mac=f"mac-{new.id}")

    async def agree(self, op: str, proposal: Proposal, person: str, message: str) -> Proposal | Refusal:
        del op, person, message
        return self._put(replace(proposal, state=ProposalState.AGREED))

    async def file(self, proposal: Proposal, request: str) -> None:
        self._put(replace(proposal, state=ProposalState.FILED, request=request))

    async def decline(
        self, op: str, proposal: Proposal, actor: str, how: DeclinedHow, why: str = "", message: str = ""
    ) -> Proposal | Refusal:
        del op, actor, message
        return self._put(replace(proposal, state=ProposalState.DECLINED, how=how, why=why))

    async def note_calls(
        self,
        op: str,
        agent: str,
        grant: str,
        service: str,
        calls: Sequence[BrokerCall],
        *,
        echo: bool,
        behind: str = "",
    ) -> Refusal | None:
        del op, agent, grant, service, calls, echo, behind
        return None

    async def get(self, proposal: str) -> Proposal | None:
        return self._kept.get(proposal)

    async def of(self, agent: str) -> Sequence[Proposal]:
        return [one for one in self._kept.values() if one.agent.key == agent and one.is_open]

    def _put(self, proposal: Proposal) -> Proposal:
        self._kept[proposal.id] = proposal
        return proposal
