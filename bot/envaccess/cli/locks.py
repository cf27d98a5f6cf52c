"""`envaccess lock`, `unlock` and `locks`: end all access of somebody or to a variable. Slack may be away."""

import json

import click

from envaccess.cli.host_commands import (
    WHY,
    WORKSPACE,
    check_person,
    find_target,
    read_why,
    refuse,
    tell_target,
    tell_workspace,
)
from envaccess.cli.name_arguments import QuietCommand
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.output import say
from envaccess.cli.retry import surely
from envaccess.cli.table import moment
from envaccess.domain.audit import rfc3339
from envaccess.domain.lock import Lock
from envaccess.domain.refusal import Refusal
from envaccess.domain.text import count

_LOCK_TAKES = "There is too much here (it is not repeated): lock takes one TARGET, --why and --workspace."


@click.command("lock", cls=QuietCommand, extra=_LOCK_TAKES)
@click.argument("target")
@WHY
@WORKSPACE
@click.pass_context
def lock(context: click.Context, target: str, why: str, workspace: str) -> None:
    """End live grants of a person or a variable, and let nothing be filed, approved or revealed.

    TARGET is a Slack user id, machine:NAME with all its runs, agent:ID, or a variable's name. It
    works while Slack is away.
    """
    say(run(_lock(front(context), target, why, workspace)))


async def _lock(parts: Front, text: str, why: str, workspace: str) -> str:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        target = find_target(text, await operator.catalogue.names())
        await check_person(operator, target)
        locked = await surely(
            operator.ids.operation(), lambda op: operator.locks.lock(op, target, operator.actor, why)
        )
        if isinstance(locked, Refusal):
            raise refuse(locked, target)
        name = tell_target(target)
        if locked.repeated:
            by = locked.lock.by.partition(":")[2]
            return f"{name} was locked already by {by} ({locked.lock.why}); nothing was changed."
        ended = f"{count(locked.grants, 'live grant')} ended" if locked.grants else "no grant was live"
        return f"Locked {name} in {operator.team}; {ended}. `envaccess unlock {name}` lifts it."


_UNLOCK_TAKES = "There is too much here (it is not repeated): unlock takes one TARGET, --why and --workspace."


@click.command("unlock", cls=QuietCommand, extra=_UNLOCK_TAKES)
@click.argument("target")
@click.option("--why", metavar="TEXT", callback=read_why, help="The reason, for the audit.")
@WORKSPACE
@click.pass_context
def unlock(context: click.Context, target: str, why: str, workspace: str) -> None:
    """Lift a lock. What it ended stays ended.

    TARGET is a Slack user id, machine:NAME, agent:ID, or a variable's name. It works while Slack is away.
    """
    say(run(_unlock(front(context), target, why, workspace)))


async def _unlock(parts: Front, text: str, why: str, workspace: str) -> str:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        target = find_target(text, await operator.catalogue.names(), await operator.locks.standing())
        unlocked = await surely(
            operator.ids.operation(), lambda op: operator.locks.unlock(op, target, operator.actor, why)
        )
        if isinstance(unlocked, Refusal):
            raise refuse(unlocked, target)
        return f"Unlocked {tell_target(target)} in {operator.team}; what the lock ended stays ended."


@click.command("locks")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@WORKSPACE
@click.pass_context
def locks(context: click.Context, form: str, workspace: str) -> None:
    """Print who and what is locked, by whom, since when and why.

    `text` is one lock a line, with tabs between. `jsonl` is one JSON object a line.
    """
    found = run(_standing(front(context), workspace))
    draw = _object if form == "jsonl" else _line
    if found:
        click.echo("\n".join(map(draw, found)))
    else:
        say("Nobody and nothing is locked.")


async def _standing(parts: Front, workspace: str) -> list[Lock]:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        return sorted((await operator.locks.standing()).values(), key=lambda lock: lock.at)


def _line(lock: Lock) -> str:
    return "\t".join((tell_target(lock.target), moment(lock.at), lock.by, lock.why))


def _object(lock: Lock) -> str:
    flat = {"target": str(lock.target), "at": rfc3339(lock.at), "by": lock.by, "why": lock.why, "id": lock.id}
    return json.dumps(flat, ensure_ascii=False, separators=(",", ":"))
