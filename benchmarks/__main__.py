"""`python -m benchmarks`: measure, and print the table."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from benchmarks import (
    ageing,
    approving,
    brokering,
    confirming,
    counting,
    exchanging,
    expiring,
    exposing,
    failing_over,
    filing,
    handing_over,
    leasing,
    noticing,
    pooling,
    proving,
    redacting,
    revealing,
    rolling,
    ruling,
    running,
    scripting,
    sealing,
    spreading,
    starting,
    waiting,
    weighing,
)
from benchmarks.machine import Cores, describe, scratch, share_out
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.simulated import day, report
from benchmarks.table import Row, draw

Benchmark = Callable[[Scale, Cores, Path], Coroutine[Any, Any, list[Row]]]

_BENCHMARKS: dict[str, Benchmark] = {
    "filing": filing.run,
    "company": report.run,
    "confirming": confirming.run,
    "counting": counting.run,
    "day": day.run,
    "approving": approving.run,
    "brokering": brokering.run,
    "exchanging": exchanging.run,
    "expiring": expiring.run,
    "exposing": exposing.run,
    "failing-over": failing_over.run,
    "handing-over": handing_over.run,
    "revealing": revealing.run,
    "weighing": weighing.run,
    "ageing": ageing.run,
    "leasing": leasing.run,
    "noticing": noticing.run,
    "pooling": pooling.run,
    "proving": proving.run,
    "redacting": redacting.run,
    "rolling": rolling.run,
    "ruling": ruling.run,
    "running": running.run,
    "scripting": scripting.run,
    "sealing": sealing.run,
    "spreading": spreading.run,
    "starting": starting.run,
    "waiting": waiting.run,
}

_ONLY_NAMED = frozenset({"company", "day"})
"""Take ten and twenty minutes, and all cores."""


@click.command()
@click.option("--quick", is_flag=True, help="Small counts, to see that it works; the figures mean little.")
@click.option(
    "--before",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="A checkout of another version: `filing`, `counting` and `sealing` measure it too, by turns.",
)
@click.option("--minutes", type=float, help="`company`, `day`: for how long.")
@click.option("--rate", type=float, help="`company`, `day`: requests a second, over all workspaces.")
@click.option("--workspaces", type=int, help="`company`: over how many workspaces.")
@click.option("--replicas", type=int, help="`company`: processes for each workspace, or for all.")
@click.option(
    "--together/--apart", default=None, help="`company`: each process serves all workspaces, or one."
)
@click.option("--every", type=float, help="`company`: seconds between two kills, and two failovers.")
@click.option("--questions", type=int, help="`company`: users.info a minute that Slack answers; 0: all.")
@click.argument("names", nargs=-1, type=click.Choice(list(_BENCHMARKS)))
def main(*, quick: bool, before: Path | None, names: tuple[str, ...], **company: float | None) -> None:
    """Measure everything but `company` and `day`, or only what is NAMED, and print a table of ratios.

    Takes some minutes and three gigabytes of memory. Leave the machine alone meanwhile.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stop ends the children too
    cores, scale = share_out(), replace(QUICK if quick else FULL, before=before)
    given: dict[str, Any] = {name: number for name, number in company.items() if number is not None}
    pace = {name: given[name] for name in ("minutes", "rate") if name in given}
    scale = replace(scale, company=replace(scale.company, **given), day=replace(scale.day, **pace))
    with scratch() as folder:
        click.echo(describe(cores, folder))
        rows: list[Row] = []
        try:
            for name in names or [name for name in _BENCHMARKS if name not in _ONLY_NAMED]:
                rows += _measure(name, scale, cores, folder)
        finally:
            click.echo(f"\n{draw(rows)}")


def _measure(name: str, scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """One benchmark, in a folder of its own."""
    began = time.monotonic()
    place = folder / name
    place.mkdir()
    rows = asyncio.run(_BENCHMARKS[name](scale, cores, place))
    click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
    return rows


if __name__ == "__main__":
    main()
