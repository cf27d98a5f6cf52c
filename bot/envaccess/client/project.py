"""What a project needs, as its `.envaccess.toml` says it: names, a duration and a reason, never a value.

A file is read once. What was confirmed (`project_trust`) is this object, whatever becomes of the file.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from envaccess.client.project_file import ProjectSource, find_project, home_folder, read_source
from envaccess.client.project_rules import ProjectVariable, read_rules
from envaccess.client.project_screening import refuse_values
from envaccess.domain.variable import Variable

IsTrusted = Callable[[ProjectSource], bool]


def _not_yet(_: ProjectSource) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Project:
    """What a project's file says.

    Attributes:
        path: of the file, without links in it.
        digest: SHA-256 of its bytes, in hexadecimal.
        environment: where names belong that have none of their own; `default` unless the file says one.
        variables: what is needed, in the file's order; each has another name in the command's environment.
        duration: of a grant, as it is typed: `1h`, `once`.
        why: the reason of a request.
    """

    path: Path
    digest: str
    environment: str
    variables: tuple[ProjectVariable, ...]
    duration: str
    why: str

    @property
    def has_optional(self) -> bool:
        """Whether what `chosen` chooses depends on what is known."""
        return any(variable.optional for variable in self.variables)

    def in_environment(self, environment: str) -> "Project":
        """The same, with the names that have no environment of their own in another one."""
        moved = tuple(variable.in_environment(environment) for variable in self.variables)
        return replace(self, environment=environment, variables=moved)

    def chosen(self, known: Collection[Variable]) -> tuple[ProjectVariable, ...]:
        """What to ask for: all that is required, and what is optional and known to whoever asks."""
        return tuple(each for each in self.variables if not each.optional or each.variable in known)


def load_project(folder: Path, is_trusted: IsTrusted = _not_yet) -> Project | None:
    """The project that a folder belongs to; None where no file says what it needs.

    Args:
        folder: the working directory.
        is_trusted: whether a file was confirmed as it stands; what looks like a value was looked for then.

    Raises:
        ProjectFileError: the file cannot be used.
    """
    path = find_project(folder.resolve(), home_folder())
    return read_project(path, is_trusted) if path else None


def read_project(path: Path, is_trusted: IsTrusted = _not_yet) -> Project:
    """Read one file; `load_project` says the rest."""
    source = read_source(path)
    rules = read_rules(source)
    if not is_trusted(source):
        refuse_values(source)
    return Project(source.path, source.digest, rules.environment, rules.variables, rules.duration, rules.why)
