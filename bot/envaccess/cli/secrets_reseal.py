"""`envaccess secrets reseal`: the third step of a rotation, after the new key was put first."""

from functools import partial

import click

from envaccess.cli.erasing import Erased, erase_old, tell
from envaccess.cli.naming import QuietCommand
from envaccess.cli.operator_ports import Front, OperatorTools, front, run
from envaccess.cli.surely import surely
from envaccess.cli.words import count, say
from envaccess.domain.errors import ValueMissingError
from envaccess.domain.variable import Variable

_EXTRA = "There is too much here (it is not repeated): reseal takes no argument; it goes over all values."


@click.command(cls=QuietCommand, extra=_EXTRA)
@click.pass_context
def reseal(context: click.Context) -> None:
    """Put every value under the first master key.

    To rotate: put the new key first in ENVACCESS_MASTER_KEYS wherever the bot runs, reseal, then take the
    old key away. It can be repeated, and stopped and run again. Nothing that the old key opens stays on the
    embedded server's disk.
    """
    parts = front(context)
    parts.check_settings()
    moved, kept, erased = run(_reseal(parts))
    say(f"Resealed {count(moved, 'value')}; {count(kept, 'value')} stood under the first key already.")
    tell(erased)


async def _reseal(parts: Front) -> tuple[int, int, Erased]:
    moved = kept = 0
    async with parts.operator() as operator:
        for variable in await operator.values.names():
            try:
                changed = await surely(operator.ids.operation(), partial(_one, operator, variable))
            except ValueMissingError:
                continue  # deleted at this moment
            moved, kept = moved + changed, kept + (not changed)
        return moved, kept, await erase_old(operator)


async def _one(operator: OperatorTools, variable: Variable, op: str) -> bool:
    return await operator.values.reseal(op, variable, operator.actor)
