"""Whether a project's file is trusted, asked at the terminal; and `envaccess trust`."""

import sys
from collections.abc import Callable
from pathlib import Path

import click

from envaccess.cli.name_arguments import QuietCommand
from envaccess.cli.output import Complaint, say, warn
from envaccess.client.project import Project, load_project
from envaccess.client.project_file import FILE_NAME, find_project, home_folder
from envaccess.client.project_trust import TrustStore, confirm, describe, shown
from envaccess.settings.terminal import TerminalSettings

_TRUST: str = "Trust this file, until it changes?"
_TAKES = "There is too much here (it is not repeated): trust takes --remove alone."
_NONE = f"There is no {FILE_NAME} here, nor above in this repository: `envaccess init` writes one."


def trusted_project(environment: str = "") -> Project | None:
    """The project of the working directory, once somebody said yes to its file; None where there is none.

    Args:
        environment: where names belong that have none of their own, instead of what the file says.

    Raises:
        ProjectFileError: the file cannot be used.
        ProjectNotTrustedError: there was a no, or no terminal to ask at.
    """
    store = trust_store()
    project = load_project(Path.cwd(), store.is_trusted)
    if project is None:
        return None
    if not confirm(project, store, terminal_ask(_TRUST)):
        warn("this yes cannot be kept, since the state folder cannot be written: it is asked for again.")
    return project.in_environment(environment) if environment else project


def trust_store() -> TrustStore:
    """What was confirmed by this user on this machine. Raises `SettingsError`."""
    return TrustStore(TerminalSettings.look().state)


def terminal_ask(question: str) -> Callable[[str], bool] | None:
    """A way to show a text and ask a question; None where nobody sits at a terminal."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        return None

    def ask(text: str) -> bool:
        if text:
            say(text)
        return click.confirm(question, default=False, err=True)

    return ask


@click.command("trust", cls=QuietCommand, extra=_TAKES)
@click.option("--remove", is_flag=True, help="Trust it no more.")
def trust(*, remove: bool) -> None:
    """Trust the nearest .envaccess.toml as it stands, names shown.

    `envaccess run` asks about a file that is new or changed, where there is a terminal to ask at. This is the
    yes for where there is none, as `direnv allow` is. A file that changes afterwards is not trusted any more.
    """
    store = trust_store()
    try:
        if remove:
            path = find_project(Path.cwd().resolve(), home_folder())
            known = path is not None and store.forget(path)
            say(f"{shown(path)} is not trusted any more." if path and known else "Nothing here was trusted.")
            return
        project = load_project(Path.cwd())
        if project is None:
            raise Complaint(_NONE)
        store.trust(project)
    except OSError as error:
        raise Complaint(f"The state folder cannot be used ({error.strerror}).") from None
    say(describe(project))
    say("Trusted, until the file changes. `envaccess trust --remove` takes it back.")
