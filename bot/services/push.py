"""`ENVACCESS_DELIVERY=push`: show the value at approval too. Tried once; Reveal remains."""

from bot.domain.errors import EnvaccessError
from bot.domain.outcome import Claim, Decided
from bot.domain.request import GrantState
from bot.services.ports import Messages
from bot.services.reveal import claim_reveal, hand_over
from bot.services.world import World


async def push(world: World, messages: Messages, decided: Decided) -> None:
    """Reveal to the requester at once, with the checks of a click; a `once` waits for its press."""
    if decided.grant is not GrantState.ACTIVE or decided.duration.once:
        return
    try:
        claim = await claim_reveal(world, f"push:{decided.id}", decided.requester, decided.id, how="push")
        if isinstance(claim, Claim):
            await hand_over(world, messages, claim)
    except EnvaccessError:
        return  # the card's Reveal is the way then
