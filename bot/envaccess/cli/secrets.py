"""`envaccess secrets`: set, read, list, delete and reseal values."""

import json
import sys
from collections.abc import Sequence
from functools import partial

import click

from envaccess.cli.disk_erasure import Erased, erase_old, tell
from envaccess.cli.hidden_input import is_terminal
from envaccess.cli.host_commands import (
    WHY,
    WORKSPACE,
    no_variable,
    refuse,
    refuse_elsewhere,
    tell_workspace,
)
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.name_arguments import NOT_AN_ARGUMENT, QuietCommand, read_name
from envaccess.cli.operator_ports import Front, OperatorTools, front, run
from envaccess.cli.output import Complaint, Misuse, say
from envaccess.cli.retry import surely
from envaccess.cli.value_input import read_value
from envaccess.domain.audit import rfc3339
from envaccess.domain.catalogue import CatalogueEntry
from envaccess.domain.errors import SealError, ValueMissingError
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.text import count
from envaccess.domain.variable import Variable

_ENTRIES = {
    "set": Entry("envaccess.cli.secrets:set_value", "Store a value, typed at a prompt or given on stdin."),
    "read": Entry("envaccess.cli.secrets:read", "Print one value, for when Slack is away; audited by name."),
    "list": Entry("envaccess.cli.secrets:list_names", "Print the names of all variables."),
    "delete": Entry("envaccess.cli.secrets:delete", "Delete a value and end its grants."),
    "import": Entry(
        "envaccess.cli.secrets_import:import_file",
        "Store every value of a file, after saying what would be stored.",
    ),
    "reseal": Entry("envaccess.cli.secrets:reseal", "Put every value under the first master key."),
}


@click.group(cls=LazyGroup, entries=_ENTRIES)
def secrets() -> None:
    """Set, read, list, delete, import and reseal values."""


@click.command("set", cls=QuietCommand, extra=NOT_AN_ARGUMENT)
@click.argument("variable", metavar="NAME", callback=read_name)
@click.option("--store", is_flag=True, help="Store it on this host, although you are signed in to a server.")
@click.pass_context
def set_value(context: click.Context, variable: Variable, *, store: bool) -> None:
    """Store a value, typed at a prompt or given on stdin.

    NAME is a variable's name, or environment/NAME. An existing value is replaced, and live grants then reveal
    the new one. From stdin (`envaccess secrets set NAME < FILE`), one newline at the end is dropped.

    Who is signed in (`envaccess login`) sets it at that server, as one of the variable's owners.
    """
    from envaccess.cli.owner_values import owner_client, set_as_owner  # noqa: PLC0415 - help does without it

    if store:
        say(f"Setting {variable.label} in this host's store.")
    elif (client := owner_client()) is not None:
        set_as_owner(client, variable)
        return
    parts = front(context)
    parts.check_settings()
    value = read_value(variable.label)
    written, team, erased = run(_write(parts, variable, value))
    say(f"{written.value.capitalize()} {variable.label} in {team}.")
    tell(erased)


async def _write(parts: Front, variable: Variable, value: str) -> tuple[Written, str, Erased]:
    async with parts.operator() as operator:
        refuse_elsewhere(operator, [variable], "Nothing was stored.")
        written = await surely(
            operator.ids.operation(),
            lambda op: operator.values.write(op, variable, value, operator.actor, replace=True),
        )
        return written, operator.team, await erase_old(operator) if written is Written.CHANGED else Erased()


_READ_TAKES = (
    "There is too much here (it is not repeated): read takes one NAME, --why, --show and --workspace."
)


@click.command("read", cls=QuietCommand, extra=_READ_TAKES)
@click.argument("variable", metavar="NAME", callback=read_name)
@WHY
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
        refuse_elsewhere(operator, [variable], "Nothing was read.")
        try:
            value = await surely(
                operator.ids.operation(),
                lambda op: operator.values.read_out(op, variable, operator.actor, why),
            )
        except ValueMissingError:
            raise await _no_value(operator, variable) from None
        except SealError as error:
            raise _unopened(variable, error) from None
        if isinstance(value, Refusal):
            raise refuse(value, Target(variable=variable))
        return value


async def _no_value(operator: OperatorTools, variable: Variable) -> Complaint:
    """There is no such variable; or there is, and its value is lost."""
    if await operator.catalogue.get([variable]):
        return Complaint(
            f"The store has lost the value of {variable.label}: `envaccess secrets set` stores a new one."
        )
    return no_variable(variable, await operator.catalogue.names())


def _unopened(variable: Variable, error: SealError) -> Complaint:
    """A value is there, and cannot be opened."""
    told = str(error).removesuffix(".")
    return Complaint(f"{variable.label}: {told}. `envaccess doctor` says whether a master key is missing.")


