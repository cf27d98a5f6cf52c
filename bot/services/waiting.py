"""What waits for somebody: requests that they may decide now, emergencies that they may review."""

import asyncio
from collections.abc import Sequence

from bot.domain.errors import DirectoryError
from bot.domain.outcome import Decided
from bot.domain.refusal import Reason, Refusal
from bot.domain.request import Request, Verb
from bot.services.circles import members
from bot.services.decide import decide
from bot.services.seats import Seat, find_seat
from bot.services.world import World

BULK_MAX = 50
"""Requests that one press denies at most."""


async def waits_for(world: World, person: str) -> Sequence[Request]:
    """Pending requests that this person may decide now, the oldest first.

    Raises:
        DirectoryError: Slack did not say who decides.
    """
    pending, duties = await asyncio.gather(world.requests.undecided(), world.delegations.standing())
    seats = await asyncio.gather(*(find_seat(world, person, request, duties) for request in pending))
    return [seat.request for seat in seats if isinstance(seat, Seat)]


async def reviews_for(world: World, person: str) -> Sequence[Request]:
    """Emergencies whose review this person may close, the oldest first."""
    found = []
    for request in await world.requests.unreviewed():
        if request.ruling.emergency and request.requester != person:
            who = request.ruling.emergency.review | world.rulebook.current.security
            if person in await members(world, who):
                found.append(request)
    return found


async def deny_stale(
    world: World, op: str, actor: str, why: str, older_than: int
) -> tuple[Sequence[Decided], Sequence[Refusal]]:
    """Deny everything that waits for somebody since before a moment (milliseconds), at most `BULK_MAX`.

    Each is a decision of its own, checked and audited like a click.
    """
    stale = [request for request in await waits_for(world, actor) if request.created_at < older_than]
    done: list[Decided] = []
    failed: list[Refusal] = []
    for request in stale[:BULK_MAX]:
        try:
            outcome = await decide(world, f"{op}:{request.id}", actor, request.id, Verb.DENY, why, "")
        except DirectoryError:
            outcome = Refusal(Reason.NOT_CHECKED, request=request.id)
        if isinstance(outcome, Refusal):
            failed.append(outcome)
        else:
            done.append(outcome)
    return done, failed
