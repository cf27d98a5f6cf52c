"""`envaccess secrets set`: store one value, new or changed."""

import click

from envaccess.cli.erasing import Erased, erase_old, tell
from envaccess.cli.naming import NOT_AN_ARGUMENT, QuietCommand, read_name
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.surely import surely
from envaccess.cli.typed import read_value
from envaccess.cli.words import say
from envaccess.domain.outcome import Written
from envaccess.domain.variable import Variable


@click.command("set", cls=QuietCommand, extra=NOT_AN_ARGUMENT)
@click.argument("variable", metavar="NAME", callback=read_name)
@click.pass_context
def set_value(context: click.Context, variable: Variable) -> None:
    """Store a value, typed at a prompt or given on stdin.

    NAME is a variable's name, or environment/NAME. An existing value is replaced, and live grants then reveal
    the new one. From stdin (`envaccess secrets set NAME < FILE`), one newline at the end is dropped.
    """
    parts = front(context)
    parts.check_settings()
    value = read_value(variable.label)
    written, team, erased = run(_write(parts, variable, value))
    say(f"{written.value.capitalize()} {variable.label} in {team}.")
    tell(erased)


async def _write(parts: Front, variable: Variable, value: str) -> tuple[Written, str, Erased]:
    async with parts.operator() as operator:
        written = await surely(
            operator.ids.operation(),
            lambda op: operator.values.write(op, variable, value, operator.actor, replace=True),
        )
        return written, operator.team, await erase_old(operator) if written is Written.CHANGED else Erased()
