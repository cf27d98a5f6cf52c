"""Delivery by push: the value is shown as soon as access begins. Tried once; Reveal remains."""

from envaccess.application.grants.reveal import claim_reveal, hand_over
from envaccess.application.ports.delivery import Delivery
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.outcome import Claim, Decided, Filed
from envaccess.domain.principal import read_principal
from envaccess.domain.request import GrantState, State


def is_pushed(outcome: Decided | Filed) -> bool:
    """Whether this is access that begins now and is shown at once; a `once` waits for its press."""
    if isinstance(outcome, Filed):
        begun = outcome.state is State.APPROVED and outcome.expires_at > 0 and not outcome.extends
        return outcome.push and begun and not (outcome.repeated or outcome.duration.once)
    return outcome.push and outcome.grant is GrantState.ACTIVE and not outcome.duration.once


async def push(context: ServiceContext, delivery: Delivery, request: str, requester: str) -> None:
    """Reveal to the requester at once, with the checks of a click."""
    try:
        claim = await claim_reveal(
            context, delivery, Call(f"push:{request}", read_principal(requester)), request, how="push"
        )
        if isinstance(claim, Claim):
            await hand_over(context, claim, delivery)
    except EnvaccessError:
        return  # the card's Reveal is the way then
