"""What variables exist: fits `ports.secrets.Catalogue`. The scripts for values write its records."""

from collections.abc import Mapping, Sequence
from typing import Any

from envaccess.domain.catalogue import CatalogueEntry
from envaccess.domain.variable import Variable
from envaccess.store.client import ours
from envaccess.store.runner import Runner

_PAGE = 500


class RedisCatalogue:
    """One workspace's catalogue."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def names(self) -> Sequence[Variable]:
        """All names, sorted; what is none is left out."""
        async with ours():
            names = await self._runner.client.zrange(self._runner.key("names"), 0, -1)
        return [Variable(*name.split("/", 1)) for name in names if "/" in name]

    async def get(self, variables: Sequence[Variable]) -> Mapping[Variable, CatalogueEntry]:
        """Those of these that exist, in the same order."""
        entries: dict[Variable, CatalogueEntry] = {}
        for start in range(0, len(variables), _PAGE):
            page = variables[start : start + _PAGE]
            commands = [("HGETALL", self._runner.key("catalogue", str(variable))) for variable in page]
            answers = await self._runner.read_all(commands)
            found = map(_read, page, answers)
            entries.update((entry.variable, entry) for entry in found if entry)
        return entries


def _read(variable: Variable, fields: Mapping[str, Any]) -> CatalogueEntry | None:
    """The one place that reads a record; what is no whole record is no variable."""
    try:
        return CatalogueEntry(
            variable,
            source=fields["source"],
            owner=fields["owner"],
            incarnation=fields["incarnation"],
            version=int(fields["version"]),
            created_at=int(fields["created_at"]),
            changed_at=int(fields["changed_at"]),
        )
    except (KeyError, ValueError):
        return None
