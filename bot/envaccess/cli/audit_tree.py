"""`envaccess audit verify` and `audit keys`: whether the audit stream is as it was sealed, and who seals."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import click

from envaccess.cli.audit import inert, read_id
from envaccess.cli.host_commands import WHY, WORKSPACE
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.domain.errors import BackupFileError, StoreError
from envaccess.domain.text import count
from envaccess.domain.tree_check import Outcome, TreeReport

_ENTRIES = {
    "show": Entry("envaccess.cli.audit_tree:show", "Print the keys that heads are checked with."),
    "rotate": Entry("envaccess.cli.audit_tree:rotate", "Make another key, which signs from now on."),
}

_WORDS = {
    Outcome.VALID: "valid",
    Outcome.ALTERED: "ALTERED",
    Outcome.FORKED: "FORKED",
    Outcome.INCOMPLETE: "incomplete: not everything could be checked",
}


class AuditTree(Protocol):
    """What the commands ask for; `wiring.audit_tree` fits."""

    async def keys(self, workspace: str, *, rotate: bool) -> tuple[str, ...]:
        """The verifier keys, the one that signs last."""
        ...

    async def verify(
        self, workspace: str, key: str, heads: Path | None, archive: Path | None, witness: str
    ) -> TreeReport:
        """Hash everything anew."""
        ...

    def check_proof(self, proof: Path, key: str, heads: Path | None, witness: str) -> TreeReport:
        """Check the proof of one event."""
        ...

    def begin_witness(self, folder: Path, name: str, key: str) -> str:
        """Make a witness; returns its key."""
        ...

    def cosign(self, folder: Path, source: Path | str, *, accept_fork: bool) -> tuple[str, TreeReport]:
        """The newest head with a cosignature, empty where it was refused; and what was found."""
        ...

    async def archive(self, workspace: str, folder: Path) -> int:
        """Write what is sealed to a folder; returns how many events that are."""
        ...

    async def prove(self, workspace: str, event: str) -> str:
        """A proof of one event."""
        ...

    async def redact(self, workspace: str, event: str, why: str) -> int:
        """Take away what somebody typed; how many events had it."""
        ...

    def lines(self, workspace: str, after: str) -> AsyncIterator[bytes]:
        """The line of each event."""
        ...


@click.group("keys", cls=LazyGroup, entries=_ENTRIES)
def keys() -> None:
    """The keys that sign what is sealed."""


@click.command()
@WORKSPACE
@click.pass_context
def show(context: click.Context, workspace: str) -> None:
    """Print the keys that heads are checked with, the one that signs last.

    Note them down where nobody who can write to Redis can change them.
    """
    _print_keys(context, workspace, rotate=False)


@click.command()
@WORKSPACE
@click.pass_context
def rotate(context: click.Context, workspace: str) -> None:
    """Make another key, which signs from now on.

    The event audit.key_rotated names it and is signed by both, so who noted the first key down can go on.
    Bots that serve sign with it after their next start.
    """
    _print_keys(context, workspace, rotate=True)


def _print_keys(context: click.Context, workspace: str, *, rotate: bool) -> None:
    for key in run(_ask_keys(front(context).audit_tree(), workspace, rotate=rotate)):
        click.echo(key)


async def _ask_keys(tree: AuditTree, workspace: str, *, rotate: bool) -> tuple[str, ...]:
    return await tree.keys(workspace, rotate=rotate)


@click.command()
@click.option(
    "--key",
    "keys_",
    metavar="VKEY",
    multiple=True,
    help="The verifier key that counts, as you noted it; once more for one that no rotation here names.",
)
@click.option(
    "--heads",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Signed heads that were kept elsewhere, such as those in Slack.",
)
@click.option(
    "--archive",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Look at this archive in place of the store; Redis and Slack are not asked.",
)
@click.option(
    "--proof",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Check one event by what `audit prove` printed; Redis and Slack are not asked.",
)
@click.option(
    "--witness", metavar="VKEY", default="", help="Require a head that the witness of this key cosigned."
)
@WORKSPACE
@click.pass_context
def verify(
    context: click.Context,
    keys_: tuple[str, ...],
    heads: Path | None,
    archive: Path | None,
    proof: Path | None,
    witness: str,
    workspace: str,
) -> None:
    """Check that every event is as it was sealed.

    Each is hashed anew. Ends with 0 where all holds, 3 where an event or a tile was altered, 4 where two
    different heads were signed or one was lost, 5 where something could not be checked.
    """
    if archive and proof:
        raise Misuse("--archive and --proof both say what to check: give one of them.")
    tree, key = front(context).audit_tree(), " ".join(keys_)
    try:
        if proof:
            report = tree.check_proof(proof, key, heads, witness)
        else:
            report = run(_verify(tree, workspace, key, heads, archive, witness))
    except StoreError as error:
        say(str(error))
        context.exit(Outcome.INCOMPLETE)
    for line in tell_report(report):
        click.echo(line)
    click.echo(_WORDS[report.outcome])
    context.exit(report.outcome)


def tell_report(report: TreeReport) -> list[str]:
    """What was found, a line each; what a file or Redis calls a tree or a person moves no cursor."""
    problems = (f"{problem.outcome.name.lower()}: {problem.told}" for problem in report.problems)
    return [*map(inert, (*report.facts, *problems))]


async def _verify(
    tree: AuditTree, workspace: str, key: str, heads: Path | None, archive: Path | None, witness: str
) -> TreeReport:
    return await tree.verify(workspace, key, heads, archive, witness)


@click.command("archive")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@WORKSPACE
@click.pass_context
def archive_(context: click.Context, folder: Path, workspace: str) -> None:
    """Write what is sealed to files.

    DIR can be checked without Redis and without us. The layout is C2SP's tlog-tiles. An archive that is there
    grows; one that holds another tree is kept.
    """
    try:
        count_of = run(_archive(front(context).audit_tree(), workspace, folder))
    except BackupFileError as error:
        raise Complaint(str(error)) from None
    say(f"{folder} holds {count(count_of, 'event')}.")


async def _archive(tree: AuditTree, workspace: str, folder: Path) -> int:
    return await tree.archive(workspace, folder)


@click.command()
@click.argument("event", metavar="ID")
@WORKSPACE
@click.pass_context
def prove(context: click.Context, event: str, workspace: str) -> None:
    """Print an offline proof of one event.

    It shows no other event. The form is C2SP's tlog-proof; its `extra` is the event's line.
    """
    click.echo(run(_prove(front(context).audit_tree(), workspace, read_id(event, "ID"))), nl=False)


async def _prove(tree: AuditTree, workspace: str, event: str) -> str:
    return await tree.prove(workspace, event)


@click.command()
@click.argument("event", metavar="ID")
@WHY
@WORKSPACE
@click.pass_context
def redact(context: click.Context, event: str, why: str, workspace: str) -> None:
    """Take away what somebody typed.

    It goes from the event and from wherever else envaccess keeps it. No event changes, and every proof still
    holds. The record of its request goes, so that must be over. What Slack, archives of other systems and
    backups already have stays there.
    """
    done = run(_redact(front(context).audit_tree(), workspace, read_id(event, "ID"), why))
    say(
        f"Took away what was typed in {count(done, 'event')}. Slack, other systems and backups still have it."
    )


async def _redact(tree: AuditTree, workspace: str, event: str, why: str) -> int:
    return await tree.redact(workspace, event, why)
