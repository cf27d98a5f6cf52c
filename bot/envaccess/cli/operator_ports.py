"""The seam between the commands and the concrete parts: commands know these Protocols, `wiring` fits them.

A command asks `front(context)`. Outside tests that is `Wired`, which loads the heavy parts when first asked.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from envaccess.application.installation_checks import Finding
from envaccess.application.ports.audit import Stream
from envaccess.application.ports.ledger import Ledger
from envaccess.application.ports.people import LockRegistry
from envaccess.application.ports.process import Ids
from envaccess.application.ports.rotations import Rotations
from envaccess.application.ports.secrets import Catalogue
from envaccess.cli.hardening import harden
from envaccess.cli.lazy import WORKSPACE_MEANT, uncollected
from envaccess.cli.policy_tools import PolicyTools
from envaccess.domain.audit import Actor, Event
from envaccess.domain.backup import BackupMade, BackupRestored
from envaccess.domain.errors import SettingsError
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable

if TYPE_CHECKING:
    from envaccess.application.place_variables import Placed
    from envaccess.cli.audit_tree import AuditTree
    from envaccess.cli.leases import LeaseTools
    from envaccess.cli.report import ReportWriter
    from envaccess.cli.review import ReviewTools
    from envaccess.cli.sinks import SinkTools
    from envaccess.cli.sources import SourceTools
    from envaccess.domain.fleet import Fleet
    from envaccess.domain.sinks import SinkLag
    from envaccess.domain.sources.file import SourcesFile
    from envaccess.settings import Settings

T = TypeVar("T")


class Values(Protocol):
    """What operators do with values. Methods raise `StoreError`."""

    async def write(self, op: str, variable: Variable, value: str, actor: Actor, *, replace: bool) -> Written:
        """Seal and store a value."""
        ...

    async def holds(self, variable: Variable, text: str) -> bool:
        """Whether this is a value that is stored; it is neither shown nor returned."""
        ...

    async def reseal(self, op: str, variable: Variable, actor: Actor) -> bool:
        """Put a value under the first master key; False when there was nothing to do."""
        ...

    async def delete(self, op: str, variable: Variable, actor: Actor) -> int | None:
        """How many grants ended with it; None when there was no such value."""
        ...

    async def read_out(self, op: str, variable: Variable, actor: Actor, why: str) -> str | Refusal:
        """Write down that it is read, then read it. Raises `ValueMissingError`, `SealError`."""
        ...


class Tail(Stream, Protocol):
    """The audit stream, for reading. Methods raise `StoreError`."""

    async def tail(self, count: int) -> Sequence[Event]:
        """The newest events, oldest first."""
        ...

    async def bare(self, cursor: str, count: int) -> Sequence[Event]:
        """Events after a stream id, oldest first, without what people typed."""
        ...


class OperatorTools(Protocol):
    """What an operator's command works with; `wiring.OperatorTools` fits."""

    @property
    def team(self) -> str:
        """The workspace's name."""
        ...

    @property
    def actor(self) -> Actor:
        """Who works here, for the audit stream."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """What variables exist."""
        ...

    @property
    def values(self) -> Values:
        """The values."""
        ...

    @property
    def locks(self) -> LockRegistry:
        """The locks."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Who has seen which value."""
        ...

    @property
    def rotations(self) -> Rotations:
        """What is being rotated."""
        ...

    def is_leased(self, variable: Variable) -> bool:
        """Whether its values are made for each use, so that none is rotated."""
        ...

    def rotation_wait(self, variable: Variable) -> int:
        """Seconds that a rotation waits for live grants, as `sources.yml` says."""
        ...

    def now(self) -> int:
        """Milliseconds since the epoch."""
        ...

    @property
    def knows(self) -> Callable[[str], Awaitable[bool | None]]:
        """Whether Slack knows somebody of an id; None where it does not say."""
        ...

    async def place(self, file: "SourcesFile", variables: Collection[Variable]) -> "Placed":
        """Let the catalogue follow the file of sources, and have these names of its patterns, too."""
        ...

    def source_of(self, variable: Variable) -> str:
        """The name of the source that a value is kept in, as the file of sources says."""
        ...

    async def reseal_keys(self, op: str) -> int:
        """Wrap what seals anew under the first master key, as an operation; how many keys moved."""
        ...

    async def drop_seal_key(self, op: str) -> bool:
        """Drop the key that seals, because it leaked; False where somebody serves: nothing was changed."""
        ...

    @property
    def from_store(self) -> bool:
        """Whether the workspace is the only one in the store, because Slack did not say which it is."""
        ...

    @property
    def trail(self) -> Tail:
        """The audit stream."""
        ...

    @property
    def ids(self) -> Ids:
        """Operation ids."""
        ...

    async def erase_old(self) -> str:
        """Take old ciphertexts off the disk; what is left to be done where that is not ours, else empty."""
        ...


