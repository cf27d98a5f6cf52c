"""`envaccess secrets import`: every value of a file, checked as a whole before one is stored."""

import os
import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from envaccess.cli.disk_erasure import Erased, erase_old, tell
from envaccess.cli.hidden_input import is_terminal
from envaccess.cli.host_commands import refuse_elsewhere
from envaccess.cli.importing.entries import FileReading
from envaccess.cli.importing.forms import FileForm, read_file
from envaccess.cli.importing.mappings import yaml_rules
from envaccess.cli.importing.plan import ImportPlan, make_plan
from envaccess.cli.importing.same_values import SHORTEST_COMPARED, told_of_same
from envaccess.cli.name_arguments import QuietCommand, read_environment
from envaccess.cli.operator_ports import Front, OperatorTools, front, run
from envaccess.cli.output import Complaint, Misuse, say, warn
from envaccess.cli.retry import surely
from envaccess.cli.value_input import decode, read_bytes, read_stdin, too_long_for_slack
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.outcome import Written
from envaccess.domain.sources.value import Value
from envaccess.domain.text import count
from envaccess.domain.variable import DEFAULT_ENVIRONMENT, Variable
from envaccess.slack.limits import VALUE_MAX

FILE_BYTES = 4_194_304
"""Far above any real file of values; a mistaken path must not fill the memory."""

_EXTRA = "There is too much here (it is not repeated): import takes one FILE; its options are in --help."
_NOTHING = "nothing was stored."
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class _Way:
    """How a file is imported."""

    replace: bool
    dry_run: bool
    yes: bool
    can_ask: bool


