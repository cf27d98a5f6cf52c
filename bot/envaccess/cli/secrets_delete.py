"""`envaccess secrets delete`: a value goes, and every grant over it ends in the same step."""

import click

from envaccess.cli.erasing import Erased, erase_old, tell
from envaccess.cli.naming import QuietCommand, read_name
from envaccess.cli.operator_ports import Front, front, run
from envaccess.cli.surely import surely
from envaccess.cli.typed import is_terminal
from envaccess.cli.words import Complaint, Misuse, count, say
from envaccess.domain.variable import Variable, nearest

_EXTRA = "There is too much here (it is not repeated): delete takes one NAME, and no option but --yes."


@click.command(cls=QuietCommand, extra=_EXTRA)
@click.argument("variable", metavar="NAME", callback=read_name)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def delete(context: click.Context, variable: Variable, yes: bool) -> None:
    """Delete a value and end its grants.

    Asks first on a terminal; elsewhere --yes is needed. The old ciphertext is taken off the embedded server's
    disk, too.
    """
    parts = front(context)
    parts.check_settings()
    if not yes:
        _ask(variable)
    ended, erased = run(_delete(parts, variable))
    grants = f"; {count(ended, 'live grant')} ended with it" if ended else "; no grant was live"
    say(f"Deleted {variable.label}{grants}.")
    tell(erased)


def _ask(variable: Variable) -> None:
    if not is_terminal():
        raise Misuse("Deleting asks first, and there is no terminal to ask at: say --yes.")
    if not click.confirm(f"Delete the value of {variable.label} and end every grant over it?", err=True):
        raise Complaint("Nothing was deleted.")


async def _delete(parts: Front, variable: Variable) -> tuple[int, Erased]:
    async with parts.operator() as operator:
        ended = await surely(
            operator.ids.operation(), lambda op: operator.values.delete(op, variable, operator.actor)
        )
        if ended is None:
            near = nearest(variable.label, await operator.values.names())
            meant = f" Did you mean {near.label}?" if near else ""
            raise Complaint(f"There is no variable {variable.label}.{meant}")
        return ended, await erase_old(operator)
