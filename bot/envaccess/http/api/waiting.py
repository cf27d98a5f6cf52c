"""Long polls: an answer waits until something has changed, and holds nothing but its own place in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from envaccess.domain.proposal import Proposal, ProposalState
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request, State
from envaccess.http.api.context import Watch

_STATES: Final = tuple(State)
_GRANTS: Final = (None, *GrantState)
_PROPOSALS: Final = 2**40
_LAG: Final = 0.05
"""Seconds after a deadline at which it is certainly over."""


def version_of(request: Request) -> int:
    """Another number for each look of a request: time ends things before anybody writes it down."""
    look = _STATES.index(request.state) * len(_GRANTS) + _GRANTS.index(request.grant)
    return request.version * len(_STATES) * len(_GRANTS) + look


def proposal_version(proposal: Proposal, now: int) -> int:
    """The same of what an agent wants to ask for; never that of a request."""
    return _PROPOSALS + 2 * proposal.version + (proposal.as_of(now) is ProposalState.DECLINED)


def next_end(request: Request | Proposal) -> int:
    """When time alone changes it, milliseconds; 0: never."""
    if isinstance(request, Proposal):
        return request.expires_at if request.is_open else 0
    if request.state is State.PENDING:
        return request.deadline_at
    if request.grant is GrantState.ACTIVE:
        return min(filter(None, (request.expires_at, request.lapses_at)), default=0)
    return request.starts_at if request.grant is GrantState.WAITING else 0


async def wait_for_change(
    watch: Watch,
    read: Callable[[], Awaitable[Request | Proposal | Refusal]],
    lives: Callable[[], Awaitable[bool]],
    known: int | None,
    seconds: float,
    now: Callable[[], int],
) -> Request | Proposal | Refusal:
    """The request as soon as its version is another one than the client knows, or when the time is over.

    Whose session ended while they waited is told so at once, and nothing of the request.

    Args:
        watch: began before this.
        read: reads it, or says why not.
        lives: whether the session does that waits.
        known: the client's version; None: whatever is there is news.
        seconds: how long to wait at most.
        now: our clock, milliseconds; deadlines are looked at when they are over.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    found = await read()
    while True:
        left = until - loop.time()
        if isinstance(found, Refusal) or known is None or _version(found, now()) != known:
            return found
        if left <= 0 or watch.over:
            return found
        ends = next_end(found)
        due = max(0.0, (ends - now()) / 1_000) + _LAG if ends else left
        if not await watch.changed(min(left, due)) and left <= due:
            return found  # nothing happened: what was read still stands, and a thousand who wait cost nothing
        found = await read()
        if not await lives():
            return Refusal(Reason.NO_SESSION)


def _version(found: Request | Proposal, now: int) -> int:
    return proposal_version(found, now) if isinstance(found, Proposal) else version_of(found)
