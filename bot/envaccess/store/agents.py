"""Agents' sessions, as far as they are no other than terminals': fits `ports.agents.AgentStore`."""

from collections.abc import Sequence

from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.seals.sessions import AgentOfferSeal, AgentSeal
from envaccess.domain.session import AGENTS_MAX, FETCH_SECONDS, PICK_SECONDS, Login, NewAgent
from envaccess.store.opened_seals import sealed
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.sessions import RedisSessions


class RedisAgents:
    """One workspace's agents.

    Args:
        runner: the workspace's scripts.
        sealing: seals what people do.
        sessions: reads what is kept.
    """

    def __init__(self, runner: Runner, sealing: Sealing, sessions: RedisSessions) -> None:
        self._runner = runner
        self._sealing = sealing
        self._sessions = sessions

    async def offer(
        self, op: str, principal: Principal, asked_in: str, new: NewAgent
    ) -> Login | Refusal | None:
        """Keep what somebody wants to start; None: its id is taken."""
        client, at = new.client, self._sealing.clock()
        words = {"host": client.host, "os_user": client.user, "program": client.program}
        keys = {"sign_key": new.sign_key, "seal_key": new.seal_key}
        said = AgentOfferSeal(
            id=new.id,
            person=principal.key,
            issuer=principal.issuer,
            name=new.name,
            seconds=new.seconds,
            **keys,
            **words,
            address=client.address,
            server_key=new.server_key,
            at=at,
        )
        outcome = await self._runner.outcome(
            "offer_agent",
            op=op,
            actor=principal.key,
            session=new.id,
            asked_in=asked_in,
            seal=said.sealed(self._sealing.seals),
            name=new.name,
            **keys,
            **words,
            address=client.address,
            clock=at,
            seconds=PICK_SECONDS,
            most=AGENTS_MAX,
        )
        if "taken" in outcome:
            return None
        return read_refusal(outcome) or await self._found(outcome["session"])

    async def pick(
        self, op: str, principal: Principal, agent: Login, *, start: bool, message: str
    ) -> Login | Refusal:
        """Its person pressed *Start* or *Refuse* on the offer that they were shown."""
        at = self._sealing.clock()
        ends_at = at + agent.seconds * 1_000
        outcome = await self._runner.outcome(
            "pick_agent",
            op=op,
            actor=principal.key,
            session=agent.id,
            offer=agent.offer.mac if agent.offer else "",
            start=str(int(start)),
            clock=at,
            seconds=FETCH_SECONDS,
            ends_at=ends_at,
            ts=message,
            **({"seal": self._seal(principal, agent, at, ends_at)} if start else {}),
        )
        return read_refusal(outcome) or await self._found(agent.id)

    def _seal(self, principal: Principal, agent: Login, at: int, ends_at: int) -> str:
        assert agent.offer
        assert agent.agent
        said = AgentSeal(
            id=agent.id,
            offer=agent.offer.mac,
            person=principal.key,
            issuer=principal.issuer,
            name=agent.agent.name,
            sign_key=agent.offer.sign_key,
            seal_key=agent.offer.seal_key,
            ends_at=ends_at,
            at=at,
        )
        return sealed(said, self._sealing.seals)

    async def of(self, person: str) -> Sequence[Login]:
        """Somebody's agents, those that wait for their press among them; the newest first."""
        found = [login for login in await self._sessions.all_live(person) if login.agent]
        return sorted(found, key=lambda login: -login.expires_at)

    async def _found(self, agent: str) -> Login | Refusal:
        return await self._sessions.get(agent) or Refusal(Reason.AGENT_UNKNOWN)
