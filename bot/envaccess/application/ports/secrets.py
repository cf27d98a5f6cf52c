"""What variables exist, and where their values live."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.domain.variable import Variable


class Secrets(Protocol):
    """Names of variables that exist; never a value."""

    async def names(self) -> Sequence[Variable]:
        """All of them, sorted."""
        ...


class Source(Protocol):
    """Where values live."""

    async def read(self, variable: Variable) -> str:
        """The current value. Raises `SourceError`, `ValueMissingError`, `SealError`."""
        ...
