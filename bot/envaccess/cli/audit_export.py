"""`envaccess audit export`: the whole stream, page by page, for other programs."""

import re
from datetime import datetime

import click

from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.words import Misuse
from envaccess.domain.audit import export_line

PAGE = 1_000
"""Events that are held in memory at once."""

START = "0-0"
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
    cursor = START
    if since is not None:
        cursor = read_since(since)
    if after is not None:
        cursor = read_id(after)
    run(_export(front(context), cursor))


def read_since(text: str) -> str:
    """The last stream id before a time in RFC 3339, which names its offset from UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Misuse("--since must be a time such as 2025-10-09T08:53:20Z (with Z or +02:00).")
    milliseconds = int(moment.timestamp() * 1000)
    return f"{milliseconds - 1}-{_LARGEST}" if milliseconds > 0 else START


def read_id(text: str) -> str:
    """A stream id as an event has it."""
    found = _ID.fullmatch(text)
    if found is None or max(int(part) for part in found.groups()) > _LARGEST:
        raise Misuse("--after must be an event's id, such as 1760000000123-0.")
    return text


async def _export(parts: Front, cursor: str) -> None:
    async with parts.operator() as operator:
        while events := await operator.trail.after(cursor, PAGE):
            click.echo("\n".join(map(export_line, events)))
            cursor = events[-1].id