@click.command("import", cls=QuietCommand, extra=_EXTRA)
@click.argument("file")
@click.option("--environment", callback=read_environment, metavar="NAME", help="Where the names belong.")
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in FileForm]),
    help="What wrote the file, where that does not show in it.",
)
@click.option("--service", metavar="NAME", default="", help="Only this service of a compose file.")
@click.option("--replace", is_flag=True, help="Replace values that exist.")
@click.option("--skip-empty", is_flag=True, help="Leave out names without a value.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and store nothing.")
@click.option("--yes", is_flag=True, help="Store without asking.")
@click.pass_context
def import_file(
    context: click.Context,
    file: str,
    *,
    environment: str,
    form: str | None,
    service: str,
    replace: bool,
    skip_empty: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Store every value of a file, after saying what would be stored.

    FILE is `-` for stdin: an .env file, JSON, YAML, a docker compose file, or what `heroku config -s`,
    `vercel env pull` or `doppler secrets download` gave. Nothing is stored unless all of it can be, nor
    without --yes or your answer at a terminal. `$NAME` and `${NAME}` inside of values are not replaced.
    References to other stores are printed as rules for sources.yml, and never stored.
    """
    parts = front(context)
    parts.check_settings()
    reading = _of_service(read_file(_text(_read(file)), FileForm(form) if form else None), service)
    if environment != DEFAULT_ENVIRONMENT and any(entry.environment for entry in reading.entries):
        raise Misuse(f"The file says which environment each name is in: leave --environment out; {_NOTHING}")
    plan = make_plan(reading, environment, skip_empty=skip_empty)
    _tell_plan(plan)
    if not plan.values:
        say("There is nothing to store.")
        return
    way = _Way(replace, dry_run, yes, file != "-" and is_terminal())
    done, erased = run(_store(parts, plan.values, way))
    if done:
        say(", ".join(f"{number} {outcome}" for outcome, number in done.items()).capitalize() + ".")
        _tell_what_next(file)
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


def _text(found: bytes) -> str:
    text = decode(found)
    if text is not None:
        return text
    if found.startswith(_UTF16):
        told = "The file is UTF-16, as `>` of PowerShell writes it: save it as UTF-8"
        raise Complaint(f"{told}; {_NOTHING}")
    raise Complaint(f"The file is not UTF-8 text; {_NOTHING}")


def _of_service(reading: FileReading, service: str) -> FileReading:
    if not service:
        return reading
    entries = [entry for entry in reading.entries if entry.service == service]
    if not entries:
        raise Complaint(f"No service of this name has an `environment` in the file; {_NOTHING}")
    return FileReading(entries, reading.remarks, [one for one in reading.of_services if one[0] == service])


def _tell_plan(plan: ImportPlan) -> None:
    """Say what was found, and print where values live that the file only refers to."""
    for problem in plan.problems:
        say(problem)
    if plan.problems:
        noun = "line" if all(problem.startswith("line ") for problem in plan.problems) else "name"
        raise Complaint(f"{count(len(plan.problems), noun)} cannot be taken; {_NOTHING}")
    if not plan.values and not plan.left_out:
        raise Complaint("The file holds no values.")
    for note in (*plan.notes, *plan.left_out):
        say(note)
    if plan.mappings:
        click.echo("\n".join(yaml_rules(plan.mappings)))
    for variable, value in plan.values.items():
        if too_long_for_slack(value):
            warn(f"{variable.label} is longer than {VALUE_MAX:,} characters: Slack cannot show it.")


def _tell_what_next(file: str) -> None:
    if file != "-":
        say("The file still holds these values: delete it.")
    say("Whoever had them before knows them: rotate what others have seen.")


async def _store(parts: Front, values: Mapping[Variable, str], way: _Way) -> tuple[Counter[str], Erased]:
    async with parts.operator() as operator:
        refuse_elsewhere(
            operator, list(values), "Take it out of this file, to import the rest. Nothing was stored."
        )
        taken = sorted(await operator.catalogue.get(list(values)))
        if taken and not way.replace:
            say("These exist already: " + _labels(taken))
            raise Complaint(f"Say --replace to change {count(len(taken), 'existing value')}; {_NOTHING}")
        await _tell_of_other_environments(operator, values)
        if not _is_meant(values, taken, operator.team, way):
            return Counter(), Erased()
        done = await _write_all(operator, values, replace=way.replace)
        return done, await erase_old(operator) if done[_WORDS[Written.CHANGED]] else Erased()


async def _tell_of_other_environments(operator: OperatorTools, values: Mapping[Variable, str]) -> None:
    """Name values that another environment has, too, under the same name."""
    there = [one for one in await operator.catalogue.names() if one not in values]
    for variable, value in values.items():
        others = [one for one in there if one.name == variable.name and len(value) >= SHORTEST_COMPARED]
        same = [one for one in others if await operator.values.holds(one, value)]
        if same:
            say(told_of_same([variable, *same]))


def _is_meant(values: Mapping[Variable, str], taken: Sequence[Variable], team: str, way: _Way) -> bool:
    """Say what would be done; whether it is to be done now."""
    if way.yes and not way.dry_run:
        return True
    new = [variable for variable in values if variable not in taken]
    for done, variables in (("created", new), ("replaced", taken)):
        if variables:
            say(f"Would be {done} in {team}: {_labels(variables)}.")
    if way.dry_run:
        say("Nothing was stored: this was a dry run.")
        return False
    if not way.can_ask:
        raise Misuse("Nothing was stored: say --yes to store this, or --dry-run to look only.")
    if click.confirm(f"Store {count(len(values), 'value')}?", default=False, err=True):
        return True
    raise Complaint("Nothing was stored.")


def _labels(variables: Sequence[Variable]) -> str:
    return ", ".join(variable.label for variable in variables)


async def _write_all(
    operator: OperatorTools, values: Mapping[Variable, str], *, replace: bool
) -> Counter[str]:
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
    """Store it, and write down that nobody knows who has seen it."""
    written = await surely(
        operator.ids.operation(),
        lambda op: operator.values.write(op, variable, value, operator.actor, replace=replace),
    )
    entry = (await operator.catalogue.get([variable])).get(variable)
    if entry and written is not Written.EXISTS:
        kept = Value(value, str(entry.version))
        await surely(
            operator.ids.operation(),
            lambda op: operator.ledger.unknown(op, variable, kept, operator.actor),
        )
    return written


_WORDS = {Written.CREATED: "created", Written.CHANGED: "changed", Written.EXISTS: "left alone"}
