"""`envaccess signals replay`: what is unusual about requests, by the rules of now, over events that were."""

from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

import click

from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Misuse
from envaccess.cli.policy_tools import read_or_tell
from envaccess.domain.audit import NO_EVENT, Event, read_exported, rfc3339
from envaccess.domain.signals.facts import Fact, write_facts
from envaccess.domain.signals.replay import SignalReplay
from envaccess.domain.signals.thresholds import USUAL, Thresholds
from envaccess.domain.text import clean, count

_PAGE: Final = 1_000
_SHOWN: Final = 20


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8", errors="replace"), required=False)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="Take the thresholds of this policy file, to try them.",
)
@click.pass_context
def replay(context: click.Context, file: IO[str] | None, policy_file: Path | None) -> None:
    """Say what the rules of now find in an exported stream.

    FILE has JSON lines, as `envaccess audit export` prints them; `-` is standard input. Without it the stream
    itself is read. Prints how often each fact is found, when alerts would be raised, and where something else
    was recorded. Without --policy the thresholds are those of ENVACCESS_POLICY_FILE, or the usual ones.
    """
    replayed = SignalReplay(_thresholds(front(context), policy_file))
    if file is None:
        run(_read_stream(front(context), replayed))
    else:
        replayed.read(_events(file))
    for line in _told(replayed):
        click.echo(line)


def _thresholds(parts: Front, named: Path | None) -> Thresholds:
    operator = parts.policies()
    path = named or operator.file
    return read_or_tell(operator, path, guarded=named is None).signals if path else USUAL


async def _read_stream(parts: Front, replayed: SignalReplay) -> None:
    async with parts.operator() as operator:
        cursor = NO_EVENT
        while events := await operator.trail.after(cursor, _PAGE):
            replayed.read(events)
            cursor = events[-1].id


def _events(file: IO[str]) -> Iterable[Event]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        event = read_exported(line)
        if event is None:
            raise Misuse(f"Line {number} is no event as `envaccess audit export` prints it.")
        yield event


def _told(replayed: SignalReplay) -> Iterable[str]:
    if not replayed.requests:
        yield "No request in these events."
        return
    yield f"{rfc3339(replayed.since)} to {rfc3339(replayed.last)}: {count(replayed.requests, 'request')}"
    for fact in Fact:
        if times := replayed.counts[fact]:
            yield f"{fact}\t{times}\t{100 * times / replayed.requests:.1f} %"
    yield f"{count(len(replayed.alerts), 'alert')}{':' if replayed.alerts else ''}"
    for event, facts in replayed.alerts[-_SHOWN:]:
        yield f"{_where(event)} {','.join(facts)}"
    early = len(replayed.differences) - len(replayed.comparable)
    yield f"{count(len(replayed.comparable), 'difference')} to what was recorded" + (
        f"; {early} more at the begin, for which earlier events may be the reason" if early else ""
    )
    for one in replayed.differences[-_SHOWN:]:
        recorded, found = write_facts(one.recorded) or "nothing", write_facts(one.found) or "nothing"
        yield f"{_where(one.event)} recorded {recorded}, now {found}"


def _where(event: Event) -> str:
    """When, who and which request; nothing in it moves a cursor."""
    return clean(f"{rfc3339(event.at)} {event.actor} {event.request}")
