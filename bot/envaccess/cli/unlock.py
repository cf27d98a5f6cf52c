"""`envaccess unlock`: lift a lock from the host; Slack may be away."""

import click

from envaccess.cli.host import WORKSPACE, find_target, read_why, refuse, tell_target, tell_workspace
from envaccess.cli.naming import QuietCommand
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.surely import surely
from envaccess.cli.words import say
from envaccess.domain.refusal import Refusal

_EXTRA = "There is too much here (it is not repeated): unlock takes one TARGET, --why and --workspace."


@click.command("unlock", cls=QuietCommand, extra=_EXTRA)
@click.argument("target")
@click.option("--why", metavar="TEXT", callback=read_why, help="The reason, for the audit.")
@WORKSPACE
@click.pass_context
def unlock(context: click.Context, target: str, why: str, workspace: str) -> None:
    """Lift a lock. What it ended stays ended.

    TARGET is a Slack user id, or a variable's name. It works while Slack is away.
    """
    say(run(_unlock(front(context), target, why, workspace)))


async def _unlock(parts: Front, text: str, why: str, workspace: str) -> str:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        target = find_target(text, await operator.values.names(), await operator.locks.standing())
        unlocked = await surely(
            operator.ids.operation(), lambda op: operator.locks.unlock(op, target, operator.actor, why)
        )
        if isinstance(unlocked, Refusal):
            raise refuse(unlocked, target)
        return f"Unlocked {tell_target(target)} in {operator.team}; what the lock ended stays ended."
