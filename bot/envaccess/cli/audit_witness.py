"""`envaccess audit witness`: on another machine, cosign heads of a tree that only grew."""

from pathlib import Path
from typing import Final

import click

from envaccess.cli.audit_tree import tell_report
from envaccess.cli.operator_ports import front
from envaccess.cli.output import Misuse, say

_MOST: Final = 10_000_000
"""More characters than that are no file of heads."""


@click.command()
@click.argument(
    "source", metavar="SOURCE", required=False, type=click.Path(exists=True, allow_dash=True, path_type=Path)
)
@click.option(
    "--state",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The witness's own folder, with its key and the head that it cosigned last.",
)
@click.option(
    "--begin", metavar="NAME", default="", help="Make a witness of this name in DIR, and print its key."
)
@click.option("--key", metavar="VKEY", default="", help="With --begin: the verifier key of the log.")
@click.option("--accept-fork", is_flag=True, help="Go on after events were lost, as the archive declares.")
@click.pass_context
def witness(
    context: click.Context, source: Path | None, folder: Path, begin: str, key: str, *, accept_fork: bool
) -> None:
    """Cosign heads on a machine of its own.

    It cosigns the newest head of SOURCE if the tree only grew since the last one. SOURCE is a folder that
    `audit archive` wrote, a file of signed heads, or - for stdin. The head comes out with the cosignature, to
    be kept where `audit verify --heads FILE --witness VKEY` is run. Redis is not asked.

    Ends with 0 where it was cosigned, 3 where an event or a signature is wrong, 4 where the head is older or
    of another tree, 5 where something is missing.
    """
    tree = front(context).audit_tree()
    if bool(begin) == bool(source) or bool(begin) != bool(key):
        raise Misuse("Give SOURCE; or --begin NAME with --key, once, to make the witness.")
    if begin:
        click.echo(tree.begin_witness(folder, begin, key))
        return
    cosigned, report = tree.cosign(folder, _read(source or Path()), accept_fork=accept_fork)
    for line in tell_report(report):
        say(line)
    click.echo(cosigned or "", nl=False)
    if not cosigned:
        say("Nothing was cosigned.")
    context.exit(report.outcome)


def _read(source: Path) -> Path | str:
    """A folder, or the text of a file."""
    if source.is_dir():
        return source
    with click.open_file(str(source), "r", encoding="utf-8", errors="replace") as opened:
        text: str = opened.read(_MOST)
        return text
