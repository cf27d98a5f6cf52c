"""Ask for the same once more, from a card whose request is over."""

from envaccess.application.requests.filing import open_request
from envaccess.application.requests.own import own_request
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed
from envaccess.domain.refusal import Refusal


async def ask_again(context: ServiceContext, call: Call, request: str) -> Filed | Refusal:
    """File a new request for what was asked for then, with the same reason.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
    """
    found = await own_request(context, call, request, "request")
    if isinstance(found, Refusal):
        return found
    seconds = found.asked_seconds or found.duration.seconds
    duration = Duration(seconds, once=found.duration.once)
    ask = Ask(found.asked_variables or found.variables, duration, found.reason)
    return await open_request(context, call, ask)
