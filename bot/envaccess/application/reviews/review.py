"""Close an emergency's review: somebody else looks at what happened and says so."""

import asyncio

from envaccess.application.people.membership import eligible, members
from envaccess.application.people.one_person import same_person
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.outcome import Recorded
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request

_TRIED = "review"


async def reviewers(context: ServiceContext, ruling: Ruling) -> frozenset[str]:
    """Who may close an emergency's review, its own user among them, who never may."""
    review = ruling.emergency.review if ruling.emergency else PrincipalSet()
    return await members(context, review | context.rulebook.current.security)


async def can_be_reviewed(context: ServiceContext, asked: str, ruling: Ruling) -> bool:
    """Whether somebody else than this person could close the review of their emergency (laws 3 and 9)."""
    others = await reviewers(context, ruling) - {asked}
    return bool(asked) and bool(await eligible(context, others, 1))


async def may_review(context: ServiceContext, call: Call, request: str) -> Request | Refusal:
    """The emergency, if this person may close its review now; else the audited refusal.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    if refusal := await refuse_program(context, call, _TRIED, request):
        return refusal
    found = await context.requests.get(request)
    if found is None:
        return await refuse(context, call, _TRIED, Refusal(Reason.UNKNOWN_ID, request=request))
    reason = await _why_not(context, call.by, found)
    if reason is None:
        return found
    names = tuple(map(str, found.variables))
    return await refuse(context, call, _TRIED, Refusal(reason, request=request), names)


async def _why_not(context: ServiceContext, actor: str, request: Request) -> Reason | None:
    if request.emergency is None or request.ruling.emergency is None:
        return Reason.NO_REVIEW
    if actor == request.principal.person:
        return Reason.OWN_REVIEW
    if not request.principal.person:
        return Reason.NOT_REVIEWER
    ineligible, principals = await asyncio.gather(
        refuse_ineligible(context, actor), reviewers(context, request.ruling)
    )
    if ineligible or actor not in principals:
        return ineligible or Reason.NOT_REVIEWER
    own = await same_person(context, actor, (request.principal.person,))
    return Reason.OWN_REVIEW if own else None


async def close_review(context: ServiceContext, call: Call, request: str, note: str) -> Recorded | Refusal:
    """Close it with what was found, or say why not."""
    allowed = await may_review(context, call, request)
    if isinstance(allowed, Refusal):
        return allowed
    filing = allowed.sealed.mac if allowed.sealed else ""
    return await context.requests.review(call.op, request, call.by, note, call.origin.message, filing)
