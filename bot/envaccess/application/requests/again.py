"""Ask for the same once more, from a card whose request is over."""

from envaccess.application.refuse import refuse
from envaccess.application.requests.filing import open_request
from envaccess.application.service_context import ServiceContext
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed
from envaccess.domain.refusal import Reason, Refusal


async def ask_again(context: ServiceContext, op: str, actor: str, request: str) -> Filed | Refusal:
    """File a new request for what was asked for then, with the same reason.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
    """
    found = await context.requests.get(request)
    if found is None or found.requester != actor:
        reason = Reason.UNKNOWN_ID if found is None else Reason.NOT_YOURS
        return await refuse(context, op, actor, "request", Refusal(reason, request=request))
    seconds = found.asked_seconds or found.duration.seconds
    duration = Duration(seconds, once=found.duration.once)
    ask = Ask(found.asked_variables or found.variables, duration, found.reason)
    return await open_request(context, op, actor, ask)
