"""What variables exist, and where their values live."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from envaccess.domain.catalogue import CatalogueEntry
from envaccess.domain.variable import Variable


class Catalogue(Protocol):
    """What variables exist; never a value."""

    async def names(self) -> Sequence[Variable]:
        """All of them, sorted, for a list: whether one exists, `get` says."""
        ...

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        """Those of these that exist, in the same order."""
        ...


class Source(Protocol):
    """Where values live."""

    async def read(self, variable: Variable) -> str:
        """The current value. Raises `SourceError`, `ValueMissingError`, `SealError`."""
        ...
