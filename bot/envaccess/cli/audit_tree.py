"""`envaccess audit verify` and `audit keys`: whether the audit stream is as it was sealed, and who seals."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import click

from envaccess.cli.host_commands import WORKSPACE
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import say
from envaccess.domain.errors import StoreError
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

    @property
    def keys(self) -> Callable[..., Awaitable[tuple[str, ...]]]:
        """The verifier keys."""
        ...

    @property
    def verify(self) -> Callable[[str, str, Path | None], Awaitable[TreeReport]]:
        """Hash everything anew."""
        ...


@click.group("keys", cls=LazyGroup, entries=_ENTRIES)
def keys() -> None:
    """The keys that sign the heads of the audit tree."""


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
@click.option("--key", metavar="VKEY", default="", help="The verifier key that counts, as you noted it.")
@click.option(
    "--heads",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Signed heads that were kept elsewhere, such as those in Slack.",
)
@WORKSPACE
@click.pass_context
def verify(context: click.Context, key: str, heads: Path | None, workspace: str) -> None:
    """Hash every event anew, and compare with what was sealed.

    Ends with 0 where all holds, 3 where an event or a tile was altered, 4 where two different heads were
    signed or one was lost, 5 where something could not be checked.
    """
    try:
        report = run(_verify(front(context).audit_tree(), workspace, key, heads))
    except StoreError as error:
        say(str(error))
        context.exit(Outcome.INCOMPLETE)
    for fact in report.facts:
        click.echo(fact)
    for problem in report.problems:
        click.echo(f"{problem.outcome.name.lower()}: {problem.told}")
    click.echo(_WORDS[report.outcome])
    context.exit(report.outcome)


async def _verify(tree: AuditTree, workspace: str, key: str, heads: Path | None) -> TreeReport:
    return await tree.verify(workspace, key, heads)
