"""Hand one's duty as an approver to a colleague for a time.

It widens nobody's rights: at each click the giver must be an approver themselves, counts as used up with the
taker, and a request never comes back to its requester (`requests/eligibility`).
"""

from collections.abc import Sequence

from envaccess.application.people.membership import belongs
from envaccess.application.people.standing import refuse_ineligible, refuse_principal, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.call import Call
from envaccess.domain.duration import Duration
from envaccess.domain.refusal import Reason, Refusal

MAX_SECONDS = 30 * 24 * 3_600
_TRIED = "delegate"


async def give_duty(
    context: ServiceContext, call: Call, taker: str, duration: Duration
) -> Delegation | Refusal:
    """Hand it over, in the place of an earlier delegation; or say why not.

    Whoever may decide nothing has no duty: it would only be told of in every message that waits.

    Raises:
        DirectoryError: Slack did not say who one of them is.
    """
    if refusal := await refuse_program(context, call, _TRIED):
        return refusal
    reason = await refuse_ineligible(context, call.by)
    if reason:
        return await refuse(context, call, _TRIED, Refusal(reason))
    if not await belongs(context, context.rulebook.current.deciders(), call.by):
        return await refuse(context, call, _TRIED, Refusal(Reason.NOT_APPROVER))
    if duration.once or duration.seconds > MAX_SECONDS:
        return Refusal(Reason.DUTY_TOO_LONG, limit=MAX_SECONDS)
    if taker == call.by or await refuse_ineligible(context, taker):
        return await refuse(context, call, _TRIED, Refusal(Reason.NOT_DELEGATE, by=taker))
    until = await context.delegations.give(call.op, call.by, taker, duration.seconds)
    return until if isinstance(until, Refusal) else Delegation(call.by, taker, until)


async def take_duty_back(context: ServiceContext, call: Call) -> bool | Refusal:
    """End one's own delegation, which needs nobody's leave; False when there is none."""
    return await context.delegations.take_back(call.op, call.by)


async def list_duties(context: ServiceContext, call: Call) -> Sequence[Delegation] | Refusal:
    """A person's own duties in other hands, and others' in theirs.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    reason = await refuse_principal(context, call.principal)
    if reason:
        return await refuse(context, call, _TRIED, Refusal(reason))
    return await duties_of(context, call.by)


async def duties_of(context: ServiceContext, person: str) -> Sequence[Delegation]:
    """What somebody handed over, and what was handed to them."""
    return [duty for duty in await context.delegations.standing() if person in {duty.giver, duty.taker}]