@click.command("list")
@click.option("--format", "form", type=click.Choice(["names", "jsonl"]), default="names", show_default=True)
@click.pass_context
def list_names(context: click.Context, form: str) -> None:
    """Print the names of all variables.

    `names` is one a line, as people ask for it. `jsonl` is one JSON object a line: the name with its
    environment, as audit events have it, the version, and when it was changed.
    """
    names, lines = run(_list(front(context), form))
    if lines:
        click.echo("\n".join(lines))
    elif not names:
        say("There are no variables yet: `envaccess secrets set NAME` makes one.")


async def _list(parts: Front, form: str) -> tuple[Sequence[Variable], list[str]]:
    """All names, and a line for each that is to be printed: as JSON only what its catalogue record says."""
    async with parts.operator() as operator:
        names = await operator.catalogue.names()
        if form == "jsonl":
            return names, [_object(listed) for listed in (await operator.catalogue.get(names)).values()]
        return names, [variable.label for variable in names]


def _object(listed: CatalogueEntry) -> str:
    flat = {
        "name": str(listed.variable),
        "version": listed.version,
        "changed_at": rfc3339(listed.changed_at),
    }
    return json.dumps(flat, separators=(",", ":"))


_DELETE_TAKES = "There is too much here (it is not repeated): delete takes one NAME, and no option but --yes."


@click.command(cls=QuietCommand, extra=_DELETE_TAKES)
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
        _confirm(variable)
    ended, erased = run(_delete(parts, variable))
    grants = f"; {count(ended, 'live grant')} ended with it" if ended else "; no grant was live"
    say(f"Deleted {variable.label}{grants}.")
    tell(erased)


def _confirm(variable: Variable) -> None:
    if not is_terminal():
        raise Misuse("Deleting asks first, and there is no terminal to ask at: say --yes.")
    if not click.confirm(f"Delete the value of {variable.label} and end every grant over it?", err=True):
        raise Complaint("Nothing was deleted.")


async def _delete(parts: Front, variable: Variable) -> tuple[int, Erased]:
    async with parts.operator() as operator:
        refuse_elsewhere(operator, [variable], "Nothing was deleted.")
        ended = await surely(
            operator.ids.operation(), lambda op: operator.values.delete(op, variable, operator.actor)
        )
        if ended is None:
            raise no_variable(variable, await operator.catalogue.names())
        return ended, await erase_old(operator)


_RESEAL_TAKES = (
    "There is too much here (it is not repeated): reseal takes no argument; it goes over all values."
)


@click.command(cls=QuietCommand, extra=_RESEAL_TAKES)
@click.option("--leaked", is_flag=True, help="A master key leaked: drop the key that seals, too.")
@click.pass_context
def reseal(context: click.Context, leaked: bool) -> None:
    """Put every value under the first master key.

    To rotate: put the new key first in ENVACCESS_MASTER_KEYS wherever the bot runs, reseal, then take the
    old key away. The key that seals what people do moves, too. It can be repeated, and stopped and run again.
    Nothing that the old key opens stays on the embedded server's disk.

    With --leaked nothing counts any more that was sealed before: the next start ends every live grant,
    pending request and handed-over duty. Nobody may serve meanwhile. It needs no master key that is lost,
    once the values that only that one opens are deleted.
    """
    parts = front(context)
    parts.check_settings()
    moved, kept, keys, erased = run(_reseal(parts, leaked=leaked))
    say(f"Resealed {count(moved, 'value')}; {count(kept, 'value')} stood under the first key already.")
    if keys:
        say("The key that seals what people do is under the first master key now, too.")
    if leaked:
        say("Dropped the key that seals: the next start makes another one, and ends what is live.")
    tell(erased)


async def _reseal(parts: Front, *, leaked: bool) -> tuple[int, int, int, Erased]:
    moved = kept = 0
    async with parts.operator() as operator:
        keys = 0 if leaked else await surely(operator.ids.operation(), operator.reseal_keys)
        for variable in await operator.catalogue.names():
            try:
                changed = await surely(operator.ids.operation(), partial(_reseal_one, operator, variable))
            except ValueMissingError:
                continue  # deleted at this moment
            except SealError as error:
                raise _unopened(variable, error) from None
            moved, kept = moved + changed, kept + (not changed)
        if leaked and not await surely(operator.ids.operation(), operator.drop_seal_key):
            raise Complaint(
                "Somebody serves this workspace, or did in the last ten seconds: stop every bot, and run it "
                "again."
            )
        return moved, kept, keys, await erase_old(operator)


async def _reseal_one(operator: OperatorTools, variable: Variable, op: str) -> bool:
    return await operator.values.reseal(op, variable, operator.actor)
