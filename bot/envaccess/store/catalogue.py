"""What variables exist: fits `ports.secrets.Catalogue`. The scripts for values write its records.

A variable exists by a record whose seal says its name, source, owner and incarnation (law 13). What says
anything else is no variable, and is told of.
"""

import secrets as randomness
from collections.abc import Mapping, Sequence
from typing import Any, Final

from envaccess.domain.audit import Actor
from envaccess.domain.catalogue import CatalogueEntry
from envaccess.domain.errors import (
    VariableRefusedError,
)
from envaccess.domain.outcome import Placement, Written
from envaccess.domain.seals.statements import CatalogueSeal, SealMaker
from envaccess.domain.variable import Variable
from envaccess.store.client import ours
from envaccess.store.opened_seals import opened
from envaccess.store.refusals import Alarm, Refusals, refusing, silent, with_keys_of_now
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

_PAGE: Final = 500


def new_incarnation() -> str:
    """What tells a variable from every other one that had or will have its name."""
    return randomness.token_hex(8)


class RedisCatalogue:
    """One workspace's catalogue.

    Args:
        runner: the workspace's scripts.
        sealing: opens what its records are sealed with.
        alarm: tells whoever runs this process of a record that does not hold.
    """

    def __init__(self, runner: Runner, sealing: Sealing, alarm: Alarm = silent) -> None:
        self._runner = runner
        self._sealing = sealing
        self._refusals = Refusals(runner, alarm)
        self._refused: set[Variable] = set()

    async def names(self) -> Sequence[Variable]:
        """All names, sorted, but for those whose records this process has found not to hold."""
        found = await all_names(self._runner)
        if self._refused:
            await self.get(sorted(self._refused))
        return [variable for variable in found if variable not in self._refused]

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        """Those of these that exist, in the same order."""
        entries: dict[Variable, CatalogueEntry] = {}
        for start in range(0, len(variables), _PAGE):
            page = variables[start : start + _PAGE]
            commands = [("HGETALL", self._runner.key("catalogue", str(variable))) for variable in page]
            answers = await self._runner.read_all(commands)
            for variable, fields in zip(page, answers, strict=True):
                if entry := await self._verified(variable, fields):
                    entries[variable] = entry
        return entries

    async def place(
        self, op: str, variable: Variable, source: str, actor: Actor, before: str = ""
    ) -> Placement:
        """Write down in which source a value is kept; `BEHIND` where the variable changed meanwhile.

        Args:
            op: the operation's id.
            variable: which.
            source: its name in `sources.yml`.
            actor: who says so.
            before: the incarnation that is catalogued; empty for a variable that does not exist.
        """
        incarnation = new_incarnation()
        await self._sealing.ready()
        outcome = await self._runner.outcome(
            "place_variable",
            op=op,
            name=str(variable),
            source=source,
            actor=str(actor),
            incarnation=incarnation,
            seal=self._sealing.variable(str(variable), source, str(actor), incarnation),
            before=before,
        )
        return Placement(Written(outcome["written"]), int(outcome.get("ended", 0)))

    async def _verified(self, variable: Variable, fields: Mapping[str, Any]) -> CatalogueEntry | None:
        """The entry, where there is one that holds; what does not is told of."""
        try:
            entry = await verified_entry(self._sealing, variable, fields)
        except VariableRefusedError as refused:
            self._refused.add(variable)
            await self._refusals.tell(refused)
            return None
        self._refused.discard(variable)
        return entry


async def all_names(runner: Runner) -> Sequence[Variable]:
    """All names of the index, sorted, whatever their records say; what is no name is left out."""
    async with ours():
        names = await runner.client.zrange(runner.key("names"), 0, -1)
    return [Variable(*name.split("/", 1)) for name in names if "/" in name]


async def verified_entry(
    sealing: Sealing, variable: Variable, fields: Mapping[str, Any]
) -> CatalogueEntry | None:
    """What a record says, where it says what was sealed; None where there is no record.

    A seal by a key that is not here is opened again once the store's keys were looked at.

    Raises:
        VariableRefusedError: it does not hold.
    """
    if not fields:
        return None
    return await with_keys_of_now(sealing, lambda: _read(sealing.seals, variable, fields))


def _read(seals: SealMaker, variable: Variable, fields: Mapping[str, Any]) -> CatalogueEntry:
    """The one place that reads a record."""
    name = str(variable)
    with refusing(VariableRefusedError, name):
        sealed = opened(CatalogueSeal, seals, fields.get("seal", ""))
        entry = _entry(variable, fields)
    if differing := _differing(sealed, entry, fields.get("name")):
        raise VariableRefusedError(name, "seal", f"it says another {differing} than was sealed")
    return entry


def _entry(variable: Variable, fields: Mapping[str, Any]) -> CatalogueEntry:
    return CatalogueEntry(
        variable,
        source=fields["source"],
        owner=fields["owner"],
        incarnation=fields["incarnation"],
        version=int(fields["version"]),
        created_at=int(fields["created_at"]),
        changed_at=int(fields["changed_at"]),
    )


def _differing(sealed: CatalogueSeal, entry: CatalogueEntry, written: str | None) -> str:
    """The first fact that is not as sealed; empty where none differs."""
    same = {
        "name": sealed.name == str(entry.variable) == written,
        "source": sealed.source == entry.source,
        "owner": sealed.owner == entry.owner,
        "incarnation": sealed.incarnation == entry.incarnation,
    }
    return next((name for name, is_same in same.items() if not is_same), "")
