"""Where values live outside of our store: sources, leases, rotators."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable


class Source(Protocol):
    """One place that values are read from."""

    async def read(self, variable: Variable) -> Value:
        """The current value.

        Raises:
            SourceFaultError: why there is none now.
            ValueMissingError, SealError, StoreError: the same of the sealed store.
        """
        ...

    async def names(self) -> Sequence[Variable]:
        """What it has. Raises `SourceFaultError`."""
        ...
