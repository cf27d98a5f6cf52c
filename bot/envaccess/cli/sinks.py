"""`envaccess sinks`: try the systems that events go to, see how far behind they are, give one up."""

from collections.abc import Sequence
from typing import Protocol

import click

from envaccess.cli.host_commands import WORKSPACE
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Complaint, say
from envaccess.domain.sinks import SinkLag, SinkSpec

_ENTRIES = {
    "check": Entry("envaccess.cli.sinks:check", "Send each sink one event that says it is a test."),
    "status": Entry("envaccess.cli.sinks:status", "Print how far behind each sink is."),
    "drop": Entry("envaccess.cli.sinks:drop", "Wait no longer for what a sink does not have."),
}


class SinkTools(Protocol):
    """The systems that events go to. Methods raise `StoreError`."""

    @property
    def declared(self) -> Sequence[SinkSpec]:
        """Those of the file."""
        ...

    async def lags(self) -> Sequence[SinkLag]:
        """How far each is behind."""
        ...

    async def drop(self, name: str) -> bool:
        """Wait for one no longer; False where there is none, or it has just moved."""
        ...


@click.group(cls=LazyGroup, entries=_ENTRIES)
def sinks() -> None:
    """See to the systems that events are sent to.

    ENVACCESS_SINKS_FILE declares them.
    """


@click.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Send each sink one event that says it is a test.

    Its tag is sink.check; it is in no stream. The exit code is 1 where a sink did not take it.
    """
    found = run(front(context).check_sinks())
    if not found:
        say("ENVACCESS_SINKS_FILE declares no sinks.")
    for name, fault in found.items():
        click.echo(f"FAULT {name}: {fault}" if fault else f"ok {name}: it took a test event")
    if any(found.values()):
        context.exit(Complaint.exit_code)


@click.command()
@WORKSPACE
@click.pass_context
def status(context: click.Context, workspace: str) -> None:
    """Print how far behind each sink is.

    One sink a line. One that is in no file is told with how to drop it: events are kept for it.
    """
    found = run(_lags(front(context), workspace))
    if not found:
        say("There are no sinks.")
    for lag, declared in found:
        click.echo(_line(lag, declared=declared))


async def _lags(parts: Front, workspace: str) -> list[tuple[SinkLag, bool]]:
    async with parts.sinks(workspace) as tools:
        declared = {spec.name for spec in tools.declared}
        return [(lag, lag.name in declared) for lag in await tools.lags()]


def _line(lag: SinkLag, *, declared: bool) -> str:
    if not lag.begun:
        return f"{lag.name}: it has not begun; it gets what happens once the bot serves with this file"
    behind = f"{lag.seconds} s behind, after event {lag.after or '(not to be believed)'}"
    told = behind if lag.seconds or not lag.after else f"it has every event, up to {lag.after}"
    left = f"; it is in no file, and events are kept for it: `envaccess sinks drop {lag.name}`"
    older = f"; it still gets what is older from the archive, after event {lag.archived}"
    return f"{lag.name}: {told}{older if lag.archived else ''}{'' if declared else left}"


@click.command()
@click.argument("name")
@WORKSPACE
@click.pass_context
def drop(context: click.Context, name: str, workspace: str) -> None:
    """Wait no longer for what a sink does not have.

    The event sink.lost says so. A sink that the file declares goes on with it; of another nothing is left.
    """
    if not run(_drop(front(context), name, workspace)):
        raise Complaint("There is no such sink, or it has just got an event: see `envaccess sinks status`.")
    say("What this sink did not have is not kept for it any more; the event sink.lost says what that is.")


async def _drop(parts: Front, name: str, workspace: str) -> bool:
    async with parts.sinks(workspace) as tools:
        return await tools.drop(name)
