"""`envaccess secrets read`: the emergency read on the host, written down before the value is read."""

import sys

import click

from envaccess.cli.host import WORKSPACE, no_variable, read_why, refuse, tell_workspace
from envaccess.cli.naming import QuietCommand, read_name
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.surely import surely
from envaccess.cli.words import Misuse
from envaccess.domain.errors import ValueMissingError
from envaccess.domain.lock import Target
from envaccess.domain.refusal import Refusal
from envaccess.domain.variable import Variable

_EXTRA = "There is too much here (it is not repeated): read takes one NAME, --why, --show and --workspace."


@click.command("read", cls=QuietCommand, extra=_EXTRA)
@click.argument("variable", metavar="NAME", callback=read_name)
@click.option("--why", required=True, metavar="TEXT", callback=read_why, help="The reason, for the audit.")
@click.option("--show", is_flag=True, help="Print it although stdout is a terminal.")
@WORKSPACE
@click.pass_context
def read(context: click.Context, variable: Variable, why: str, show: bool, workspace: str) -> None:
    """Print one value, for when Slack is away; audited by name.

    Who has the keys and Redis can do it, and the audit stream says that they did. A pipe or a file gets the
    value exactly; a terminal, where it would stay to be scrolled back to, is refused without --show.
    """
    terminal = sys.stdout.isatty()
    if terminal and not show:
        raise Misuse(
            "stdout is a terminal, which keeps what it shows: send it on (`| PROGRAM`) or say --show."
        )
    click.echo(run(_read(front(context), variable, why, workspace)), nl=terminal)


async def _read(parts: Front, variable: Variable, why: str, workspace: str) -> str:
    async with parts.host(workspace) as operator:
        tell_workspace(operator)
        try:
            value = await surely(
                operator.ids.operation(),
                lambda op: operator.values.read_out(op, variable, operator.actor, why),
            )
        except ValueMissingError:
            raise no_variable(variable, await operator.values.names()) from None
        if isinstance(value, Refusal):
            raise refuse(value, Target(variable=variable))
        return value
