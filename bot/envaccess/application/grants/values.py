"""The value of each variable of a claim: read where it is kept, or made for this use."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from envaccess.application.leases.obtain import lease_for, make_leases
from envaccess.application.service_context import ServiceContext
from envaccess.domain.errors import SealError, SourceError, StoreError, ValueMissingError
from envaccess.domain.leases import LeaseId
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.places import LeasePlace, ReadPlace
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable

_OF_SOURCE: Final[Mapping[SourceFault, Failure]] = {
    SourceFault.MISSING: Failure.SOURCE_MISSING,
    SourceFault.DELETED: Failure.SOURCE_DELETED,
    SourceFault.DENIED: Failure.SOURCE_DENIED,
    SourceFault.DOWN: Failure.SOURCE_DOWN,
    SourceFault.SLOW: Failure.SOURCE_SLOW,
    SourceFault.MALFORMED: Failure.SOURCE_MALFORMED,
}


Places = Mapping[Variable, ReadPlace | LeasePlace]
"""Where the value of each variable of a claim is had: looked up once, since the file may change."""


def places_of(context: ServiceContext, claim: Claim) -> Places:
    """By what holds now."""
    return {variable: context.lease_sources.place_of(variable) for variable in claim.only or claim.variables}


def leases_in(context: ServiceContext, claim: Claim, places: Places) -> Mapping[Variable, LeaseId]:
    """What may be made for this use, of those variables that are made."""
    found: dict[Variable, LeaseId] = {}
    for variable, place in places.items():
        if isinstance(place, LeasePlace):
            with suppress(SourceError):  # an id that no source takes: none is made
                found[variable] = lease_for(context, claim, variable)
    return found


async def values_of(
    context: ServiceContext, claim: Claim, places: Places
) -> Mapping[Variable, Value] | Failure:
    """All of them, or why there is none. What is kept is read first, so that nothing is made in vain."""
    if _is_moved(context, claim):
        return Failure.MOVED
    leased = {variable: place for variable, place in places.items() if isinstance(place, LeasePlace)}
    try:
        kept = [variable for variable in places if variable not in leased]
        read = await asyncio.gather(*map(context.values.read, kept))
        values = dict(zip(kept, read, strict=True))
        made = await make_leases(context, claim, leased) if leased else {}
    except (SourceError, SealError, StoreError) as error:
        return _failure_of(error)
    if isinstance(made, Failure):
        return made
    return {variable: values[variable] if variable in values else made[variable] for variable in places}


def _is_moved(context: ServiceContext, claim: Claim) -> bool:
    """Whether a value would be had elsewhere than its sealed record says, and than was agreed to."""
    kept = dict(zip(claim.variables, claim.sources, strict=False))
    asked = claim.only or claim.variables
    return any(kept.get(variable) != context.values.source_of(variable) for variable in asked)


def _failure_of(error: Exception) -> Failure:
    match error:
        case SourceFaultError():
            return _OF_SOURCE[error.fault]
        case ValueMissingError():
            return Failure.VALUE_MISSING
        case SealError():
            return Failure.SEALED
        case _:
            return Failure.SOURCE_DOWN
