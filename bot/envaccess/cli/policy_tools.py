"""What the policy's commands work with, and what they share: which file, and its faults on stdout."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NoReturn, Protocol

import click

from envaccess.application.ports.people import Directory
from envaccess.cli.output import Complaint, Misuse
from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.trial import Case
from envaccess.domain.signals.rule_suggestions import RuleSuggestion
from envaccess.domain.signals.thresholds import Thresholds
from envaccess.domain.text import count

Faults = tuple[FileFault, ...]


class PolicyTools(Protocol):
    """Policy files, and Slack; `wiring.policy_tools.PolicyContext` fits."""

    @property
    def file(self) -> Path | None:
        """The file that the settings name."""
        ...

    @property
    def channel(self) -> str:
        """The approvers channel's id; empty when it is not set."""
        ...

    @property
    def can_ask(self) -> bool:
        """Whether Slack can be asked."""
        ...

    def read(self, path: Path, *, guarded: bool = True) -> Policy | Faults:
        """A file's policy, or all that is wrong with it; guarded: also who else may change the file."""
        ...

    def cases(self, path: Path) -> tuple[Case, ...] | Faults:
        """A test file's cases, or all that is wrong with it."""
        ...

    def signals(self) -> Thresholds:
        """From when on something is told, as the settings' policy file says; as usual without one."""
        ...

    def patch(self, suggested: Sequence[RuleSuggestion]) -> str:
        """What to add to the settings' policy file for what people always approve; empty for nothing."""
        ...

    def schema(self) -> str:
        """The file's JSON Schema."""
        ...

    def now(self) -> int:
        """Milliseconds since the epoch."""
        ...

    def directory(self) -> AbstractAsyncContextManager[Directory]:
        """People, groups and channels in Slack. Raises `SettingsError` and, asked, `DirectoryError`."""
        ...


class FaultyFileError(Complaint):
    """The file's faults are on stdout."""


def choose_file(operator: PolicyTools, named: Path | None) -> Path:
    """The file that was named, else the one that the settings name.

    Raises:
        Misuse: there is neither.
    """
    chosen = named or operator.file
    if chosen is None:
        raise Misuse("Which file? Name it, or set ENVACCESS_POLICY_FILE.")
    return chosen


def read_or_tell(operator: PolicyTools, path: Path, *, guarded: bool = True) -> Policy:
    """A file's policy; guarded: only one that nobody else may change.

    Raises:
        FaultyFileError: it has faults, which are told.
    """
    found = operator.read(path, guarded=guarded)
    if not isinstance(found, Policy):
        refuse_file(path, found)
    return found


def tell_faults(path: Path, faults: Iterable[FileFault]) -> None:
    """One line a fault, in the form that editors and compilers share: `FILE:LINE: what`."""
    for fault in faults:
        line = f":{fault.line}" if fault.line else ""
        click.echo(f"{path}{line}: {fault}")


def refuse_file(path: Path, faults: Collection[FileFault]) -> NoReturn:
    """Tell a file's faults, and end with how many there are.

    Raises:
        FaultyFileError: always.
    """
    tell_faults(path, faults)
    raise FaultyFileError(f"{path.name} has {count(len(faults), 'fault')}.")
