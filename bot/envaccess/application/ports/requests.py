"""Requests, and the grants that they become, as the store keeps them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.outcome import Cancelled, Decided, Ended, Filed, Holdings, NewRequest, Recorded, Vote
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request, Verb
from envaccess.domain.signals.observing import Remembered


class Requests(Protocol):
    """Requests and grants: every method that changes something is one atomic step with its event.

    `message` is the one whose button was pressed: one that is not the remembered message is a stray,
    which the relay then deletes.
    """

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        """File a request, or return the pending one for the same variables.

        Refused as `MOVED_ON`, and not remembered, if it means other incarnations than are catalogued now.
        """
        ...

    async def remembered(self, who: str) -> Remembered:
        """What is usual for somebody, for `NewRequest.observing`; nothing where it cannot be read.

        Args:
            who: under whom facts are kept (`domain.signals.observe.kept_under`).
        """
        ...

    async def decide(
        self, op: str, request: str, actor: str, verb: Verb, why: str, message: str, vote: Vote = ...
    ) -> Decided | Refusal:
        """Approve or deny; refused as `MOVED_ON`, and not remembered, if the vote is about an older state."""
        ...

    async def cancel(
        self, op: str, request: str, actor: Actor, message: str = "", behind: str = ""
    ) -> Cancelled | Refusal:
        """Withdraw a pending request; its requester may, and the bot for somebody who left.

        `behind`: the person behind a machine or an agent, whom a refused attempt names.
        """
        ...

    async def revoke(self, op: str, request: str, actor: Actor, message: str = "") -> Ended | Refusal:
        """End a live grant. The service has ruled that the actor may."""
        ...

    async def ask(self, op: str, request: str, actor: str, text: str, message: str) -> Recorded | Refusal:
        """Ask the requester something. The service has ruled that the actor may."""
        ...

    async def answer(self, op: str, request: str, actor: str, text: str, message: str) -> Recorded | Refusal:
        """Answer the open question; only the requester."""
        ...

    async def review(
        self, op: str, request: str, actor: str, note: str, message: str, filing: str = ""
    ) -> Recorded | Refusal:
        """Close an emergency's review. The service has ruled that the actor may."""
        ...

    async def escalate(self, op: str, request: Request, why: str) -> None:
        """Do at once what the end of this step's time would do, unless the request has moved on."""
        ...

    async def seal_automatic(self, request: Request) -> None:
        """Seal that the policy let it through alone, unless that is sealed."""
        ...

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        ...

    async def undecided(self, limit: int = 100) -> Sequence[Request]:
        """Pending requests, the oldest first."""
        ...

    async def unreviewed(self, limit: int = 100) -> Sequence[Request]:
        """Emergencies whose review is open, the oldest first."""
        ...

    async def held_by(self, person: str, most: int = 20) -> Holdings:
        """What a person has, at most so many of each kind, newest first."""
        ...

    async def behind(self, person: str, programs: Collection[str]) -> Sequence[Request]:
        """What programs that somebody is behind wait for or have, newest first.

        Args:
            person: a Slack user id.
            programs: those of them that have a session, as records name them.
        """
        ...

    async def holders(self) -> Collection[Principal]:
        """Everybody with a pending request or a live grant."""
        ...
