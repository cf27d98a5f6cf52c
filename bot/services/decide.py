"""Approve or deny: the right person, checked at the click; exactly one decision wins (laws 3 to 5)."""

import asyncio
from dataclasses import replace

from bot.domain.outcome import Decided
from bot.domain.policy import refuse_approver
from bot.domain.refusal import Reason, Refusal
from bot.domain.request import Request, Verb
from bot.services.eligible import refuse_ineligible
from bot.services.refuse import refuse
from bot.services.world import World


async def may_decide(
    world: World, op: str, actor: str, request: str, verb: Verb = Verb.DENY
) -> Request | Refusal:
    """The request, if this person may decide it now; else the audited refusal.

    Raises:
        DirectoryError: Slack did not answer in time.
    """
    found = await world.requests.get(request)
    if found is None:
        return await refuse(world, op, actor, verb, Refusal(Reason.UNKNOWN_ID, request=request))
    refusal = await _why_not(world, actor, found, verb)
    if refusal is None:
        return found
    return await refuse(world, op, actor, verb, refusal, tuple(map(str, found.variables)))


async def _why_not(world: World, actor: str, request: Request, verb: Verb) -> Refusal | None:
    ineligible, for_requester, members = await asyncio.gather(
        refuse_ineligible(world, actor),
        # The requester matters only to an approval: a leaver's request may still be denied.
        refuse_ineligible(world, *([request.requester] if verb is Verb.APPROVE else [])),
        _members(world, request),
    )
    reason = refuse_approver(actor, request.requester, members) or ineligible
    if reason:
        return Refusal(reason, request=request.id)
    return Refusal(for_requester, request=request.id, by=request.requester) if for_requester else None


async def _members(world: World, request: Request) -> frozenset[str]:
    """Who is an approver under the pinned ruling *and* now: the channel may have been changed meanwhile."""
    channels = {request.channel, world.approvers_channel}
    found = await asyncio.gather(*(world.directory.members(channel) for channel in channels))
    return frozenset.intersection(*found)


async def decide(
    world: World, op: str, actor: str, request: str, verb: Verb, why: str, ts: str
) -> Decided | Refusal:
    """Approve or deny a pending request.

    `why` is the reason of a denial, cleaned; `ts` the message whose button was pressed, empty for a modal.
    """
    allowed = await may_decide(world, op, actor, request, verb)
    if isinstance(allowed, Refusal):
        return allowed
    outcome = await world.requests.decide(op, request, actor, verb, why, ts)
    return replace(outcome, request=request) if isinstance(outcome, Refusal) else outcome
