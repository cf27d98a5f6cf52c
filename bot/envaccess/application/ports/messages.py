"""Slack's messages."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from envaccess.domain.audit import Event
from envaccess.domain.outcome import Claim
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable


class Messages(Protocol):
    """Slack's messages. Raises `MessageRefusedError`, `MessageDelayedError`, `MessageUncertainError`."""

    async def post_request(self, request: Request) -> str:
        """Post to the approvers channel; returns `ts`."""
        ...

    async def update_request(self, request: Request) -> None:
        """Redraw that message."""
        ...

    def known_dm(self, user: str) -> str:
        """The direct-message channel with somebody, if it is known without asking; else nothing."""
        ...

    async def dm(self, user: str) -> str:
        """The direct-message channel with somebody."""
        ...

    async def dm_in_time(self, user: str) -> str:
        """The same, in the time that a handler has before its ack; raises none but the first two."""
        ...

    async def post_notification(self, request: Request) -> None:
        """Call those who are awaited, in the thread under the request's message."""
        ...

    async def post_call(self, dm: str, request: Request) -> None:
        """Tell somebody who is not in the channel that they are awaited."""
        ...

    async def post_card(self, request: Request) -> str:
        """Post the requester's card to `request.surfaces.dm`; returns `ts`."""
        ...

    async def update_card(self, request: Request) -> None:
        """Redraw the card."""
        ...

    async def delete(self, channel: str, ts: str) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        ...

    async def post_lines(self, events: Sequence[Event], thread: str) -> tuple[str, int]:
        """Post the audit lines of these events, in a request's thread where there is one.

        Returns `ts`, and how many of them the message holds: the first, at least one.
        """
        ...

    async def post_digest(self, events: Sequence[Event]) -> int:
        """Post what stands for many lines, with every name; returns for how many of the events."""
        ...

    async def show_values(self, claim: Claim, values: Mapping[Variable, str]) -> None:
        """Show values to the requester alone, ephemerally, in the direct messages that the claim names."""
        ...
