"""Who has seen what: for a variable's owners and the policy's security people."""

from dataclasses import replace
from typing import Final

from envaccess.application.people.lock import is_security, lock_on
from envaccess.application.people.membership import belongs
from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import Tag
from envaccess.domain.audit_subject import ABOUT
from envaccess.domain.call import Call
from envaccess.domain.exposure import SeenPage
from envaccess.domain.lock import locked_out
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.value import looks_like_value
from envaccess.domain.variable import Variable

_TRIED: Final = "seen"


async def who_has_seen(context: ServiceContext, call: Call, variable: Variable) -> SeenPage | Refusal:
    """Who has seen the current value of a variable, the last ones first. That somebody looks is an event.

    Raises:
        DirectoryError: Slack did not say who this is, or who owns it.
        StoreError: the store did not answer, or did not take the event.
    """
    if refusal := await _refuse(context, call, variable):
        return refusal
    if variable not in await context.catalogue.get([variable]):
        return Refusal(Reason.UNKNOWN_VARIABLE, names=(str(variable),))
    about = {ABOUT: f"seen {variable.label}"}
    await context.trail.append(call.op, Tag.AUDIT_READ, call.principal.actor, about)
    leased = isinstance(context.lease_sources.place_of(variable), LeasePlace)
    return replace(await context.ledger.seen(variable), leased=leased)


async def _refuse(context: ServiceContext, call: Call, variable: Variable) -> Refusal | None:
    """Why this person may not know it: asked of Slack and of the policy that holds now."""
    refusal = await refuse_program(context, call, _TRIED)
    if refusal := refusal or await refuse_other_workspace(context, call, _TRIED):
        return refusal
    if looks_like_value(variable.name):  # it would stand in the audit
        return await refuse(context, call, _TRIED, Refusal(Reason.SEEN_NOT_YOURS))
    names, reason = (str(variable),), await refuse_ineligible(context, call.by)
    owners = context.rulebook.current.owners_of(variable)
    mine = reason is None and (await belongs(context, owners, call.by) or await is_security(context, call.by))
    if reason is None and not mine:
        reason = Reason.SEEN_NOT_YOURS
    if reason:
        return await refuse(context, call, _TRIED, Refusal(reason, names=names), names)
    lock = await lock_on(context, call.by)
    return await refuse(context, call, _TRIED, locked_out(lock)) if lock else None


async def with_seen(context: ServiceContext, request: Request) -> Request:
    """A request that waits, with how many have seen the current values: its approvers are shown that.

    A login that is made for each use has no value that outlives it: of those nothing is said.

    Raises:
        StoreError: the store did not answer.
    """
    if request.state is not State.PENDING:
        return request
    place_of = context.lease_sources.place_of
    kept = [one for one in request.variables if not isinstance(place_of(one), LeasePlace)]
    counts = await context.ledger.counts(kept)
    return replace(request, seen=tuple((one, counts[one]) for one in kept))
