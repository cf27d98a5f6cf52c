"""`envaccess lock`: end all access of a person, or to a variable, from the host; Slack may be away."""

import click

from envaccess.cli.host import (
    WORKSPACE,
    check_person,
    find_target,
    read_why,
    refuse,
    tell_target,
    tell_workspace,
)
from envaccess.cli.naming import QuietCommand
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.surely import surely
from envaccess.cli.words import count, say
from envaccess.domain.refusal import Refusal

_EXTRA = "There is too much here (it is not repeated): lock takes one TARGET, --why and --workspace."


@click.command("lock", cls=QuietCommand, extra=_EXTRA)
@click.argument("target")
@click.option("--why", required=True, metavar="TEXT", callback=read_why, help="The reason, for the audit.")
@WORKSPACE
@click.pass_context
def lock(context: click.Context, target: str, why: str, workspace: str) -> None:
    """End live grants of a person or a variable, and let nothing be filed, approved or revealed.

    TARGET is a Slack user id, or a variable's name. It works while Slack is away.
    """
    say(run(_lock(front(context), target, why, workspace)))


async def _lock(parts: Front, text: str, why: str, workspace: str) -> str:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        target = find_target(text, await operator.values.names())
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