class Front(Protocol):
    """What a command may ask for; loaded when asked. Each method may raise `SettingsError`."""

    def check_settings(self) -> None:
        """Fail now on a setting that an operator's command would miss later."""
        ...

    def operator(self) -> AbstractAsyncContextManager[OperatorTools]:
        """Open the values and the audit stream of the workspace."""
        ...

    def host(self, workspace: str) -> AbstractAsyncContextManager[OperatorTools]:
        """The same where Slack need not answer; `workspace` is its id, or empty."""
        ...

    async def back_up(self, workspace: str, path: Path, *, replace: bool) -> BackupMade:
        """Write a workspace to a file; `workspace` is its id, or empty."""
        ...

    async def restore(self, workspace: str, path: Path, *, replace: bool) -> BackupRestored:
        """Put it back."""
        ...

    def access_reviews(self, workspace: str, *, changing: bool) -> AbstractAsyncContextManager["ReviewTools"]:
        """Look at access reviews, where Slack need not answer, or change something, where it must."""
        ...

    async def check_sinks(self) -> Mapping[str, str]:
        """Try each sink with a test event; by its name why it was not taken, or nothing."""
        ...

    def sinks(self, workspace: str) -> AbstractAsyncContextManager["SinkTools"]:
        """The sinks of a workspace; `workspace` is its id, or empty."""
        ...

    def leases(self, workspace: str) -> AbstractAsyncContextManager["LeaseTools"]:
        """The logins that sources made in a workspace; `workspace` is its id, or empty."""
        ...

    async def fleet(self, workspace: str) -> "tuple[Fleet, Sequence[SinkLag]]":
        """The processes that serve a workspace, and how far each sink is behind."""
        ...

    def diagnose(self) -> AsyncIterator[Finding]:
        """Look at every part of the installation."""
        ...

    def policies(self) -> PolicyTools:
        """Read policy files, and ask Slack about them."""
        ...

    def sources(self) -> "SourceTools":
        """Read files of sources, and ask the sources."""
        ...

    def audit_tree(self) -> "AuditTree":
        """Verify the audit stream, and look at the keys that seal it."""
        ...

    def reports(self) -> "ReportWriter":
        """Write evidence for auditors."""
        ...

    async def serve(self) -> None:
        """Run the bot until it is told to stop."""
        ...

    def new_master_key(self) -> str:
        """Make a master key."""
        ...


