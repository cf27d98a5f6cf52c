"""File a request: who asks, whether anybody could decide, and one atomic step."""

import asyncio
from dataclasses import replace

from bot.domain.command import Ask
from bot.domain.outcome import Filed, NewRequest
from bot.domain.policy import Ruling, rule_request
from bot.domain.refusal import Reason, Refusal
from bot.domain.variable import Variable, nearest
from bot.services.approvers import who_may_decide
from bot.services.eligible import refuse_ineligible
from bot.services.refuse import refuse
from bot.services.world import World

_TRIED = "request"


async def open_request(world: World, op: str, actor: str, ask: Ask) -> Filed | Refusal:
    """File it, or say why not.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
        StoreError: see `ports.Requests`.
    """
    ineligible, approvers = await asyncio.gather(
        refuse_ineligible(world, actor), who_may_decide(world, actor)
    )
    ruling = Refusal(ineligible) if ineligible else rule_request(ask.duration, world.approvers_channel)
    if isinstance(ruling, Ruling) and not approvers:
        ruling = await _nobody(world)
    if isinstance(ruling, Refusal):
        return await refuse(world, op, actor, _TRIED, ruling, tuple(map(str, ask.variables)))
    new = NewRequest(world.ids.request(), actor, ask.variables, ask.duration, ask.reason, ruling)
    outcome = await world.requests.open(op, new)
    return replace(outcome, approvers=approvers) if isinstance(outcome, Filed) else outcome


async def _nobody(world: World) -> Refusal:
    """Why nobody could decide: the channel is out of reach, or nobody in it may (law 9)."""
    seen = await world.directory.members(world.approvers_channel)
    return Refusal(Reason.NO_APPROVERS if seen else Reason.APPROVERS_UNREACHABLE)


async def suggest(world: World, actor: str, typed: str) -> Variable | None:
    """The existing variable that is most like what was typed; names are told to full members only.

    Raises:
        DirectoryError: Slack did not say who this is.
        StoreError: see `ports.Secrets`.
    """
    if await refuse_ineligible(world, actor):
        return None
    return nearest(typed, await world.secrets.names())
