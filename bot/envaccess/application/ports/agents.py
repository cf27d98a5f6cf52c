"""Agents: where their sessions are kept, besides what they have in common with those at terminals."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.domain.principal import Principal
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
