"""The gate: what every payload passes before anything that was typed in it is read (laws 4, 12 and 16).

It asks which workspace the payload names, how much this person did in this minute and, where there is typed
text, who they are. Buttons carry no text: who may press one depends on the request that it is about, and the
services ask.
"""

from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace
from envaccess.application.refuse import refuse
from envaccess.application.throttle import allow_command
from envaccess.domain.limits import Act
from envaccess.domain.refusal import Refusal
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.payload import Caller


async def refuse_typed(handler: HandlerContext, who: Caller, tried: str, act: Act) -> Refusal | None:
    """Why what somebody typed is not read; None where it may be.

    `tried` names the attempt in the audit stream.

    Raises:
        DirectoryError: Slack did not say who this is, so nothing is read.
        StoreError: it was not counted, so nothing is read.
    """
    # One after the other: a flood asks Slack nothing, and who somebody is, is mostly known without asking.
    if refusal := await refuse_pressed(handler, who, tried, act):
        return refusal
    ineligible = await refuse_ineligible(handler.context, who.user)
    return await refuse(handler.context, who.call, tried, Refusal(ineligible)) if ineligible else None


async def refuse_pressed(handler: HandlerContext, who: Caller, tried: str, act: Act) -> Refusal | None:
    """Why a press does nothing; None where it may go on to what its button is for.

    Raises:
        StoreError: it was not counted, so nothing is done.
    """
    if refusal := await refuse_other_workspace(handler.context, who.call, tried):
        return refusal
    return await allow_command(handler.context, who.call, act)
