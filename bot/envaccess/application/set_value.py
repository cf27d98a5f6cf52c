"""An owner sets a value: whom the policy names as a variable's owners, and nobody else (law 9)."""

from typing import Final

from envaccess.application.people.membership import belongs
from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.value import looks_like_value, refuse_value
from envaccess.domain.variable import Variable

_TRIED: Final = "set"


async def set_value(
    context: ServiceContext, call: Call, variable: Variable, value: str, *, replace: bool
) -> Written | Refusal:
    """Store a value; written down as what this person did. What exists is only replaced where that is said.

    Raises:
        DirectoryError: Slack did not say who this is, or who owns it; nothing changed.
        SourceError: others wrote the same name faster.
        StoreError: the store did not answer.
    """
    if refusal := await _refuse(context, call, variable):
        return refusal
    problem = refuse_value(value)
    if problem:
        return Refusal(Reason.NO_VALUE, names=(str(variable),), hint=problem)
    written = await context.values.write_as(
        call.op, variable, value, call.principal.actor, replace=replace, origin=call.origin
    )
    if written is Written.ELSEWHERE:
        return Refusal(Reason.KEPT_ELSEWHERE, names=(str(variable),), hint=context.values.source_of(variable))
    if written is Written.EXISTS:
        return Refusal(Reason.VALUE_EXISTS, names=(str(variable),))
    return written


async def _refuse(context: ServiceContext, call: Call, variable: Variable) -> Refusal | None:
    """Why this person may not set it: asked of Slack and of the policy that holds now."""
    refusal = await refuse_program(context, call, _TRIED)
    refusal = refusal or await refuse_other_workspace(context, call, _TRIED)
    if refusal:
        return refusal
    if looks_like_value(variable.name):  # it would stand in every list
        return await refuse(context, call, _TRIED, Refusal(Reason.NOT_OWNER))
    names = (str(variable),)
    reason = await refuse_ineligible(context, call.by)
    owners = context.rulebook.current.owners_of(variable)
    if reason is None and not await belongs(context, owners, call.by):
        reason = Reason.NOT_OWNER
    return await refuse(context, call, _TRIED, Refusal(reason, names=names), names) if reason else None
