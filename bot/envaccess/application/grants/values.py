"""The value of each variable of a claim: read where it is kept, or made for this use."""

from collections.abc import Mapping

from envaccess.application.leases.obtain import make_leases
from envaccess.application.service_context import ServiceContext
from envaccess.domain.errors import SealError, SourceError, StoreError, ValueMissingError
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable


async def values_of(context: ServiceContext, claim: Claim) -> Mapping[Variable, Value] | Failure:
    """All of them, or why there is none. What is kept is read first, so that nothing is made in vain."""
    places = {
        variable: context.lease_sources.place_of(variable) for variable in claim.only or claim.variables
    }
    leased = {variable: place for variable, place in places.items() if isinstance(place, LeasePlace)}
    try:
        values = {
            variable: await context.values.read(variable) for variable in places if variable not in leased
        }
        made = await make_leases(context, claim, leased) if leased else {}
    except ValueMissingError:
        return Failure.VALUE_MISSING
    except SealError:
        return Failure.SEALED
    except (SourceError, StoreError):
        return Failure.SOURCE_DOWN
    if isinstance(made, Failure):
        return made
    return {variable: values[variable] if variable in values else made[variable] for variable in places}
