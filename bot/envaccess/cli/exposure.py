"""`envaccess exposure`: every value that is current and that somebody has seen. Slack may be away."""

import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import click

from envaccess.cli.host_commands import WORKSPACE, no_variable, tell_workspace
from envaccess.cli.name_arguments import QuietCommand
from envaccess.cli.operator_ports import Front, OperatorTools, front, run
from envaccess.cli.output import Misuse, columns, say
from envaccess.cli.table import moment, table
from envaccess.domain.audit import rfc3339
from envaccess.domain.exposure import UNKNOWN, CurrentValue, Seen, SeenPage, Seer, SeerKind, seers_of
from envaccess.domain.variable import Variable, parse_variable

_PAGE: Final = 500
_TAKES: Final = "There is too much here (it is not repeated): exposure takes options only."


@dataclass(frozen=True, slots=True)
class _Row:
    """One value that is current, and one who has seen it."""

    variable: Variable
    current: CurrentValue
    seen: Seen


@click.command("exposure", cls=QuietCommand, extra=_TAKES)
@click.option("--variable", "name", metavar="NAME", default="", help="Who has seen this variable's value.")
@click.option("--person", metavar="USER", default="", help="What this Slack user, or their processes, saw.")
@click.option(
    "--leaver", "leavers", metavar="USER", multiple=True,
    help="The same of somebody who leaves; may be said more than once.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@WORKSPACE
@click.pass_context
def exposure(
    context: click.Context,
    name: str,
    person: str,
    leavers: Sequence[str],
    *,
    as_json: bool,
    workspace: str,
) -> None:
    """Print every value that is current and that somebody has seen, the worst first.

    Without options: of each variable all who have seen its value, what leavers know first, then what most
    have seen. A value that is read elsewhere is current as of its last reading. On a terminal a table, with
    times in UTC; elsewhere with tabs: NAME, who, how often in which way, first and last time, and as of when
    it is current.
    """
    people = (person, *leavers) if person else tuple(leavers)
    if name and people:
        raise Misuse("Say --variable, or of which people.")
    variable = _variable(name) if name else None
    shown = run(_print(front(context), workspace, variable, people, as_json=as_json))
    if not shown:
        say("Nobody of these has seen a value that is current.")


def _variable(name: str) -> Variable:
    found = parse_variable(name)
    if found is None:
        raise Misuse("--variable takes the name of a variable, or environment/NAME.")
    return found


async def _print(
    parts: Front, workspace: str, variable: Variable | None, people: Sequence[str], *, as_json: bool
) -> int:
    shown = 0
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        if variable and variable not in await operator.catalogue.get([variable]):
            raise no_variable(variable, await operator.catalogue.names())
        page = list[_Row]()
        async for row in _rows(operator, variable, people):
            shown += 1
            page.append(row)
            if len(page) == _PAGE:
                _print_page(page, as_json=as_json)
                page.clear()
        _print_page(page, as_json=as_json)
    return shown


def _print_page(rows: Sequence[_Row], *, as_json: bool) -> None:
    """So many rows at once: a table of all would wait for the last."""
    width = columns(sys.stdout)
    if width and rows and not as_json:
        header = [name for name, _, least in _COLUMNS if width >= least]
        cells = [[cell(row) for _, cell, least in _COLUMNS if width >= least] for row in rows]
        return click.echo(table(header, cells, width))
    for row in rows:
        click.echo(_object(row) if as_json else _line(row))
    return None


async def _rows(
    operator: OperatorTools, variable: Variable | None, people: Sequence[str]
) -> AsyncIterator[_Row]:
    if people:
        for seer in (seer for user in people for seer in seers_of(user)):
            async for row in _of_seer(operator, seer):
                yield row
        return
    start, found = 0, [variable] if variable else await operator.ledger.worst(0, _PAGE)
    while found:
        for one in filter(None, found):
            async for row in _of_variable(operator, one):
                yield row
        start += len(found)
        found = [] if variable else await operator.ledger.worst(start, _PAGE)


async def _of_seer(operator: OperatorTools, seer: Seer) -> AsyncIterator[_Row]:
    start, total = 0, 1
    while start < total:
        page = await operator.ledger.exposed(seer, start, _PAGE)
        for one in page.found:
            yield _Row(one.variable, one.current, one.seen)
        if page.reached == start:
            return
        start, total = page.reached, page.total


async def _of_variable(operator: OperatorTools, variable: Variable) -> AsyncIterator[_Row]:
    start, more = 0, True
    while more:
        page: SeenPage = await operator.ledger.seen(variable, start, _PAGE)
        current = max(page.current, key=lambda one: one.as_of, default=None)
        for one in page.seen if current else ():
            assert current
            yield _Row(variable, current, one)
        start, more = start + len(page.seen), page.more and bool(page.seen)


def _plain(text: str) -> str:
    """Without what a terminal obeys: somebody may have written it into the store."""
    return "".join(filter(str.isprintable, text))


def _who(seer: Seer) -> str:
    if seer == UNKNOWN:
        return "unknown"
    who = _plain(seer.id)
    return f"process of {who}" if seer.kind is SeerKind.PROCESS else who


def _how(row: _Row) -> str:
    return ", ".join(f"{_plain(way)} {times}" for way, times in sorted(row.seen.how.items()))


_COLUMNS: Final[Sequence[tuple[str, Callable[[_Row], str], int]]] = (
    ("VARIABLE", lambda row: row.variable.label, 0),
    ("WHO", lambda row: _who(row.seen.seer), 0),
    ("FIRST SEEN", lambda row: moment(row.seen.first), 120),
    ("LAST SEEN", lambda row: moment(row.seen.last), 0),
    ("CURRENT AS OF", lambda row: moment(row.current.as_of), 100),
    ("HOW OFTEN", _how, 0),
)
"""Over each column its name, what is in it, and how wide a terminal has to be for it."""


def _line(row: _Row) -> str:
    moments = (row.seen.first, row.seen.last, row.current.as_of)
    return "\t".join((row.variable.label, _who(row.seen.seer), _how(row), *map(moment, moments)))


def _object(row: _Row) -> str:
    flat = {
        "variable": str(row.variable),
        "seer": str(row.seen.seer),
        "how": dict(row.seen.how),
        "first": rfc3339(row.seen.first),
        "last": rfc3339(row.seen.last),
        "current_as_of": rfc3339(row.current.as_of),
        "version": row.current.version,
        "leased": row.current.leased,
    }
    return json.dumps(flat, ensure_ascii=False, separators=(",", ":"))
