"""Reveal: check the person, claim the use with its event, and only then read the value (law 2)."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace

from envaccess.application.grants.sealed_access import why_not_sealed
from envaccess.application.grants.values import Places, leases_in, places_of, values_of
from envaccess.application.leases.obtain import end_unused
from envaccess.application.people.membership import may_have
from envaccess.application.people.standing import refuse_principal
from envaccess.application.ports.delivery import Reach, Way
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import Tag
from envaccess.domain.call import Call
from envaccess.domain.delivery import Delivered, NotDelivered
from envaccess.domain.errors import (
    DirectoryError,
    RecordRefusedError,
    SealError,
    StoreError,
)
from envaccess.domain.leases import LeaseId
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.principal import read_principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable

_TRIED = "reveal"
_HELD_MOST = 10_000
"""Grants of one person that are looked at: all, since one left out would be revealed unasked (law 4)."""
_PAUSES = (0.25, 0.5, 0.0)
"""Seconds after each try to give a use back; with a second a try, all end before a stop gives up on them."""


async def claim_reveal(
    context: ServiceContext,
    delivery: Reach,
    call: Call,
    request: str,
    how: str = "",
    only: Collection[Variable] = (),
) -> Claim | Refusal:
    """Claim exactly this grant, or some of its variables, for its requester, whom the delivery can reach.

    Raises:
        DirectoryError: Slack did not say who this is; nothing was claimed.
        StoreError: see `ports.grants.Reveals`.
    """
    found = await context.requests.get(request)
    reason, inside = await asyncio.gather(
        refuse_principal(context, call.principal),
        _may_still(context, found, call.by) if found else _nothing(),
    )
    if reason or not inside:
        names = tuple(map(str, found.variables if found else ()))
        refusal = Refusal(reason or Reason.NOT_REQUESTER, request=request, names=names)
        return await refuse(context, call, _TRIED, refusal, names)
    if found is None or found.requester != call.by:  # the script says why not
        return await _claim_of(context, (), _by_id(context, call, request, how, only))
    if not await _is_usable(context, found):
        return Refusal(Reason.SEAL_BROKEN, request=request)
    claiming = _by_id(context, call, request, how, only)
    return await _claim_into(context, delivery, call.by, (request,), claiming)


Claiming = Callable[[Collection[str]], Awaitable[Claim | Refusal]]
"""Claims one of these requests' grants."""


def _by_id(
    context: ServiceContext, call: Call, request: str, how: str, only: Collection[Variable]
) -> Claiming:
    return lambda _: context.reveals.claim(call.op, request, call.by, call.origin, how, only)


async def _claim_into(
    context: ServiceContext, delivery: Reach, actor: str, among: Collection[str], claim: Claiming
) -> Claim | Refusal:
    """Claim, once it is known where the values are shown: as long as that is not, no use is counted."""
    place = await delivery.prepare(actor)
    if isinstance(place, Refusal):
        return place
    claimed = await _claim_of(context, among, claim)
    return replace(claimed, place=place) if isinstance(claimed, Claim) else claimed


async def _claim_of(context: ServiceContext, among: Collection[str], claim: Claiming) -> Claim | Refusal:
    """A claim of one of these that holds by what people sealed; else the operators are told.

    What was looked at may have ended since, and have been put back: of what this process saw end, and of
    what it has not looked at, no use is given back either.
    """
    looked_at = [request for request in among if not await context.ended.saw_end(request)]
    claimed = await claim(looked_at)
    if isinstance(claimed, Refusal) or not claimed.fresh:
        return claimed
    if claimed.id not in looked_at:
        if claimed.request:
            await context.reveals.tell(claimed.request, "it came to life while it was claimed")
        return Refusal(Reason.SEAL_BROKEN, request=claimed.id)
    fault = why_not_sealed(claimed, context.clock.now())
    if not fault:
        return claimed
    await context.reveals.reject(claimed, fault)
    return Refusal(Reason.SEAL_BROKEN, request=claimed.id)


async def _may_still(context: ServiceContext, request: Request, actor: str) -> bool:
    """Whether the pinned ruling lets this person have it now: a requester is asked about too (law 4)."""
    # The script says whose it is.
    return request.requester != actor or await may_have(context, request)


async def _is_usable(context: ServiceContext, request: Request) -> bool:
    """Whether this process has not seen it end; what the policy let through alone is sealed by now, too."""
    if request.held and (ended := await context.ended.saw_end(request.id)):
        # It may have ended since it was read: then the claim says so.
        again = await context.requests.get(request.id)
        if again and again.held:
            await context.reveals.tell(request, f"it lives again after {ended}")
            return False
    await context.requests.seal_automatic(request)
    return True


async def _nothing() -> bool:
    return True


async def claim_by_name(
    context: ServiceContext, delivery: Reach, call: Call, variable: Variable, *others: Variable
) -> Claim | Refusal:
    """Claim the grant that serves this name best (law 6); with others, one that has them all."""
    reason = await refuse_principal(context, call.principal)
    if reason:
        return await refuse(context, call, _TRIED, Refusal(reason), (str(variable),))
    holdings = await context.requests.held_by(call.by, _HELD_MOST)
    held = [found for found in holdings.live if {variable, *others}.issubset(found.variables)]
    held = [found for found in held if await _is_usable(context, found)]
    may = await asyncio.gather(*(_may_still(context, found, call.by) for found in held))
    allowed = [found.id for found, still in zip(held, may, strict=True) if still]
    if held and not allowed:
        refusal = Refusal(Reason.NOT_REQUESTER, request=held[0].id, names=(str(variable),))
        return await refuse(context, call, _TRIED, refusal, refusal.names)

    def claim(among: Collection[str]) -> Awaitable[Claim | Refusal]:
        return context.reveals.claim_named(call.op, variable, call.by, among, call.origin)

    if not held:  # the script says why there is nothing to show
        return await _claim_of(context, (), claim)
    return await _claim_into(context, delivery, call.by, allowed, claim)


