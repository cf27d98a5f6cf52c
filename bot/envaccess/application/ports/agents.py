"""Agents: where their sessions are kept, besides what they have in common with those at terminals."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.domain.broker_calls import BrokerCall
from envaccess.domain.principal import Principal
from envaccess.domain.proposal import DeclinedHow, NewProposal, Proposal
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Login, NewAgent


class AgentStore(Protocol):
    """One workspace's agents, as their seals say. Raises `StoreError`."""

    async def offer(
        self, op: str, principal: Principal, asked_in: str, new: NewAgent
    ) -> Login | Refusal | None:
        """Keep what somebody wants to start, at the terminal of that session; None: its id is taken."""
        ...

    async def pick(
        self, op: str, principal: Principal, agent: Login, *, start: bool, message: str
    ) -> Login | Refusal:
        """Its person pressed *Start* or *Refuse* on the offer that they were shown."""
        ...

    async def of(self, person: str) -> Sequence[Login]:
        """Somebody's agents, those that wait for their press among them; the newest first."""
        ...


class ProposalStore(Protocol):
    """What agents of one workspace want to ask for, as their seals say. Raises `StoreError`."""

    async def propose(self, op: str, session: str, new: NewProposal) -> Proposal | Refusal | None:
        """Keep what an agent wants to ask for, or find the same that waits already; None: its id is taken."""
        ...

    async def agree(self, op: str, proposal: Proposal, person: str, message: str) -> Proposal | Refusal:
        """Its person pressed: from now on it is filed, whatever happens to this process."""
        ...

    async def file(self, proposal: Proposal, request: str) -> None:
        """It has become this request."""
        ...

    async def decline(
        self, op: str, proposal: Proposal, actor: str, how: DeclinedHow, why: str = "", message: str = ""
    ) -> Proposal | Refusal:
        """It becomes none. `actor` is who says so, as records name them, or `bot`."""
        ...

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
        """Write down what a broker called with this grant; `echo`: its value came back, so it ends.

        `behind`: the agent's person, whom a refused attempt names.
        """
        ...

    async def get(self, proposal: str) -> Proposal | None:
        """One proposal; None where there is none, or none that can be relied on."""
        ...

    async def of(self, agent: str) -> Sequence[Proposal]:
        """The proposals of an agent that wait, the newest first."""
        ...
