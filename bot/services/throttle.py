"""Slow somebody down who types faster than a person does (law 12). Clicks are not counted."""

from bot.domain.refusal import Reason, Refusal
from bot.services.world import World


async def allow_command(world: World, op: str, actor: str) -> Refusal | None:
    """Count a command; the refusal when there were too many in this minute."""
    return None if await world.throttle.allow(op, actor) else Refusal(Reason.SLOW_DOWN)
