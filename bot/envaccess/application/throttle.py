"""Slow somebody down who types, files or presses faster than a person does (laws 12 and 16)."""

from bot.domain.limits import Act
from bot.domain.refusal import Reason, Refusal
from bot.services.world import World


async def allow_command(world: World, op: str, actor: str, act: Act = Act.COMMAND) -> Refusal | None:
    """Count what somebody does; the refusal when that was too much in this minute."""
    if await world.throttle.allow(op, actor, act):
        return None
    return Refusal(Reason.SLOW_DOWN if act is Act.COMMAND else Reason.TOO_MANY_PRESSES)
