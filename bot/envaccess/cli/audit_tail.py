"""`envaccess audit tail`: the newest events, and those that come."""

from collections.abc import Sequence

import click

from envaccess.application.ports.audit import Stream
from envaccess.cli.audit_lines import readable
from envaccess.cli.operator_ports import Front, front, run
from envaccess.domain.audit import Event

MOST = 10_000
"""Events that are read at once; `export` reads any number."""

_PAGE = 1_000
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
    return "0-0" if lines else await trail.last()


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
