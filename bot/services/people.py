"""People who left: their grants end and their requests are withdrawn, at once or by the hourly sweep."""

from bot.domain.audit import Actor, ActorKind
from bot.domain.errors import DirectoryError
from bot.domain.person import refuse_person
from bot.domain.refusal import Reason
from bot.services.world import World

_BOT = Actor(ActorKind.BOT)
_PAGES = 1_000
"""Pages of twenty that one call looks at: an end for the loop, far above what one person holds."""


async def left(world: World, user: str, why: Reason) -> int:
    """End whatever somebody holds; returns how many requests and grants that was."""
    count = 0
    for _ in range(_PAGES):
        held = await world.requests.held_by(user)
        if not (held.live or held.pending):
            break
        for request in held.live:
            await world.requests.revoke(f"left:{why}:{request.id}", request.id, _BOT)
        for request in held.pending:
            await world.requests.cancel(f"left:{why}:{request.id}", request.id, _BOT)
        count += len(held.live) + len(held.pending)
    return count


async def sweep(world: World) -> int:
    """Make good a lost `user_change`: ask about everybody who holds something (law 4)."""
    count = 0
    for user in await world.requests.holders():
        try:
            reason = refuse_person(await world.directory.person(user), world.directory.workspace)
        except DirectoryError:
            continue  # the next sweep asks again; the reveal itself fails closed meanwhile
        if reason:
            count += await left(world, user, reason)
    return count
