"""`envaccess audit`: print the newest events of the audit stream, or export all of it."""

import json
import re
from collections.abc import Sequence

import click

from envaccess.application.ports.audit import Stream
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Misuse
from envaccess.domain.audit import NO_EVENT, Event, export_line, read_rfc3339, rfc3339
from envaccess.domain.text import clean
from envaccess.domain.variable import parse_variable

_ENTRIES = {
    "tail": Entry("envaccess.cli.audit:tail", "Print the newest events, for people."),
    "export": Entry("envaccess.cli.audit:export", "Print all events, one JSON object a line."),
    "verify": Entry("envaccess.cli.audit_tree:verify", "Check that every event is as it was sealed."),
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


_ID = re.compile(r"(\d{1,20})-(\d{1,20})", re.ASCII)
_LARGEST = 2**64 - 1


@click.command()
@click.option("--format", "form", type=click.Choice(["jsonl"]), default="jsonl", show_default=True)
@click.option("--since", metavar="RFC3339", help="From this time on, such as 2025-10-09T08:53:20Z.")
@click.option("--after", metavar="ID", help="After this event's id, such as the last one exported.")
@click.pass_context
def export(context: click.Context, form: str, since: str | None, after: str | None) -> None:  # noqa: ARG001
    """Print all events, one JSON object a line.

    The oldest comes first. Each object is flat, and has every key.
    """
    if since is not None and after is not None:
        raise Misuse("--since and --after both say where to begin: give one of them.")
    cursor = NO_EVENT
    if since is not None:
        cursor = read_since(since)
    if after is not None:
        cursor = read_id(after)
    run(_export(front(context), cursor))


def read_since(text: str) -> str:
    """The last stream id before a time in RFC 3339, which names its offset from UTC."""
    milliseconds = read_rfc3339(text)
    if milliseconds is None:
        raise Misuse("--since must be a time such as 2025-10-09T08:53:20Z (with Z or +02:00).")
    return f"{milliseconds - 1}-{_LARGEST}" if milliseconds > 0 else NO_EVENT


def read_id(text: str) -> str:
    """A stream id as an event has it."""
    found = _ID.fullmatch(text)
    if found is None or max(int(part) for part in found.groups()) > _LARGEST:
        raise Misuse("--after must be an event's id, such as 1760000000123-0.")
    return text


async def _export(parts: Front, cursor: str) -> None:
    async with parts.operator() as operator:
        while events := await operator.trail.after(cursor, _PAGE):
            click.echo("\n".join(map(export_line, events)))
            cursor = events[-1].id


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
    return _inert(" ".join(words))


def _label(name: str) -> str:
    variable = parse_variable(name)
    return variable.label if variable else name


def _word(value: str) -> str:
    """A value as one word: quoted where it would otherwise be read as several."""
    plain = value.isascii() and value.replace("_", "").replace("-", "").replace(".", "").isalnum()
    return value if plain else json.dumps(clean(value), ensure_ascii=False)


def _inert(line: str) -> str:
    """Whatever a terminal might obey, taken out; the columns' spaces stay."""
    return "".join(letter for letter in line if letter == " " or clean(letter))
