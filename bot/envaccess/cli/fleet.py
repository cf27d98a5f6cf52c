"""`envaccess status --fleet`: which processes serve a workspace, and what waits for them."""

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from envaccess.cli.host_commands import read_workspace
from envaccess.cli.operator_ports import front, run
from envaccess.cli.output import say
from envaccess.cli.table import moment, print_table
from envaccess.domain.duration import spell_seconds
from envaccess.domain.fleet import LOST_SECONDS, SOCKETS_MOST, Fleet, Replica
from envaccess.domain.sinks import SinkLag
from envaccess.domain.text import clean, count

_HEADER = ("PROCESS", "VERSION", "MODE", "STARTED", "LAST HEARD", "HOW IT STANDS")


def print_fleet(context: click.Context, workspace: str, *, as_json: bool) -> None:
    """Print it; the exit code is 1 where no process serves."""
    fleet, sinks = run(front(context).fleet(read_workspace(None, None, workspace)))
    if as_json:
        click.echo(json.dumps(_object(fleet, sinks), ensure_ascii=False, separators=(",", ":")))
    elif fleet.replicas:
        print_table(_HEADER, [_row(fleet, replica) for replica in fleet.replicas])
    if not as_json:
        for sentence in sentences(fleet, sinks):
            say(sentence)
    if not any(_is_heard(fleet, replica) for replica in fleet.replicas):
        context.exit(1)


def _is_heard(fleet: Fleet, replica: Replica) -> bool:
    return fleet.now - replica.seen_at <= LOST_SECONDS * 1_000


def _ago(fleet: Fleet, at: int) -> str:
    return f"{spell_seconds(max(0, fleet.now - at) // 1_000)} ago"


def _row(fleet: Fleet, replica: Replica) -> tuple[str, ...]:
    stands = "leads" if replica.leads else "serves"
    return (
        clean(f"{replica.host}/{replica.pid}"),
        clean(replica.version),
        clean(replica.mode),
        moment(replica.started_at),
        _ago(fleet, replica.seen_at),
        stands if _is_heard(fleet, replica) else "is not heard of: it was killed, or does not reach Redis",
    )


def sentences(fleet: Fleet, sinks: Sequence[SinkLag]) -> list[str]:
    """What waits, and what an operator should look at."""
    told = []
    if not fleet.replicas:
        told.append("No process serves this workspace, or only ones of a version that does not say so.")
    elif not fleet.leaders:
        told.append("Nobody leads for the moment: that passes within ten seconds.")
    if len(fleet.versions) > 1:
        told.append(f"{len(fleet.versions)} versions serve side by side: finish the upgrade.")
    sockets = sum(replica.mode == "socket" for replica in fleet.replicas)
    if sockets > SOCKETS_MOST:
        told.append(
            f"{sockets} processes use Socket Mode; Slack gives an app ten connections, two for each: run "
            f"{SOCKETS_MOST} at most, or HTTP mode."
        )
    waits = f", the oldest for {spell_seconds((fleet.now - fleet.oldest) // 1_000)}" if fleet.oldest else ""
    told.append(f"{count(fleet.pending, 'request')} to be decided{waits}; {fleet.undrawn} to be drawn.")
    if fleet.overdue:
        told.append(
            f"What time brings about is late by {spell_seconds((fleet.now - fleet.overdue) // 1_000)}."
        )
    told += [f"Sink {lag.name} is {spell_seconds(lag.seconds)} behind." for lag in sinks if lag.seconds]
    return told


def _object(fleet: Fleet, sinks: Sequence[SinkLag]) -> dict[str, object]:
    flat = asdict(fleet)
    flat["sinks"] = {lag.name: lag.seconds for lag in sinks}
    return flat
