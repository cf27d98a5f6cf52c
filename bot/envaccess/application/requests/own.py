"""What only the requester may do with a request: answer for it, prolong it, ask for it again."""

from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request


def owns(call: Call, request: Request) -> bool:
    """Whether who acts asked for it, or is the person behind: they withdraw it, and end what came of it."""
    return call.by == request.requester or (call.principal.is_person and call.by == request.behind)


async def own_request(
    context: ServiceContext, call: Call, request: str, tried: str, *, behind: bool = False
) -> Request | Refusal:
    """The request, if it is this person's own; else the audited refusal. `tried` names the attempt.

    With `behind`, what a machine or an agent of theirs asked for is their own, too.
    """
    found = await context.requests.get(request)
    if found is None:
        return await refuse(context, call, tried, Refusal(Reason.UNKNOWN_ID, request=request))
    if found.requester == call.by or (behind and owns(call, found)):
        return found
    names = tuple(map(str, found.variables))
    return await refuse(context, call, tried, Refusal(Reason.NOT_YOURS, request=request), names)
