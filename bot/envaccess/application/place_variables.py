"""The catalogue follows `sources.yml`: a name there exists; one that is kept elsewhere is another variable.

A name that a rule writes out exists as soon as the file is loaded; of patterns, `envaccess sources adopt`
says which names there are. Who moves a name to another source ends the grants over it: they were given for
what it was.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from envaccess.application.ports.process import Ids
from envaccess.domain.audit import Actor
from envaccess.domain.catalogue import SEALED, CatalogueEntry
from envaccess.domain.outcome import Placement, Written
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.variable import Variable


class PlacedCatalogue(Protocol):
    """What `ports.secrets.Catalogue` has, and `place`."""

    async def names(self) -> Sequence[Variable]:
        """All of them."""
        ...

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        """Those of these that exist."""
        ...

    async def place(
        self, op: str, variable: Variable, source: str, actor: Actor, before: str = ""
    ) -> Placement:
        """Write down where its value is kept."""
        ...


class VariableStore(Protocol):
    """Values of the sealed store; `store.sealed.SealedStore` fits."""

    async def sealed_here(self, variables: Sequence[Variable]) -> Collection[Variable]:
        """Those of these that have a value in the sealed store."""
        ...

    async def delete(self, op: str, variable: Variable, actor: Actor) -> int | None:
        """Delete a variable and end its grants."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of the catalogue.

    Attributes:
        done: how many variables were created, moved (changed) and deleted.
        ended: grants that ended with that.
        left: variables whose records changed meanwhile, or do not hold: they are as they were.
    """

    done: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    left: tuple[Variable, ...] = ()

    def plus(self, what: str, ended: int) -> "Placed":
        """With one more variable."""
        return replace(self, done=self.done + Counter([what]), ended=self.ended + ended)

    def without(self, variable: Variable) -> "Placed":
        """With one that is left as it is."""
        return replace(self, left=(*self.left, variable))


async def place_variables(
    catalogue: PlacedCatalogue,
    store: VariableStore,
    ids: Ids,
    actor: Actor,
    file: SourcesFile,
    also: Collection[Variable] = (),
) -> Placed:
    """Write down in the catalogue what the file says; it can be stopped, and run again.

    Args:
        catalogue: what variables exist.
        store: what is sealed; it deletes variables that are nowhere any more.
        ids: makes operation ids.
        actor: who says so, for the audit.
        file: where values are kept.
        also: names that shall exist where a rule keeps them elsewhere than in the sealed store.

    Raises:
        StoreError: Redis did not answer.
    """
    found = await catalogue.get([*(await catalogue.names())])
    wanted = {variable: file.place_of(variable).source for variable in (*found, *file.literal(), *also)}
    moving = {
        variable: source
        for variable, source in wanted.items()
        if source != (found[variable].source if variable in found else SEALED)
    }
    sealed = await store.sealed_here([one for one, source in moving.items() if source == SEALED])
    placed = Placed()
    for variable, source in moving.items():
        if source == SEALED and variable not in sealed:
            ended = await store.delete(ids.operation(), variable, actor) or 0
            placed = placed.plus("deleted", ended)
            continue
        before = found[variable].incarnation if variable in found else ""
        made = await catalogue.place(ids.operation(), variable, source, actor, before)
        behind = made.written is Written.BEHIND
        placed = placed.without(variable) if behind else placed.plus(made.written, made.ended)
    return replace(placed, left=await _not_placed(catalogue, moving, placed.left))


async def _not_placed(
    catalogue: PlacedCatalogue, wanted: Mapping[Variable, str], left: Sequence[Variable]
) -> tuple[Variable, ...]:
    """Those of these that nobody else has placed meanwhile: replicas load the same file at once."""
    now = await catalogue.get(left) if left else {}
    return tuple(one for one in left if one not in now or now[one].source != wanted[one])
