"""The text of a new `.envaccess.toml`, checked by the loader that will read it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from envaccess.cli.env_names import EnvName
from envaccess.client.project_file import ProjectSource
from envaccess.client.project_rules import read_rules
from envaccess.client.project_screening import refuse_values

_HEAD: Final = (
    "# What `envaccess run -- COMMAND` gives to a command here. Names only: this file never holds a value."
)


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """What a new file shall say.

    Attributes:
        names: what a command here needs, in order.
        environment: where they belong; empty for `default`.
        duration: such as `1h`.
        why: one line.
    """

    names: tuple[EnvName, ...]
    environment: str
    duration: str
    why: str

    def text(self) -> str:
        """The file's text."""
        environment = [f"environment = {_quoted(self.environment)}"] if self.environment else []
        facts = [f"duration = {_quoted(self.duration)}", f"why = {_quoted(self.why)}"]
        return "\n".join([_HEAD, *environment, *facts, "", "[variables]", *self._lists(), ""])

    def check(self, path: Path) -> None:
        """Raise `ProjectFileError` where the file would be refused."""
        source = ProjectSource(path, self.text(), "")
        read_rules(source)
        refuse_values(source)

    def _lists(self) -> Iterator[str]:
        required = [name for name in self.names if not name.preset]
        optional = [name for name in self.names if name.preset]
        if required:
            yield from _list("required", required)
        if optional:
            yield "# an example gives these a value: they are left out where nobody has stored another"
            yield from _list("optional", optional)


def _list(key: str, names: Iterable[EnvName]) -> Iterator[str]:
    yield f"{key} = ["
    for each in names:
        yield from (f"  # {comment}" for comment in each.comments)
        yield f"  {_quoted(each.name)},"
    yield "]"


def _quoted(text: str) -> str:
    """A TOML string; what is refused later may stand in it."""
    return json.dumps(text, ensure_ascii=False)
