"""End a live grant: the requester at any time, or whoever may approve at that moment."""

from bot.domain.audit import person
from bot.domain.outcome import Ended
from bot.domain.refusal import Reason, Refusal
from bot.services.eligible import refuse_ineligible
from bot.services.refuse import refuse
from bot.services.world import World

_TRIED = "revoke"


async def revoke_grant(world: World, op: str, actor: str, request: str, ts: str = "") -> Ended | Refusal:
    """End it, or say why not.

    Giving up one's own access needs no answer from Slack: it must work on the worst of days.

    Raises:
        DirectoryError: Slack did not say who an approver is.
    """
    found = await world.requests.get(request)
    if found is None:
        return await refuse(world, op, actor, _TRIED, Refusal(Reason.UNKNOWN_ID, request=request))
    if found.requester != actor:
        reason = await _why_not(world, actor)
        if reason:
            names = tuple(map(str, found.variables))
            return await refuse(world, op, actor, _TRIED, Refusal(reason, request=request), names)
    return await world.requests.revoke(op, request, person(actor), ts)


async def _why_not(world: World, actor: str) -> Reason | None:
    if actor not in await world.directory.members(world.approvers_channel):
        return Reason.NOT_YOURS
    return await refuse_ineligible(world, actor)
