"""`envaccess init`: write what a repository needs, from the names in its `.env.example` or `.env`."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from envaccess.cli.env_names import EnvName, read_names
from envaccess.cli.init_values import offer_import
from envaccess.cli.name_arguments import QuietCommand, read_environment
from envaccess.cli.output import Complaint, Misuse, say, warn
from envaccess.cli.project_draft import ProjectDraft
from envaccess.cli.project_prompt import terminal_ask, trust_store
from envaccess.cli.repository import was_committed
from envaccess.cli.value_input import decode, read_bytes
from envaccess.client.project import Project, read_project
from envaccess.client.project_file import FILE_NAME
from envaccess.client.project_schema import project_schema
from envaccess.client.project_trust import shown
from envaccess.domain.text import clean, count
from envaccess.domain.variable import DEFAULT_ENVIRONMENT
from envaccess.run.environment import refused

EXAMPLES: Final = (".env.example", ".env.sample", ".env.template", ".env.dist")
VALUES: Final = ".env"
_LONGEST: Final = 1_048_576
_TAKES: Final = "There is too much here (it is not repeated): init takes options alone; they are in --help."
_NOTHING_TO_READ: Final = (
    "There is no .env.example and no .env here to take names from: name a file, --from FILE, or write "
    f'{FILE_NAME} by hand: variables = ["STRIPE_KEY"], duration = "1h", why = "run the tests".'
)


@dataclass(frozen=True, slots=True)
class InitWish:
    """What the options say; empty where nothing was said."""

    source: Path | None
    environment: str
    duration: str
    why: str


@click.command("init", cls=QuietCommand, extra=_TAKES)
@click.option(
    "--from", "source", type=click.Path(path_type=Path), metavar="FILE", help="Take the names from this file."
)
@click.option("--environment", callback=read_environment, metavar="NAME", help="Where the names belong.")
@click.option("--duration", default="1h", show_default=True, help="How long a grant lasts.")
@click.option("--why", default="", metavar="TEXT", help="The reason that approvers read.")
@click.option("--yes", is_flag=True, help="Write it without asking. Nothing is imported or deleted then.")
@click.option("--schema", is_flag=True, help="Print the file's JSON Schema, for editors, and do no more.")
def init(*, source: Path | None, environment: str, duration: str, why: str, yes: bool, schema: bool) -> None:
    """Write .envaccess.toml here: what commands in this repository need.

    The names are taken from .env.example or, where there is none, from .env; values are not. What it will
    write is shown first. `envaccess run -- COMMAND` alone works then, here and below. Where there is a .env,
    it offers to import the values, and to delete the file once all are stored.
    """
    if schema:
        _print_schema()
        return
    where = environment if environment != DEFAULT_ENVIRONMENT else ""
    folder = Path.cwd()
    path = folder / FILE_NAME
    if os.path.lexists(path):
        raise Complaint(f"{FILE_NAME} is here already; nothing was changed. Edit it, or delete it first.")
    wish = InitWish(source, where, duration, why)
    draft = _draft(folder, wish)
    draft.check(path)
    _show(draft)
    if not yes and not _agreed():
        raise Complaint("Nothing was written.")
    _write(path, draft.text())
    _trust(read_project(path))
    say(f"Written. `envaccess run -- COMMAND` asks for {_told(len(draft.names))} from now on.")
    _look_at_values(folder, where or DEFAULT_ENVIRONMENT, ask=not yes)


def _print_schema() -> None:
    import json  # noqa: PLC0415 - only the schema needs it

    click.echo(json.dumps(project_schema(), indent=2))


def _told(number: int) -> str:
    return "this variable" if number == 1 else f"these {number} variables"


def _draft(folder: Path, wish: InitWish) -> ProjectDraft:
    source = wish.source or next(
        (folder / name for name in (*EXAMPLES, VALUES) if (folder / name).is_file()), None
    )
    if source is None:
        raise Complaint(_NOTHING_TO_READ)
    names = read_names(_read(source))
    kept = tuple(_name_alone(each, source) for each in names if not refused(each.name))
    left = [each.name for each in names if refused(each.name)]
    if left:
        say(f"Left out, since such a variable changes how programs run: {', '.join(left)}.")
    if not kept:
        raise Complaint(f"{shown(Path(source.name))} has no names; nothing was changed.")
    say(f"{count(len(kept), 'name')} from {shown(Path(source.name))}:")
    return ProjectDraft(kept, wish.environment, wish.duration, wish.why or f"work on {_folder_name(folder)}")


def _name_alone(each: EnvName, source: Path) -> EnvName:
    """Of a file with values, nothing says which of them are secret; and a comment may be an old one."""
    return EnvName(each.name) if source.name == VALUES else each


def _folder_name(folder: Path) -> str:
    return clean(folder.name)[:50].strip() or "this repository"


def _read(source: Path) -> str:
    try:
        with source.open("rb") as file:
            text = decode(read_bytes(file, _LONGEST))
    except OSError as error:
        raise Complaint(f"The file cannot be read ({error.strerror}); nothing was changed.") from None
    if text is None:
        raise Complaint("The file is not UTF-8 text; nothing was changed.")
    return text


def _show(draft: ProjectDraft) -> None:
    say("")
    for line in draft.text().rstrip("\n").split("\n"):
        say(f"    {line}".rstrip())
    say("")


def _agreed() -> bool:
    ask = terminal_ask(f"Write this as {FILE_NAME}?")
    if ask is None:
        raise Misuse("Writing asks first, and there is no terminal to ask at: say --yes.")
    return ask("")


def _write(path: Path, text: str) -> None:
    """Make the file, and never replace one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Complaint(f"{FILE_NAME} cannot be written ({error.strerror}).") from None


def _trust(project: Project) -> None:
    """What was just shown need not be confirmed again; where that cannot be kept, it is asked once more."""
    with suppress(OSError):
        trust_store().trust(project)


def _look_at_values(folder: Path, environment: str, *, ask: bool) -> None:
    path = folder / VALUES
    if not path.is_file():
        return
    if was_committed(path):
        warn(
            f"{VALUES} is in git, so whoever cloned this has its values: `git rm --cached {VALUES}`, and "
            "replace the values."
        )
    offer_import(path, environment, ask=ask)
