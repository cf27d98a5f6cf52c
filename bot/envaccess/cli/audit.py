"""`envaccess audit`: print the newest events of the audit stream, or export all of it."""

import json
import re
from collections.abc import Sequence

import click

from envaccess.application.ports.audit import Stream
from envaccess.audit.formats import HEADERS, Format, encode
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Misuse
from envaccess.domain.audit import NO_EVENT, Event, read_rfc3339, rfc3339, stream_order
from envaccess.domain.text import clean
from envaccess.domain.variable import parse_variable

_ENTRIES = {
    "tail": Entry("envaccess.cli.audit:tail", "Print the newest events, for people."),
    "export": Entry("envaccess.cli.audit:export", "Print all events, one a line, in one of four formats."),
    "verify": Entry("envaccess.cli.audit_tree:verify", "Check that every event is as it was sealed."),
    "archive": Entry("envaccess.cli.audit_tree:archive_", "Write what is sealed to files."),
    "prove": Entry("envaccess.cli.audit_tree:prove", "Print an offline proof of one event."),
    "witness": Entry("envaccess.cli.audit_witness:witness", "Cosign heads on a machine of its own."),
    "redact": Entry("envaccess.cli.audit_tree:redact", "Take away what somebody typed."),
    "keys": Entry("envaccess.cli.audit_tree:keys", "The keys that sign what is sealed."),
}


@click.group(cls=LazyGroup, entries=_ENTRIES)
def audit() -> None:
    """Read the audit stream, and check it."""


MOST = 10_000
"""Events that are read at once; `export` reads any number."""

_PAGE = 1_000
"""Events that are held in memory at once."""
_WAIT_SECONDS = 5.0


@click.command()
@click.option("-n", "--lines", type=click.IntRange(0, MOST), default=20, show_default=True, help="How many.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new events as they come, until Ctrl-C.")
@click.pass_context
def tail(context: click.Context, lines: int, follow: bool) -> None:
    """Print the newest events, for people.

    One event a line, the oldest first.
    """
    run(_tail(front(context), lines, follow=follow))


async def _tail(parts: Front, lines: int, *, follow: bool) -> None:
    async with parts.operator() as operator:
        newest = await operator.trail.tail(lines) if lines else []
        _print(newest)
        if follow:
            await _follow(operator.trail, newest[-1].id if newest else await _start(operator.trail, lines))


async def _start(trail: Stream, lines: int) -> str:
    """Where to go on from when nothing was printed: an empty stream's beginning, or the end of a full one."""
    return NO_EVENT if lines else await trail.last()


async def _follow(trail: Stream, cursor: str) -> None:
    while True:
        events = await trail.after(cursor, _PAGE)
        _print(events)
        if events:
            cursor = events[-1].id
        else:
            await trail.wait(cursor, _WAIT_SECONDS)


def _print(events: Sequence[Event]) -> None:
    if events:
        click.echo("\n".join(map(readable, events)))


_OCTETS = "lines"
"""A format that is no table's or system's: what is hashed of each event, byte by byte."""
_ID = re.compile(r"(\d{1,20})-(\d{1,20})", re.ASCII)
_LARGEST = 2**64 - 1


@click.command()
@click.option(
    "--format", "form", type=click.Choice([*map(str, Format), _OCTETS]), default="jsonl", show_default=True
)
@click.option(
    "--from", "--since", "since", metavar="RFC3339", help="From this time on, as 2025-10-09T08:53:20Z."
)
@click.option("--to", "until", metavar="RFC3339", help="Before this time.")
@click.option("--after", metavar="ID", help="After this event's id, such as the last one exported.")
@click.pass_context
def export(
    context: click.Context, form: str, since: str | None, until: str | None, after: str | None
) -> None:
    """Print all events, one a line, in one of four formats.

    The oldest comes first. `jsonl` is one flat JSON object with every key, `ocsf` an object of OCSF 1.8.0,
    `cef` a line of the Common Event Format, `csv` a row, after one with the columns' names;
    `lines` what is hashed of each event (docs/explanation/audit.md).
    """
    if since is not None and after is not None:
        raise Misuse("--from (or --since) and --after both say where to begin: give one of them.")
    cursor = NO_EVENT
    if since is not None:
        cursor = read_since(since)
    if after is not None:
        cursor = read_id(after)
    last = None if until is None else read_since(until, "--to")
    if form == _OCTETS:
        if last is not None:
            raise Misuse("--to does not go with --format lines, which is for checking all that there is.")
        run(_lines(front(context), cursor))
        return
    run(_export(front(context), cursor, last, Format(form)))


async def _lines(parts: Front, cursor: str) -> None:
    async for line in parts.audit_tree().lines("", cursor):
        click.echo(line)


def read_since(text: str, option: str = "--from") -> str:
    """The last stream id before a time in RFC 3339, which names its offset from UTC."""
    milliseconds = read_rfc3339(text)
    if milliseconds is None:
        raise Misuse(f"{option} must be a time such as 2025-10-09T08:53:20Z (with Z or +02:00).")
    return f"{milliseconds - 1}-{_LARGEST}" if milliseconds > 0 else NO_EVENT


def read_id(text: str, option: str = "--after") -> str:
    """A stream id as an event has it."""
    found = _ID.fullmatch(text)
    if found is None or max(int(part) for part in found.groups()) > _LARGEST:
        raise Misuse(f"{option} must be an event's id, such as 1760000000123-0.")
    return text


async def _export(parts: Front, cursor: str, last: str | None, form: Format) -> None:
    async with parts.operator() as operator:
        if header := HEADERS.get(form):
            click.echo(header)
        while events := await _page(operator.trail, cursor, last):
            click.echo("\n".join(encode(form, event) for event in events))
            cursor = events[-1].id


async def _page(trail: Stream, cursor: str, last: str | None) -> Sequence[Event]:
    """The next events, of which none comes after `last`."""
    events = await trail.after(cursor, _PAGE)
    if last is None:
        return events
    return [event for event in events if stream_order(event.id) <= stream_order(last)]


_TAG_WIDTH = 20


def readable(event: Event) -> str:
    """`2025-10-09T08:53:20.123Z grant.revealed person:U1 STRIPE_KEY request=k3x9m2aq once=1`.

    Nothing that somebody typed can move the cursor or begin a line of its own.
    """
    words = [rfc3339(event.at), event.event.ljust(_TAG_WIDTH), str(event.actor)]
    if event.variables:
        words.append(",".join(_label(name) for name in event.variables))
    facts = {"request": event.request, "grant": event.grant, "requester": event.requester, **event.detail}
    words += [f"{name}={_word(value)}" for name, value in facts.items() if value]
    return inert(" ".join(words))


def _label(name: str) -> str:
    variable = parse_variable(name)
    return variable.label if variable else name


def _word(value: str) -> str:
    """A value as one word: quoted where it would otherwise be read as several."""
    plain = value.isascii() and value.replace("_", "").replace("-", "").replace(".", "").isalnum()
    return value if plain else json.dumps(clean(value), ensure_ascii=False)


def inert(line: str) -> str:
    """Whatever a terminal might obey, taken out; the columns' spaces stay."""
    return "".join(letter for letter in line if letter == " " or clean(letter))
