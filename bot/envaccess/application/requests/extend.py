"""Prolong a live grant: a new decision under the policy, and no gap if it is granted in time."""

from envaccess.application.refuse import refuse
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.own import own_request
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.lock import locked_out
from envaccess.domain.outcome import Filed
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request

_TRIED = "extend"


async def may_extend(context: ServiceContext, call: Call, request: str) -> Request | Refusal:
    """The request, if this person may ask for more time of it now; else the refusal."""
    found = await own_request(context, call, request, _TRIED)
    if isinstance(found, Refusal):
        return found
    if found.lock:
        return await refuse(context, call, _TRIED, locked_out(found.lock, request))
    return found if found.live and not found.duration.once else _not_extendable(found)


def _not_extendable(request: Request) -> Refusal:
    names, state = tuple(map(str, request.variables)), request.grant or request.state
    return Refusal(Reason.NOT_EXTENDABLE, request=request.id, state=state, names=names)


async def extend_grant(
    context: ServiceContext, call: Call, request: str, duration: Duration, reason: str
) -> Filed | Refusal:
    """File the request for more time, or say why not.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
    """
    found = await may_extend(context, call, request)
    if isinstance(found, Refusal):
        return found
    if duration.once:
        return _not_extendable(found)
    return await open_request(context, call, Ask(found.variables, duration, reason), found)
