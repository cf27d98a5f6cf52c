"""`envaccess signals digest`: the weekly digest at a terminal, of the live stream or of an exported one."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import click

from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import Misuse, say
from envaccess.domain.audit import Event, read_exported
from envaccess.domain.policy.hours import zone_named
from envaccess.domain.signals.digest import Digest, DigestSums
from envaccess.domain.signals.digest_words import (
    Spelling,
    facts,
    remarks,
    sealed,
    sparkline,
    suggestion,
    table,
    title,
    to_do,
)
from envaccess.domain.signals.thresholds import Thresholds
from envaccess.domain.signals.weeks import MONDAY, Week, last_week, week_before
from envaccess.domain.text import clean
from envaccess.domain.variable import parse_variable
from envaccess.projections.digest import sum_up

_WIDTH: Final = 80
_SHOWN: Final = 20
"""People that are named of each kind: there is more room than in Slack."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--to", "until", metavar="DAY", help="The seven days before this one, such as 2026-11-23.")
@click.option("--patch", is_flag=True, help="Print only what to add to the policy file, as YAML.")
@click.pass_context
def digest(context: click.Context, file: Path | None, until: str | None, patch: bool) -> None:
    """Print what the last week was like, and what waits for somebody.

    FILE is what `envaccess audit export` printed; unless given, the live stream is read. The week is the last
    one that is over: of a file, at its last event.
    """
    parts, day = front(context), _read_day(until)
    policies = parts.policies()
    limits = policies.signals()
    found = _of_file(file, day, limits) if file else run(_of_stream(parts, policies.now(), day, limits))
    if found is None:
        raise Misuse(
            "There are no events from before the end of that week. --to DAY takes the seven days before DAY."
        )
    if not patch:
        click.echo("\n".join(_drawn(found, found.week.due)))
        return
    text = policies.patch(found.suggestions)
    if text:
        click.echo(text, nl=False)
    else:
        say("Nothing can be suggested: no variable is always agreed to by people who take their time.")


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Misuse("--to must be a day such as 2026-11-23.") from None


def _week(day: date | None, now: int, limits: Thresholds) -> Week:
    told = limits.digest or MONDAY
    return week_before(day, told) if day else last_week(told, now)


async def _of_stream(parts: Front, now: int, day: date | None, limits: Thresholds) -> Digest | None:
    async with parts.operator() as operator:
        return await sum_up(operator.trail, DigestSums(_week(day, now, limits), limits))


def _of_file(path: Path, day: date | None, limits: Thresholds) -> Digest | None:
    """Read it twice, so that no more than one event is in memory: first for its last event."""
    last = 0
    for event in _events(path):
        last = event.at
    sums = DigestSums(_week(day, last, limits), limits)
    events = _events(path)
    first = next(events, None)
    if first is None or first.at >= sums.week.until:
        return None
    sums.begins(first.at)
    sums.take(first)
    for event in events:
        sums.take(event)
    return sums.digest()


def _events(path: Path) -> Iterator[Event]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                event = read_exported(line)
                if event is None:
                    raise Misuse(
                        f"Line {number} of {path} is no event as `envaccess audit export` prints it."
                    )
                yield event
    except OSError as error:
        raise Misuse(f"{path} cannot be read ({error.strerror or 'no reason'}).") from None
    except UnicodeDecodeError:
        raise Misuse(f"{path} cannot be read (it is no text in UTF-8).") from None


def _drawn(found: Digest, now: int) -> Iterator[str]:
    spelling = Spelling(
        person=lambda who: clean(who) or "somebody",
        name=_label,
        when=lambda at: _when(at, found.week.zone),
        shown=_SHOWN,
    )
    waiting = to_do(found, now, spelling)
    yield f"{title(found)} ({found.week.zone})"
    for remark in remarks(found, now, spelling):
        yield from _wrapped(remark, "")
    yield from ("", "To do")
    yield from _listed(waiting or ["Nothing waits for anybody."])
    yield from ("", *table(found), "", *sparkline(found), "")
    yield from _listed(list(facts(found, spelling)))
    if found.suggestions:
        yield from ("", "Could be a rule (envaccess signals digest --patch)")
        yield from _listed([suggestion(one, spelling) for one in found.suggestions])
    yield from ("", *_wrapped(sealed(found, spelling), ""))


def _listed(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield from _wrapped(line, "- ")


def _wrapped(line: str, mark: str) -> Iterator[str]:
    indent = " " * len(mark)
    yield from textwrap.wrap(
        mark + line, _WIDTH, subsequent_indent=indent, break_long_words=True, break_on_hyphens=False
    )


def _label(name: str) -> str:
    variable = parse_variable(name)
    return variable.label if variable else clean(name)


def _when(at: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(at / 1000, tz=zone_named(zone) or UTC):%Y-%m-%d %H:%M}"