class Wired:
    """The concrete parts, from `wiring`.

    Args:
        meant: the id of the workspace that was named before the command; empty where none was.
    """

    def __init__(self, meant: str = "") -> None:
        self._meant = meant

    @cached_property
    def _looked(self) -> "Settings":
        """Read the settings once, and log by them from then on; what is wrong is told by who needs them.

        Whatever holds a token, a key or a value has read them first, so this is where the process is hidden.
        """
        refused = harden()
        from envaccess import log  # noqa: PLC0415 - heavy
        from envaccess.settings import Settings  # noqa: PLC0415 - heavy

        settings = Settings.look()
        log.configure(settings.log_format, settings.log_level, settings.secret_texts())
        if refused:
            log.warn("process_not_hidden", why=refused)
        return settings

    @property
    def _settings(self) -> "Settings":
        """The settings, none of them wrong."""
        settings = self._looked
        if settings.wrong:
            raise SettingsError(*settings.wrong.values())
        return settings

    def check_settings(self) -> None:
        """Fail now on a setting that an operator's command would miss later."""
        self._looked.for_cli()

    def operator(self) -> AbstractAsyncContextManager[OperatorTools]:
        """Open the values and the audit stream of the workspace."""
        from envaccess import wiring  # noqa: PLC0415 - heavy

        return wiring.operator_context(self._looked, self._meant)

    def host(self, workspace: str) -> AbstractAsyncContextManager[OperatorTools]:
        """The same where Slack need not answer."""
        from envaccess import wiring  # noqa: PLC0415 - heavy

        return wiring.host_context(self._looked, workspace or self._meant)

    def leases(self, workspace: str) -> AbstractAsyncContextManager["LeaseTools"]:
        """The logins that sources made in a workspace."""
        from envaccess.wiring import leases  # noqa: PLC0415 - heavy

        return leases.open_leases(self._looked, workspace or self._meant)

    async def fleet(self, workspace: str) -> "tuple[Fleet, Sequence[SinkLag]]":
        """The processes that serve a workspace, and how far each sink is behind."""
        from envaccess.wiring import fleet  # noqa: PLC0415 - heavy

        return await fleet.fleet_status(self._looked, workspace or self._meant)

    async def back_up(self, workspace: str, path: Path, *, replace: bool) -> BackupMade:
        """Write a workspace to a file."""
        from envaccess.wiring import backup  # noqa: PLC0415 - heavy

        return await backup.back_up(self._looked, workspace or self._meant, path, replace=replace)

    async def restore(self, workspace: str, path: Path, *, replace: bool) -> BackupRestored:
        """Put it back."""
        from envaccess.wiring import backup  # noqa: PLC0415 - heavy

        return await backup.restore(self._looked, workspace or self._meant, path, replace=replace)

    def access_reviews(self, workspace: str, *, changing: bool) -> AbstractAsyncContextManager["ReviewTools"]:
        """Look at access reviews, or change something in one."""
        from envaccess.wiring import access_reviews as reviews  # noqa: PLC0415 - heavy

        meant = workspace or self._meant
        return reviews.changing(self._settings, meant) if changing else reviews.looking(self._looked, meant)

    async def check_sinks(self) -> Mapping[str, str]:
        """Try each sink with a test event."""
        from envaccess.wiring import sinks  # noqa: PLC0415 - heavy

        return await sinks.check_sinks(self._settings)

    def sinks(self, workspace: str) -> AbstractAsyncContextManager["SinkTools"]:
        """The sinks of a workspace."""
        from envaccess.wiring import sinks  # noqa: PLC0415 - heavy

        return sinks.sink_context(self._looked, workspace or self._meant)

    def diagnose(self) -> AsyncIterator[Finding]:
        """Look at every part of the installation."""
        from envaccess import wiring  # noqa: PLC0415 - heavy

        return wiring.diagnose(self._looked)

    def policies(self) -> PolicyTools:
        """Read policy files, and ask Slack about them."""
        from envaccess.wiring import policy_tools  # noqa: PLC0415 - heavy

        return policy_tools.PolicyContext(self._settings)

    def sources(self) -> "SourceTools":
        """Read files of sources, and ask the sources."""
        from envaccess.wiring import source_tools  # noqa: PLC0415 - heavy

        return source_tools.SourceChecks(self._settings)

    def audit_tree(self) -> "AuditTree":
        """Verify the audit stream, and look at the keys that seal it."""
        from envaccess.wiring import audit_tree  # noqa: PLC0415 - heavy

        return audit_tree.AuditTreeTools(self._settings)

    def reports(self) -> "ReportWriter":
        """Write evidence for auditors."""
        from envaccess.wiring import reports  # noqa: PLC0415 - heavy

        return reports.ReportTools(self._settings)

    async def serve(self) -> None:
        """Run the bot until it is told to stop.

        Looking for garbage among modules once more holds up every answer for a tenth of a second.
        """
        with uncollected():
            from envaccess import wiring  # noqa: PLC0415 - heavy

        await wiring.serve(self._looked)

    def new_master_key(self) -> str:
        """Make a master key."""
        harden()
        from envaccess import wiring  # noqa: PLC0415 - heavy

        return wiring.new_master_key()


def front(context: click.Context) -> Front:
    """The parts that this invocation works with: those it was given, else the real ones."""
    root = context.find_root()
    if root.obj is None:
        root.obj = Wired(root.meta.get(WORKSPACE_MEANT, ""))
    found: Front = root.obj
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's asynchronous part."""
    import asyncio  # noqa: PLC0415 - help does without it

    return asyncio.run(work)
