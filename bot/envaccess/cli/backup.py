"""`envaccess backup` and `restore`: everything of a workspace but access and master keys, in one file."""

from pathlib import Path

import click

from envaccess.cli.host_commands import WORKSPACE
from envaccess.cli.name_arguments import QuietCommand
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, Misuse, say, warn
from envaccess.domain.audit import rfc3339
from envaccess.domain.backup import BackupCounts, BackupRestored
from envaccess.domain.errors import BackupFileError, RestoreRefusedError
from envaccess.domain.text import count

_UNCHANGED = "Nothing was changed."


def read_path(_context: click.Context, _parameter: click.Parameter, text: str) -> Path:
    """Read where the file is, as click's callback of an argument."""
    if text == "-":
        raise Misuse(
            "FILE is a file: a backup is written whole or not at all, and checked whole before it is used. "
            "Pipe the file when it is there."
        )
    if not text or "\0" in text:
        raise Misuse("FILE must be the path of a file.")
    return Path(text).absolute()


_FILE = click.argument("path", metavar="FILE", callback=read_path)


_TAKES = "There is too much here (it is not repeated): {} takes one FILE, --replace and --workspace."


@click.command("backup", cls=QuietCommand, extra=_TAKES.format("backup"))
@_FILE
@click.option("--replace", is_flag=True, help="Replace FILE where it is there.")
@WORKSPACE
@click.pass_context
def backup(context: click.Context, path: Path, replace: bool, workspace: str) -> None:
    """Write a workspace's records, events and sealed values to FILE.

    The bot may go on serving. The file holds no master key and no live access, and values only as they are
    sealed: keep the master keys elsewhere. It works while Slack is away.
    """
    made = run(front(context).back_up(workspace, path, replace=replace))
    say(
        f"Backed up {made.workspace} to {made.path}: {_told(made.counts)}. "
        "It holds no master key: keep those elsewhere, or no value can be opened again."
    )


@click.command("restore", cls=QuietCommand, extra=_TAKES.format("restore"))
@_FILE
@click.option("--replace", is_flag=True, help="Delete what the store holds of the workspace first.")
@WORKSPACE
@click.pass_context
def restore(context: click.Context, path: Path, replace: bool, workspace: str) -> None:
    """Put a workspace back as FILE has it.

    No access comes back: what was live ends, and what waited for a decision lapses. FILE is checked whole
    before anything is changed. Stop the bot first. It works while Slack is away.
    """
    try:
        done = run(front(context).restore(workspace, path, replace=replace))
    except BackupFileError as error:
        raise Misuse(f"{error} {_UNCHANGED}") from None
    except RestoreRefusedError as error:
        raise Complaint(f"{error} {_UNCHANGED}") from None
    say(
        f"Restored {done.workspace} from {path} of {rfc3339(done.at)}: {_told(done.counts)}. "
        f"{_ended(done)} ended."
    )
    if done.keys:
        keys, them = ("master key", "it") if len(done.keys) == 1 else ("master keys", "them")
        told = ", ".join(done.keys)
        warn(f"its values are sealed under the {keys} {told}, not held here: put {them} back first.")


def _told(counts: BackupCounts) -> str:
    told = {"request": counts.requests, "value": counts.values, "event": counts.events}
    return ", ".join(count(number, noun) for noun, number in told.items())


def _ended(done: BackupRestored) -> str:
    return f"{count(done.grants, 'live grant')} and {count(done.requests, 'pending request')}"
