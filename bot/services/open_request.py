"""File a request: who asks, whether anybody could decide, and one atomic step."""

import asyncio

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
    ruling = rule_request(ask.duration, world.approvers_channel)
    refusal = _first_refusal(ineligible, ruling, approvers)
    if refusal or isinstance(ruling, Refusal):
        refusal = refusal or Refusal(Reason.TOO_LONG)
        return await refuse(world, op, actor, _TRIED, refusal, tuple(map(str, ask.variables)))
    new = NewRequest(world.ids.request(), actor, ask.variables, ask.duration, ask.reason, ruling)
    outcome = await world.requests.open(op, new)
    if isinstance(outcome, Filed):
        return Filed(
            outcome.id, outcome.variables, outcome.duration, outcome.deadline_at, outcome.repeated, approvers
        )
    return outcome


def _first_refusal(
    ineligible: Reason | None, ruling: Ruling | Refusal, approvers: tuple[str, ...]
) -> Refusal | None:
    if ineligible:
        return Refusal(ineligible)
    if isinstance(ruling, Refusal):
        return ruling
    return None if approvers else Refusal(Reason.NO_APPROVERS)


async def suggest(world: World, typed: str) -> Variable | None:
    """The existing variable that is most like what was typed."""
    return nearest(typed, await world.secrets.names())
