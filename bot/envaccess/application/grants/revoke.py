"""End access: the requester at any time, or an approver, an owner or a security person of that moment."""

import asyncio

from envaccess.application.people.membership import members
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.requests.eligibility import approvers_of
from envaccess.application.requests.own import owns
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.outcome import Ended
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request

_TRIED = "revoke"


async def revoke_grant(context: ServiceContext, call: Call, request: str) -> Ended | Refusal:
    """End it, or say why not.

    Giving up one's own access needs no answer from Slack: it must work on the worst of days.

    Raises:
        DirectoryError: Slack did not say who an approver is.
    """
    found = await context.requests.get(request)
    if found is None:
        return await refuse(context, call, _TRIED, Refusal(Reason.UNKNOWN_ID, request=request))
    if not owns(call, found):
        if refusal := await refuse_program(context, call, _TRIED, request):
            return refusal
        reason = await _why_not(context, call.by, found)
        if reason:
            names = tuple(map(str, found.variables))
            return await refuse(context, call, _TRIED, Refusal(reason, request=request), names)
    return await context.requests.revoke(call.op, request, call.principal.acting, call.origin.message)


async def _why_not(context: ServiceContext, actor: str, request: Request) -> Reason | None:
    if not await may_watch(context, actor, request):
        return Reason.NOT_YOURS
    return await refuse_ineligible(context, actor)


async def may_watch(context: ServiceContext, actor: str, request: Request) -> bool:
    """Whether somebody may end this access: an approver, owner or security person of the policy of now."""
    policy = context.rulebook.current
    watchers = policy.security
    for variable in request.variables:
        watchers |= policy.owners_of(variable)
    if request.emergency and request.ruling.emergency:
        watchers |= request.ruling.emergency.review
    approvers, others = await asyncio.gather(approvers_of(context, request), members(context, watchers))
    return actor in approvers | others
