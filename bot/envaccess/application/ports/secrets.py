"""What variables exist, and where their values live."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from envaccess.domain.audit import Actor
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.catalogue import CatalogueEntry
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable


class Catalogue(Protocol):
    """What variables exist; never a value."""

    async def names(self) -> Sequence[Variable]:
        """All of them, sorted, for a list: whether one exists, `get` says."""
        ...

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        """Those of these that exist, in the same order."""
        ...


class VariableValues(Protocol):
    """The values of this workspace: of the source that each lives in."""

    def source_of(self, variable: Variable) -> str:
        """The name of the source that its value is kept in, as `sources.yml` says."""
        ...

    async def read(self, variable: Variable) -> Value:
        """The current value. Raises `SourceFaultError`, `ValueMissingError`, `SealError`, `StoreError`."""
        ...

    async def write_as(
        self,
        op: str,
        variable: Variable,
        value: str,
        actor: Actor,
        *,
        replace: bool,
        origin: Origin = IN_SLACK,
    ) -> Written | Refusal:
        """Store a value for a person, and in its event from where; refused where they, or it, are locked.

        `Written.EXISTS` where there is one, and it is not to be replaced; `Written.ELSEWHERE` where its value
        is kept in another source. Raises `SourceError`, `StoreError`.
        """
        ...
