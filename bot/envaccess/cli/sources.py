"""`envaccess sources`: check `sources.yml`, say where a variable is kept, try to read it there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

import click

from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.name_arguments import read_name
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.cli.policy_tools import refuse_file
from envaccess.domain.catalogue import SEALED
from envaccess.domain.duration import format_seconds
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.faults import SourceFaultError
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.health import SourceFinding
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.text import count
from envaccess.domain.variable import Variable

_ENTRIES = {
    "check": Entry(
        "envaccess.cli.sources:check", "Say what is wrong with a FILE of sources, and ask each source."
    ),
    "explain": Entry("envaccess.cli.sources:explain", "Say where the value of a variable is kept."),
    "test": Entry("envaccess.cli.sources:test", "Read a variable where it is kept; its value is not shown."),
    "adopt": Entry(
        "envaccess.cli.sources_adopt:adopt_source",
        "List what a source has, and print the rules that are missing.",
    ),
    "schema": Entry("envaccess.cli.sources:schema", "Print the file's JSON Schema, for editors."),
}
_FILE = click.option(
    "--file", type=click.Path(path_type=Path), help="The file; unless said, ENVACCESS_SOURCES_FILE's."
)


class SourceTools(Protocol):
    """`sources.yml` and the sources; `wiring.source_tools.SourceChecks` fits."""

    @property
    def file(self) -> Path | None:
        """The file that the settings name."""
        ...

    def read(self, path: Path, *, offline: bool) -> SourcesFile | tuple[FileFault, ...]:
        """What a file declares, or all that is wrong with it; offline: credentials need not be here."""
        ...

    async def check(self, file: SourcesFile) -> Mapping[str, Sequence[SourceFinding]]:
        """Ask each source, by its name."""
        ...

    async def test(self, file: SourcesFile, variable: Variable) -> None:
        """Read a value where it is kept, and forget it. Raises `SourceFaultError`."""
        ...

    async def names(self, file: SourcesFile, source: str) -> Sequence[FoundSecret] | None:
        """What a source has; None of a kind that keeps no values. Raises `SourceFaultError`."""
        ...

    def schema(self) -> str:
        """The file's JSON Schema."""
        ...


@click.group(cls=LazyGroup, entries=_ENTRIES)
def sources() -> None:
    """Check the file of sources, and try what it says.

    ENVACCESS_SOURCES_FILE names it.
    """


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--offline", is_flag=True, help="Ask no source; credentials need not be here.")
@click.pass_context
def check(context: click.Context, file: Path | None, *, offline: bool) -> None:
    """Say what is wrong with a FILE of sources, and ask each source.

    Without FILE it is the one that ENVACCESS_SOURCES_FILE names. The exit code is 0 when all is right, 1 when
    something is not.
    """
    tools = front(context).sources()
    path, found = _read(tools, file, offline=offline)
    for rule, glob, first in found.unreached():
        told = f"line {rule.line}: {glob} is never read by this rule: line {first.line} matches it before"
        click.echo(f"note {told}")
    grave = False
    for name, findings in {} if offline else run(tools.check(found)).items():
        for finding in findings:
            click.echo(_line(name, finding))
            grave = grave or (finding.grave and not finding.ok)
    if grave:
        raise Complaint("A source cannot be used as the file has it.")
    others = len(found.sources) - 1
    click.echo(f"{path}: {count(others, 'source')}, {count(len(found.rules), 'rule')}, all right")


def _line(name: str, finding: SourceFinding) -> str:
    if finding.ok:
        return f"ok {name}: {finding.said}"
    mend = f" -> {finding.mend}" if finding.mend else ""
    return f"{'FAULT' if finding.grave else 'note'} {name}: {finding.said}{mend}"


def _read(tools: SourceTools, named: Path | None, *, offline: bool) -> tuple[Path, SourcesFile]:
    path = named or tools.file
    if path is None:
        raise Misuse("Which file? Name it, or set ENVACCESS_SOURCES_FILE.")
    found = tools.read(path, offline=offline)
    if not isinstance(found, SourcesFile):
        refuse_file(path, found)
    return path, found


@click.command()
@click.argument("variable", metavar="NAME", callback=read_name)
@_FILE
@click.pass_context
def explain(context: click.Context, variable: Variable, file: Path | None) -> None:
    """Say where the value of a variable is kept.

    And by which rule, and how it is rotated. No source is asked, and credentials need not be here.
    """
    path, found = _read(front(context).sources(), file, offline=True)
    rule, place = found.rule_of(variable), found.place_of(variable)
    if rule is None:
        click.echo(f"{variable.label}: no rule of {path} matches it, so it is kept in the sealed store")
        return
    verb = "made for each grant by" if isinstance(place, LeasePlace) else "kept in"
    kind = found.sources[place.source].kind
    what = "the sealed store" if place.source == SEALED else f"{place.source} ({kind})"
    click.echo(f"{variable.label}: {verb} {what}, by {path}:{rule.line} (match {', '.join(rule.match)})")
    for name, text in place.options.items():
        click.echo(f"  {name}: {text}")
    rotation = found.rotation_of(variable)
    click.echo(f"  rotated: {_rotated(rotation)}" if rotation else "  rotated: never")


def _rotated(rule: RotationRule) -> str:
    when = rule.when
    causes = [
        *(["when a grant of it ends"] if when.grant_end else []),
        *([f"when {count(when.seen_by, 'person')} saw it"] if when.seen_by == 1 else []),
        *([f"when {when.seen_by} people saw it"] if when.seen_by > 1 else []),
        *([f"when it is {format_seconds(when.age)} old"] if when.age else []),
        *(["when somebody who saw it leaves"] if when.leaver else []),
    ]
    grace = f"; the old value lives {format_seconds(rule.grace)} on" if rule.grace else ""
    return f"by {rule.by}, {', '.join(causes) or 'on demand only'}{grace}"


@click.command()
@click.argument("variable", metavar="NAME", callback=read_name)
@_FILE
@click.pass_context
def test(context: click.Context, variable: Variable, file: Path | None) -> None:
    """Read a variable where it is kept; its value is not shown.

    One in the sealed store is not read here: `envaccess secrets read` does that, and writes it down.
    """
    tools = front(context).sources()
    _, found = _read(tools, file, offline=False)
    place = found.place_of(variable)
    if place.source == SEALED:
        say(f"{variable.label} is kept in the sealed store: `envaccess secrets read` reads it, audited.")
        return
    if isinstance(place, LeasePlace):
        say(f"{variable.label} is made by {place.source} for each grant: `envaccess sources check` asks it.")
        return
    try:
        run(tools.test(found, variable))
    except SourceFaultError as error:
        _complain(variable, error)
    click.echo(f"{variable.label}: it could be read from {place.source}")


def _complain(variable: Variable, error: SourceFaultError) -> NoReturn:
    told = str(error).removesuffix(".")
    raise Complaint(f"{variable.label} could not be read ({error.fault}): {told}.") from None


@click.command()
@click.pass_context
def schema(context: click.Context) -> None:
    """Print the file's JSON Schema, for editors.

    Editors with the YAML language server use it when the file begins with the line
    `# yaml-language-server: $schema=./sources.schema.json`.
    """
    click.echo(front(context).sources().schema())
