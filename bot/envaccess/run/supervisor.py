"""Runs a command with values, for as long as access to them lasts."""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from envaccess.domain.errors import CommandError
from envaccess.run.child import CommandSpec
from envaccess.run.clock import BootClock, SteadyClock
from envaccess.run.environment import check_values, child_environment
from envaccess.run.forms import SHORTEST, ValueForms, forms_of
from envaccess.run.guard import GuardTask, start_guard
from envaccess.run.lease import RunOptions, ValueLease, Watch, watch_nothing
from envaccess.run.linux import LinuxProcesses
from envaccess.run.processes import ProcessTable
from envaccess.run.pumps import OutputPumps
from envaccess.run.signals import SignalIntake, forwarded, typed
from envaccess.run.supervision import ACCESS_ENDED, AccessNews, Supervision, Tell
from envaccess.run.terminal import SharedTerminal
from envaccess.run.value_files import ValueFiles, usual_folders

_OUTPUTS = (1, 2)


@dataclass(frozen=True, slots=True)
class CallerCommand:
    """What somebody wants to run, and where from.

    Attributes:
        path: the file, as `find_command` found it.
        arguments: its words, its name first.
        environment: the caller's; not in `repr()`.
    """

    path: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)


class Supervisor:
    """Runs one command.

    This process's own stdin and stdout are the command's alone from then on: who reads them sees its end, and
    nothing can be printed to them afterwards.

    Attributes:
        left_behind: whether processes of the command go on after it, to the end of the access at most.
    """

    def __init__(
        self,
        tell: Tell,
        options: RunOptions | None = None,
        *,
        clock: SteadyClock | None = None,
        table: ProcessTable | None = None,
    ) -> None:
        self._tell, self._options = tell, options or RunOptions()
        self._clock, self._table = clock or BootClock(), table or process_table()
        self.left_behind = False

    def run(self, command: CallerCommand, lease: ValueLease, watch: Watch = watch_nothing) -> int:
        """Run it to its end, or to the end of the access; returns the exit code.

        Args:
            command: what to run.
            lease: the values, and until when.
            watch: tells when access ends earlier, or later.

        Raises:
            CommandError: it could not be started, with the code to end with.
        """
        check_values(lease.values, self._options.files)
        terminal = SharedTerminal.find()
        caught = forwarded(terminal=True) | typed() if terminal else forwarded(terminal=False)
        intake = SignalIntake(caught)
        try:
            code = self._supervise(command, lease, intake, AccessNews(watch), terminal=terminal is not None)
        finally:
            intake.close()
        if terminal and code >= ACCESS_ENDED:
            terminal.take_back()
        return code

    def _supervise(
        self,
        command: CallerCommand,
        lease: ValueLease,
        intake: SignalIntake,
        news: AccessNews,
        *,
        terminal: bool,
    ) -> int:
        self._table.adopt()
        spec = self._spec(command, lease, intake.ignored, session=not terminal)
        task = self._task(spec, lease, command.environment)
        _flush()
        guard = start_guard(task, self._table, self._clock)
        _let_go_of_streams()
        news.start()
        supervision = Supervision(
            guard,
            intake,
            news,
            task,
            terminal=terminal,
            table=self._table,
            clock=self._clock,
            tell=self._tell,
        )
        code = supervision.attend()
        self.left_behind = supervision.left_behind
        return code

    def _spec(
        self, command: CallerCommand, lease: ValueLease, ignored: frozenset[int], *, session: bool
    ) -> CommandSpec:
        environment = child_environment(
            command.environment, lease, self._options.files, clean=self._options.clean
        )
        return CommandSpec(command.path, command.arguments, environment, session, ignored)

    def _task(self, spec: CommandSpec, lease: ValueLease, caller: Mapping[str, str]) -> GuardTask:
        options = self._options
        folders = usual_folders(caller.get("XDG_RUNTIME_DIR"), caller.get("TMPDIR"))
        in_files = {name: value for name, value in lease.values.items() if name in options.files}
        streams = _redacted(options.redact)
        return GuardTask(
            command=spec,
            files=ValueFiles(in_files, options.files, folders, options.on_disk),
            pumps=OutputPumps(self._forms(lease) if streams else ValueForms(frozenset()), streams),
            ends_at=lease.ends_at,
            grace=options.grace,
        )

    def _forms(self, lease: ValueLease) -> ValueForms:
        forms = forms_of(lease.values.items())
        if forms.too_short:
            names = ", ".join(forms.too_short)
            self._tell(
                f"not taken out of what the command writes, being under {SHORTEST} characters: {names}"
            )
        return forms


def process_table() -> ProcessTable:
    """The table of this system.

    Raises:
        CommandError: it is neither Linux nor macOS.
    """
    if sys.platform.startswith("linux"):
        return LinuxProcesses()
    if sys.platform == "darwin":
        from envaccess.run.darwin import (  # noqa: PLC0415 - it needs `subprocess`, which takes long to load
            DarwinProcesses,
            KqueueNotice,
            list_by_ps,
        )

        return DarwinProcesses(list_by_ps, KqueueNotice)
    raise CommandError("commands can be run on Linux and macOS alone")


def _redacted(wanted: bool | None) -> frozenset[int]:
    """Which streams values are taken out of: unless told, those that no terminal shows."""
    if wanted is False:
        return frozenset()
    return frozenset(stream for stream in _OUTPUTS if _is_open(stream) and (wanted or _is_kept(stream)))


def _is_open(stream: int) -> bool:
    with contextlib.suppress(OSError):
        os.fstat(stream)
        return True
    return False


def _is_kept(stream: int) -> bool:
    """Whether what is written there stays or goes on: neither a terminal nor /dev/null."""
    return not os.isatty(stream) and not os.path.samestat(os.fstat(stream), Path(os.devnull).stat())


def _flush() -> None:
    """What waits to be written would otherwise be written by two processes."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()


def _let_go_of_streams() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)
    os.close(nowhere)
