"""Reads again what is kept elsewhere and somebody has seen: who changed it there told nobody here.

Nothing is shown, so that nobody has seen anything by it, and nothing that is read is kept but its mark.
"""

from typing import Final

from envaccess.application.service_context import ServiceContext
from envaccess.domain.catalogue import SEALED, CatalogueEntry
from envaccess.domain.errors import SealError, SourceError
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable

_AT_ONCE: Final = 4
"""Values that one round reads, one after the other: 240 an hour, whatever there is."""
ROUND_SECONDS: Final = 60.0


async def read_again(context: ServiceContext) -> int:
    """Read some, those first that were not read for the longest time; how many could be.

    Of one that cannot be read now, what is known stays as it is, and its turn comes again.

    Raises:
        StoreError: the store did not answer.
    """
    due = await context.ledger.to_read(_AT_ONCE)
    entries = await context.catalogue.get(due) if due else {}
    known = [variable for variable in due if _is_here(context, variable, entries.get(variable))]
    return sum([await _read(context, variable) for variable in known])


def _is_here(context: ServiceContext, variable: Variable, entry: CatalogueEntry | None) -> bool:
    """Whether it exists, and is kept elsewhere, where its sealed record says that it is."""
    if entry is None or isinstance(context.lease_sources.place_of(variable), LeasePlace):
        return False
    return entry.source == context.values.source_of(variable) != SEALED


async def _read(context: ServiceContext, variable: Variable) -> bool:
    read_at = context.clock.now()
    try:
        value = await context.values.read(variable)
        await context.ledger.note_current(variable, value, read_at)
    except (SourceError, SealError):
        return False
    return True
