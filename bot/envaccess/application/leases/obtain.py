"""Make a value for one use: written down before it is made, and again before anybody is shown it.

Whatever happens in between, `LeaseSweep` finds what was written down and ends it by its id.
"""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress

from envaccess.application.leases.sealed_left import sealed_left
from envaccess.application.ports.sources import Leases
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import BOT
from envaccess.domain.errors import StoreError
from envaccess.domain.leases import LeaseId, LeaseIntent, LeaseTooShortError, TimeLeft, lease_id
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable

UNUSED = "unused"
"""Why a lease ends that nobody was shown."""


async def make_leases(
    context: ServiceContext, claim: Claim, places: Mapping[Variable, LeasePlace]
) -> Mapping[Variable, Value] | Failure:
    """A value for each of these variables, made for this use; none where one of them fails.

    Raises:
        SourceFaultError: a source made none, or nobody knows.
        StoreError: what was made could not be written down.
    """
    found = [await _intent(context, claim, place) for place in places.values()]
    monotonic = asyncio.get_running_loop().time
    asked = monotonic()
    left = await context.leases.intend(claim, [intent for intent, _ in found])
    if isinstance(left, Failure):
        return left
    assert claim.request
    sealed = sealed_left(claim.request, claim.extensions, context.clock.now())
    left = min(left - int((monotonic() - asked) * 1_000), sealed)
    lasts = TimeLeft(left, monotonic)
    made = await asyncio.gather(
        *(_make(context, claim, intent, leases, lasts) for intent, leases in found), return_exceptions=True
    )
    values: dict[Variable, Value] = {}
    for variable, outcome in zip(places, made, strict=True):
        if isinstance(outcome, LeaseTooShortError):
            return Failure.LEASE_SHORT
        if isinstance(outcome, BaseException):
            raise outcome
        if isinstance(outcome, Failure):
            return outcome
        values[variable] = outcome
    return values


async def _intent(context: ServiceContext, claim: Claim, place: LeasePlace) -> tuple[LeaseIntent, Leases]:
    leases = context.lease_sources.leases_of(place.source)
    if leases is None:
        raise SourceFaultError(SourceFault.MISSING, place.source)
    lease = lease_for(context, claim, place.variable)
    return LeaseIntent(lease, place, await leases.pin(lease, place)), leases


def lease_for(context: ServiceContext, claim: Claim, variable: Variable) -> LeaseId:
    """What is made of this variable for this use."""
    assert claim.request
    number = claim.request.variables.index(variable)
    return lease_id(context.directory.workspace, claim.id, number, claim.request.uses)


async def _make(
    context: ServiceContext, claim: Claim, intent: LeaseIntent, leases: Leases, left: TimeLeft
) -> Value | Failure:
    minted = await leases.mint(intent, left)
    return await context.leases.note_minted(claim, intent, minted) or minted.value


async def end_unused(context: ServiceContext, claim: Claim, made: Collection[LeaseId]) -> None:
    """Nobody saw what was made for this use: it ends now. Where Redis is away it ends at its time."""
    if not made:
        return
    with suppress(StoreError):
        await context.leases.end(f"{claim.op}:unused", list(made), BOT, UNUSED)
