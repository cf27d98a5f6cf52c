"""The person's own press before values go to their terminal, where the ruling asks for it."""

from typing import Final

from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.tap import TapState

_TRIED: Final = "tap"


async def press_tap(
    context: ServiceContext, call: Call, request: str, mark: str, verdict: TapState
) -> Refusal | None:
    """Let one operation of a terminal release, or say no to it; None where that is done.

    Args:
        context: the ports.
        call: whose press: only the requester's counts.
        request: whose values.
        mark: which release they were shown (`Tap.mark`).
        verdict: released or refused.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
        StoreError: the store did not answer.
    """
    refusal = await refuse_program(context, call, _TRIED, request)
    if refusal := refusal or await refuse_other_workspace(context, call, _TRIED):
        return refusal
    found = await context.requests.get(request)
    if found is None:
        return await refuse(context, call, _TRIED, Refusal(Reason.UNKNOWN_ID, request=request))
    names = tuple(map(str, found.variables))
    if found.requester != call.by:
        return await refuse(context, call, _TRIED, Refusal(Reason.NOT_YOURS, request=request), names)
    if reason := await refuse_ineligible(context, call.by):
        return await refuse(context, call, _TRIED, Refusal(reason, request=request), names)
    if found.tap is None or found.tap.mark != mark:
        return Refusal(Reason.TAP_LAPSED, request=request, names=names)
    return await context.reveals.press_tap(call.op, found, call.by, verdict, call.origin.message)
