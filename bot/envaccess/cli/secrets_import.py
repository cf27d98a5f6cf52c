"""`envaccess secrets import`: every value of an `.env` file, checked as a whole before one is stored."""

import os
import stat
from collections import Counter
from pathlib import Path

import click

from envaccess.cli.disk_erasure import Erased, erase_old, tell
from envaccess.cli.env_file import read_env
from envaccess.cli.hidden_input import is_terminal
from envaccess.cli.host_commands import refuse_elsewhere
from envaccess.cli.name_arguments import QuietCommand, read_environment
from envaccess.cli.operator_ports import Front, OperatorTools, front, run
from envaccess.cli.output import Complaint, Misuse, say, warn
from envaccess.cli.retry import surely
from envaccess.cli.value_input import decode, read_bytes, read_stdin, too_long_for_slack
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.outcome import Written
from envaccess.domain.text import count
from envaccess.domain.variable import Variable
from envaccess.slack.limits import VALUE_MAX

FILE_BYTES = 4_194_304
"""Far above any real `.env` file; a mistaken path must not fill the memory."""

_EXTRA = "There is too much here (it is not repeated): import takes one FILE; its options are in --help."
_NOTHING = "nothing was stored."


@click.command("import", cls=QuietCommand, extra=_EXTRA)
@click.argument("file")
@click.option("--environment", callback=read_environment, metavar="NAME", help="Where the names belong.")
@click.option("--replace", is_flag=True, help="Replace values that exist.")
@click.option("--skip-empty", is_flag=True, help="Leave out names without a value.")
@click.pass_context
def import_file(
    context: click.Context, file: str, *, environment: str, replace: bool, skip_empty: bool
) -> None:
    """Store every value of an .env file.

    FILE is `-` for stdin. Nothing is stored unless every line can be. Values are taken as they stand: `$NAME`
    and `${NAME}` in them are not replaced.
    """
    parts = front(context)
    parts.check_settings()
    values = _check(_read(file), environment, skip_empty=skip_empty)
    done, erased = run(_store(parts, values, replace=replace))
    say(", ".join(f"{number} {outcome}" for outcome, number in done.items()).capitalize() + ".")
    tell(erased)


def _read(file: str) -> bytes:
    if file == "-":
        if is_terminal():
            raise Misuse("A terminal would show what is typed: name a FILE, or give it on stdin.")
        return read_stdin(FILE_BYTES)
    try:
        with Path(file).open("rb") as source:
            mode = os.fstat(source.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & stat.S_IROTH:
                warn("everybody on this machine can read this file: chmod 600 it, or delete it afterwards.")
            return read_bytes(source, FILE_BYTES)
    except OSError as error:
        raise Complaint(f"The file cannot be read ({error.strerror}); {_NOTHING}") from None


def _check(found: bytes, environment: str, *, skip_empty: bool) -> dict[Variable, str]:
    """The file's values, if every line of it can be taken."""
    text = decode(found)
    if text is None:
        raise Complaint(f"The file is not UTF-8 text; {_NOTHING}")
    env = read_env(text, environment, skip_empty=skip_empty)
    for problem in env.problems:
        say(problem)
    if env.problems:
        raise Complaint(f"{count(len(env.problems), 'line')} cannot be taken; {_NOTHING}")
    if not env.values:
        raise Complaint("The file holds no values.")
    for note in env.notes:
        say(note)
    for variable, value in env.values.items():
        if too_long_for_slack(value):
            warn(f"{variable.label} is longer than {VALUE_MAX:,} characters: Slack cannot show it.")
    return env.values


async def _store(parts: Front, values: dict[Variable, str], *, replace: bool) -> tuple[Counter[str], Erased]:
    async with parts.operator() as operator:
        refuse_elsewhere(operator, list(values), "Nothing was stored.")
        taken = sorted(await operator.catalogue.get(list(values)))
        if taken and not replace:
            say("These exist already: " + ", ".join(variable.label for variable in taken))
            raise Complaint(f"Say --replace to change {count(len(taken), 'existing value')}; {_NOTHING}")
        done = await _write_all(operator, values, replace=replace)
        return done, await erase_old(operator) if done[_WORDS[Written.CHANGED]] else Erased()


async def _write_all(operator: OperatorTools, values: dict[Variable, str], *, replace: bool) -> Counter[str]:
    done: Counter[str] = Counter()
    for variable, value in values.items():
        try:
            written = await _write(operator, variable, value, replace=replace)
        except EnvaccessError:
            warn(f"{done.total()} of {len(values)} are stored, not {variable.label}: repeat with --replace.")
            raise
        if written is Written.EXISTS:
            warn(f"{variable.label} was created by somebody else meanwhile, and is left as they made it.")
        done[_WORDS[written]] += 1
    return done


async def _write(operator: OperatorTools, variable: Variable, value: str, *, replace: bool) -> Written:
    return await surely(
        operator.ids.operation(),
        lambda op: operator.values.write(op, variable, value, operator.actor, replace=replace),
    )


_WORDS = {Written.CREATED: "created", Written.CHANGED: "changed", Written.EXISTS: "left alone"}