async def hand_over(context: ServiceContext, claim: Claim, way: Way, *others: Way) -> Failure | None:
    """Read the values and deliver them to the requester; None when a way took them.

    What certainly did not leave this process is given back; what may have, stays spent.

    Args:
        context: what verbs act through.
        claim: what is delivered.
        way: how they reach the requester.
        others: tried after it, in this order, where a way refuses for a reason that may not hold elsewhere.
    """
    if not claim.fresh:
        return Failure.REPEATED
    places = places_of(context, claim)
    made = leases_in(context, claim, places)
    failure = await _hand_over(context, claim, places, made, (way, *others))
    if failure and failure is not Failure.UNKNOWN:
        await end_unused(context, claim, made.values())
        return await _give_back(context, claim, failure)
    return failure


async def _hand_over(
    context: ServiceContext,
    claim: Claim,
    places: Places,
    made: Mapping[Variable, LeaseId],
    ways: Iterable[Way],
) -> Failure | None:
    if not claim.confirmed:  # a failover would undo the claim and its event (law 2)
        return Failure.NOT_CONFIRMED
    read_at = context.clock.now()
    values = await values_of(context, claim, places)
    if isinstance(values, Failure):
        return values
    texts = {variable: value.text for variable, value in values.items()}
    failure = (
        await _note_host(context, claim)
        or await _why_not_allowed(context, claim)
        or await _see(context, claim, values, read_at, made)
    )
    return failure or await _deliver(context, claim, texts, ways)


async def _note_host(context: ServiceContext, claim: Claim) -> Failure | None:
    """Nothing goes to a new host that its person is not told of."""
    try:
        await context.reveals.note_host(claim)
    except StoreError:
        return Failure.NOT_CHECKED
    return None


async def _see(
    context: ServiceContext,
    claim: Claim,
    values: Mapping[Variable, Value],
    read_at: int,
    made: Mapping[Variable, LeaseId],
) -> Failure | None:
    """Write down who sees them, where the access still lives; what could not be written down is not shown."""
    try:
        if not await context.ledger.see(claim, values, read_at, made):
            return Failure.ENDED
    except SealError:
        return Failure.SEALED
    except StoreError:
        return Failure.NOT_WRITTEN_DOWN
    return None


async def _give_back(context: ServiceContext, claim: Claim, failure: Failure) -> Failure:
    """Return the use, also if Redis is away for a moment; if it cannot be, the use stays spent."""
    for seconds in _PAUSES:
        try:
            await context.reveals.give_back(claim, failure)
        except StoreError:
            await asyncio.sleep(seconds)
        else:
            return failure
    return Failure.NOT_RETURNED


async def _deliver(
    context: ServiceContext, claim: Claim, values: Mapping[Variable, str], ways: Iterable[Way]
) -> Failure | None:
    """Try one way after the other; before each, last of all, whether the access still lives (law 2).

    Before the first, the step that wrote down who sees them has said so. Where none of them takes the values,
    the first says why.
    """
    refused: Failure | None = None
    for way in ways:
        ask = _why_not_now if refused else _why_not_known
        if ended := await ask(context, claim):
            return ended
        outcome = await way.deliver(claim, values)
        if not isinstance(outcome, NotDelivered):
            return None if isinstance(outcome, Delivered) else Failure.UNKNOWN
        refused = refused or outcome.why
        if not outcome.elsewhere:
            break
    return refused


async def _why_not_now(context: ServiceContext, claim: Claim) -> Failure | None:
    """Whether the person may still see it, and then whether the access still lives; no answer is a no."""
    if failure := await _why_not_allowed(context, claim):
        return failure
    try:
        living = await context.reveals.still(claim)
    except StoreError:
        return Failure.NOT_CHECKED
    return await _why_not_known(context, claim) if living else Failure.ENDED


async def _why_not_allowed(context: ServiceContext, claim: Claim) -> Failure | None:
    """Whether the person may still see it."""
    try:
        found = await context.requests.get(claim.id)
        if found is None:
            return Failure.NOT_ALLOWED
        who = read_principal(claim.requester, found.behind)
        allowed = not await refuse_principal(context, who) and await may_have(context, found)
    except RecordRefusedError:
        return Failure.NOT_ALLOWED
    except (DirectoryError, StoreError):
        return Failure.NOT_CHECKED
    return None if allowed else Failure.NOT_ALLOWED


async def _why_not_known(context: ServiceContext, claim: Claim) -> Failure | None:
    """Whether this process knows of no end, and what was sealed holds now."""
    try:
        ended = await _saw_other_end(context, claim)
    except StoreError:
        return Failure.NOT_CHECKED
    return Failure.ENDED if ended or why_not_sealed(claim, context.clock.now()) else None


async def _saw_other_end(context: ServiceContext, claim: Claim) -> bool:
    """Whether this process saw an end of what was claimed, or of the session; a single use is none."""
    if claim.origin.session and await context.ended.saw_end(claim.origin.session):
        return True
    ended = await context.ended.saw_end(claim.id)
    return ended is not None and not (claim.once and ended == Tag.GRANT_USED_UP)
