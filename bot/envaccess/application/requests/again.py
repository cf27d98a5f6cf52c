"""Ask for the same once more, from a card whose request is over."""

from bot.domain.command import Ask
from bot.domain.duration import Duration
from bot.domain.outcome import Filed
from bot.domain.refusal import Reason, Refusal
from bot.services.open_request import open_request
from bot.services.refuse import refuse
from bot.services.world import World


async def ask_again(world: World, op: str, actor: str, request: str) -> Filed | Refusal:
    """File a new request for what was asked for then, with the same reason.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides; nothing changed.
    """
    found = await world.requests.get(request)
    if found is None or found.requester != actor:
        reason = Reason.UNKNOWN_ID if found is None else Reason.NOT_YOURS
        return await refuse(world, op, actor, "request", Refusal(reason, request=request))
    seconds = found.asked_seconds or found.duration.seconds
    duration = Duration(seconds, once=found.duration.once)
    ask = Ask(found.asked_variables or found.variables, duration, found.reason)
    return await open_request(world, op, actor, ask)
