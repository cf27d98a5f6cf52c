"""The gate: what everything passes before what was typed or sent in it is read (laws 4, 12 and 16).

It asks which workspace is named, how much this principal did in this minute and, where there is typed
text, who they are. Buttons carry no text: who may press one depends on the request that it is about, and the
services ask.
"""

from collections.abc import Collection

from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace, refuse_principal
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.application.throttle import allow_command
from envaccess.domain.call import Call
from envaccess.domain.limits import Act
from envaccess.domain.refusal import Refusal


async def refuse_typed(
    context: ServiceContext, call: Call, tried: str, act: Act, admitted: Collection[str] = ()
) -> Refusal | None:
    """Why what somebody typed is not read; None where it may be.

    `tried` names the attempt in the audit stream, `admitted` the sister workspaces whose people may, too.

    Raises:
        DirectoryError: Slack did not say who this is, so nothing is read.
        StoreError: it was not counted, so nothing is read.
    """
    # One after the other: a flood asks Slack nothing, and who somebody is, is mostly known without asking.
    if refusal := await refuse_pressed(context, call, tried, act, admitted):
        return refusal
    # A payload may name nobody: that is no person whom Slack knows.
    who = call.principal
    ineligible = (
        await refuse_ineligible(context, who.id, admitted=admitted)
        if who.is_person
        else await refuse_principal(context, who)
    )
    return await refuse(context, call, tried, Refusal(ineligible)) if ineligible else None


async def refuse_pressed(
    context: ServiceContext, call: Call, tried: str, act: Act, admitted: Collection[str] = ()
) -> Refusal | None:
    """Why a press does nothing; None where it may go on to what its button is for.

    Raises:
        StoreError: it was not counted, so nothing is done.
    """
    if refusal := await refuse_other_workspace(context, call, tried, admitted):
        return refusal
    return await allow_command(context, call, act)
