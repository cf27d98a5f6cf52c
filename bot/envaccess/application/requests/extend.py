"""Prolong a live grant: a new decision under the policy, and no gap if it is granted in time."""

from envaccess.application.refuse import refuse
from envaccess.application.requests.filing import open_request
from envaccess.application.service_context import ServiceContext
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed
from envaccess.domain.refusal import Reason, Refusal

_TRIED = "extend"


async def extend_grant(
    context: ServiceContext, op: str, actor: str, request: str, duration: Duration, reason: str
) -> Filed | Refusal:
    """File the request for more time, or say why not.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
    """
    found = await context.requests.get(request)
    if found is None:
        return await refuse(context, op, actor, _TRIED, Refusal(Reason.UNKNOWN_ID, request=request))
    names = tuple(map(str, found.variables))
    if found.requester != actor:
        refusal = Refusal(Reason.NOT_YOURS, request=request)
        return await refuse(context, op, actor, _TRIED, refusal, names)
    if not found.live or found.duration.once or duration.once:
        state = found.grant or found.state
        return Refusal(Reason.NOT_EXTENDABLE, request=request, state=state, names=names)
    return await open_request(context, op, actor, Ask(found.variables, duration, reason), found)
