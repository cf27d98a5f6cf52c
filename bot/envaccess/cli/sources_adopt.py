"""`envaccess sources adopt`: what a source has, as rules to paste and names that people can ask for."""

from collections.abc import Iterator, Sequence

import click

from envaccess.application.place_variables import Placed
from envaccess.cli.importing.mappings import yaml_flow, yaml_text
from envaccess.cli.name_arguments import read_environment
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Complaint, Misuse, say, warn
from envaccess.cli.policy_tools import refuse_file
from envaccess.cli.sources import SourceTools
from envaccess.domain.catalogue import SEALED
from envaccess.domain.screening import printable
from envaccess.domain.sources.adoption import Adoption, ProposedRule, adopt
from envaccess.domain.sources.faults import SourceFaultError
from envaccess.domain.sources.file import NAMES_MOST, SourcesFile
from envaccess.domain.sources.found_secret import LISTED_MOST
from envaccess.domain.text import clean, count
from envaccess.domain.variable import Variable


@click.command("adopt")
@click.argument("source")
@click.option("--environment", callback=read_environment, metavar="NAME", help="Where new names belong.")
@click.option("--yes", is_flag=True, help="Let people ask for the names that the rules find.")
@click.pass_context
def adopt_source(context: click.Context, source: str, *, environment: str, yes: bool) -> None:
    """List what a source has, and print the rules that are missing.

    The rules are YAML for the file that ENVACCESS_SOURCES_FILE names, which is not changed. Names that its
    rules find already by a pattern can be asked for after --yes. No value is read.
    """
    parts = front(context)
    tools = parts.sources()
    file = _read(tools)
    if source not in file.sources or source == SEALED:
        there = ", ".join(name for name in file.sources if name != SEALED)
        raise Misuse(f"The file has no such source: there {f'is {there}' if there else 'is none'}.")
    try:
        found = run(tools.names(file, source))
    except SourceFaultError as error:
        raise Complaint(f"{source} could not be asked ({error.fault}): {str(error).rstrip('.')}.") from None
    if found is None:
        raise Complaint(f"{source} keeps no values: it makes them for each grant, by a rule with `lease`.")
    adoption = adopt(file, source, found, environment)
    _tell(source, adoption)
    if len(found) >= LISTED_MOST:
        warn(f"{source} has more than {LISTED_MOST:,} entries: what is beyond them was not looked at.")
    if len(file.rules) + len(adoption.rules) > NAMES_MOST:
        warn(f"A file holds {NAMES_MOST:,} rules at most: write patterns, or leave rules out.")
    if not adoption.covered:
        return
    if yes:
        _tell_placed(run(_place(parts, file, adoption.covered)))
    else:
        say("Nothing was written down: --yes lets people ask for what the rules find.")


def _read(tools: SourceTools) -> SourcesFile:
    if tools.file is None:
        raise Misuse("There is no file of sources: set ENVACCESS_SOURCES_FILE.")
    found = tools.read(tools.file, offline=False)
    if not isinstance(found, SourcesFile):
        refuse_file(tools.file, found)
    return found


def _tell(source: str, adoption: Adoption) -> None:
    new = sum(len(rule.variables) for rule in adoption.rules)
    have = len(adoption.covered)
    say(f"{source} has {count(have, 'name')} that the rules find, and {count(new, 'other name')}.")
    _list("Found by the rules:", [variable.label for variable in adoption.covered])
    number = count(len(adoption.left), "entry")
    _list(f"No rule was made for {number}: write a rule with a name for each.", adoption.left)
    _list("Read field by field; write the names of its fields in full:", adoption.by_parts)
    _list("We may not look into these, so there are no rules for what they hold:", adoption.closed)
    if adoption.rules:
        click.echo("\n".join(rules_to_paste(source, adoption.rules)))


def _list(heading: str, titles: Sequence[str]) -> None:
    if titles:
        say(heading)
    for title in titles:
        say(f"  {printable(clean(title))}")


def rules_to_paste(source: str, rules: Sequence[ProposedRule]) -> Iterator[str]:
    """Lines of YAML."""
    yield "# For the file of sources, above every rule that matches the same names."
    yield "names:"
    for rule in rules:
        read = yaml_flow({"source": source, **rule.options})
        if "*" in rule.match[0]:
            yield "  # Every name that begins so is read there then, one of the sealed store, too. There are:"
            yield from (f"  #   {variable.name}" for variable in rule.variables)
        if len(rule.match) == 1:
            yield f"  - {{match: {yaml_text(rule.match[0])}, read: {read}}}"
            continue
        yield "  - match:"
        yield from (f"      - {yaml_text(name)}" for name in rule.match)
        yield f"    read: {read}"


async def _place(parts: Front, file: SourcesFile, variables: Sequence[Variable]) -> Placed:
    async with parts.operator() as operator:
        return await operator.place(file, variables)


def _tell_placed(placed: Placed) -> None:
    done = ", ".join(f"{number} {what}" for what, number in placed.done.items())
    say(f"{done.capitalize()}." if done else "All of them can be asked for already.")
    if placed.ended:
        say(f"{count(placed.ended, 'live grant')} ended, because their values are kept elsewhere now.")
    if placed.left:
        labels = ", ".join(variable.label for variable in placed.left)
        warn(f"{labels}: changed meanwhile, and left as they are: run this again.")
