"""`envaccess leases`: logins that sources made and that are not confirmed gone. Slack may be away."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Protocol

import click

from envaccess.cli.host_commands import WORKSPACE
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Complaint, say
from envaccess.cli.table import moment, print_table
from envaccess.domain.audit import rfc3339
from envaccess.domain.leases import Gone, KeptLease, LeaseId, LeaseState, StillThere, lease_parts
from envaccess.domain.text import count

_ENTRIES = {
    "list": Entry("envaccess.cli.leases:list_leases", "Print the logins that are not confirmed gone."),
    "strays": Entry("envaccess.cli.leases:strays", "Ask each source for logins that nothing is written of."),
    "end": Entry("envaccess.cli.leases:end", "End one login before its time."),
}
_HEADER = ("ID", "VARIABLE", "FOR", "SOURCE", "STANDS", "ASKED NEXT", "WHAT IS LEFT")
_STRAY = ("ID", "SOURCE")
_LEFT: Mapping[str, str] = {
    "login": "it can still be used",
    "sessions": "nobody logs in any more, sessions are open",
    "owns": "locked out, something belongs to it: a person decides",
    "until": "its source ends it at its time alone",
    "down": "its source does not answer",
    "slow": "its source does not answer in time",
    "denied": "its source refuses us",
}


class LeaseTools(Protocol):
    """What `leases` works with. Methods raise `StoreError`."""

    async def kept(self) -> Sequence[KeptLease]:
        """Those that are not confirmed gone."""
        ...

    async def end(self, lease: LeaseId) -> bool:
        """Let one end; False where nothing is written of it."""
        ...

    async def strays(self) -> Mapping[str, Sequence[LeaseId] | str]:
        """By source, what is there and nowhere written down; or why the source did not say."""
        ...

    async def end_stray(self, source: str, lease: LeaseId) -> Gone | StillThere:
        """End one of those, with its events. Raises `SettingsError`, `SourceFaultError`."""
        ...


@click.group(cls=LazyGroup, entries=_ENTRIES)
def leases() -> None:
    """See to logins that sources made, until nothing of them is left.

    A running envaccess ends them by itself, and asks again until their source confirms it.
    """


@click.command("list")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@WORKSPACE
@click.pass_context
def list_leases(context: click.Context, form: str, workspace: str) -> None:
    """Print the logins that are not confirmed gone: those that live, and those that do not end.

    `text` is one login a line: its id, variable, who has it, its source, how it stands, until when it works
    or since when it is to end, and when its source is asked next. On a terminal it is a table; elsewhere
    there are tabs between. `jsonl` is one JSON object a line.
    """
    found = run(_kept(front(context), workspace))
    if not found:
        say("No login that a source made is left.")
    elif form == "jsonl":
        click.echo("\n".join(map(_object, found)))
    else:
        print_table(_HEADER, [*map(_row, found)])


async def _kept(parts: Front, workspace: str) -> Sequence[KeptLease]:
    async with parts.leases(workspace) as tools:
        return await tools.kept()


def _row(lease: KeptLease) -> Sequence[str]:
    return (
        lease.id,
        lease.variable,
        lease.requester,
        lease.source,
        f"works until {moment(lease.works_until)}"
        if lease.state is not LeaseState.ENDING
        else f"{'does not end' if lease.stuck else 'ending'} since {moment(lease.ending_at)}",
        moment(lease.next_at) if lease.next_at else "",
        _left(lease),
    )


def _left(lease: KeptLease) -> str:
    """What was left of one that is to end, when its source was asked last."""
    left = _LEFT.get(lease.left, lease.left) if lease.state is LeaseState.ENDING else ""
    return f"{left} ({count(lease.sessions, 'session')})" if lease.sessions else left


def _object(lease: KeptLease) -> str:
    times = {name: rfc3339(at) if at else None for name, at in asdict(lease).items() if name in _TIMES}
    return json.dumps({**asdict(lease), **times}, ensure_ascii=False, separators=(",", ":"))


_TIMES = frozenset({"works_until", "ending_at", "next_at"})


@click.command()
@WORKSPACE
@click.pass_context
def strays(context: click.Context, workspace: str) -> None:
    """Ask each source for logins of this workspace that nothing is written of.

    They are there after a backup was restored, or where Redis lost what it had confirmed. One a line, with
    its source. The exit code is 1 where there is one, or where a source did not say.
    """
    found = run(_strays(front(context), workspace))
    for source, answer in found.items():
        if isinstance(answer, str):
            click.echo(f"FAULT {source}: {answer}")
    there = [
        (lease, source)
        for source, answer in found.items()
        for lease in (() if isinstance(answer, str) else answer)
    ]
    if there:
        print_table(_STRAY, there)
        say("`envaccess leases end ID --source SOURCE` ends one.")
    if not any(found.values()):
        say("Every login that is there is written down." if found else "No source makes logins.")
    else:
        context.exit(Complaint.exit_code)


async def _strays(parts: Front, workspace: str) -> Mapping[str, Sequence[LeaseId] | str]:
    async with parts.leases(workspace) as tools:
        return await tools.strays()


@click.command()
@click.argument("lease", metavar="ID")
@click.option("--source", default="", help="Where it is, for one that nothing is written of.")
@WORKSPACE
@click.pass_context
def end(context: click.Context, lease: str, source: str, workspace: str) -> None:
    """End one login before its time, or ask again at once for one that does not end.

    ID is as `leases list` prints it. The access that it was made for lives on.
    """
    if lease_parts(lease) is None:
        raise Complaint("That is no id of a login: `envaccess leases list` prints them.")
    say(run(_end(front(context), LeaseId(lease), source, workspace)))


async def _end(parts: Front, lease: LeaseId, source: str, workspace: str) -> str:
    async with parts.leases(workspace) as tools:
        if await tools.end(lease):
            return (
                f"{lease} ends once a running envaccess has asked its source: `envaccess leases list` tells."
            )
        if not source:
            raise Complaint(
                f"Nothing is written of {lease}. If it is at a source all the same, name that with --source."
            )
        outcome = await tools.end_stray(source, lease)
        if isinstance(outcome, Gone):
            return f"{lease} is gone from {source}: it was looked for and not found."
        raise Complaint(
            f"{lease} is not gone from {source}: {outcome.what or _LEFT.get(outcome.why, outcome.why)}."
        )
