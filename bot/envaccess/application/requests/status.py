"""What somebody has asked for and holds."""

import asyncio
from dataclasses import replace

from bot.domain.outcome import Holdings
from bot.domain.refusal import Refusal
from bot.services.eligible import refuse_ineligible
from bot.services.lock import lock_on
from bot.services.refuse import refuse
from bot.services.world import World


async def show_status(world: World, op: str, actor: str) -> Holdings | Refusal:
    """A person's own requests and grants."""
    reason = await refuse_ineligible(world, actor)
    if reason:
        return await refuse(world, op, actor, "status", Refusal(reason))
    held, lock = await asyncio.gather(world.requests.held_by(actor), lock_on(world, actor))
    return replace(held, lock=lock)
