"""Withdraw a pending request; only its requester may, and needs nobody's leave."""

from bot.domain.audit import person
from bot.domain.outcome import Cancelled
from bot.domain.refusal import Refusal
from bot.services.world import World


async def cancel_request(
    world: World, op: str, actor: str, request: str, ts: str = ""
) -> Cancelled | Refusal:
    """Cancel, or say why not; the script checks the person and the state."""
    return await world.requests.cancel(op, request, person(actor), ts)
