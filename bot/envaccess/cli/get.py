"""`envaccess get`: one value of a live grant, on the terminal of who holds it."""

import sys
from collections.abc import Sequence
from typing import Final

import click

from envaccess.cli.client_command import IDENTITY, ClientCommand, signed_in
from envaccess.cli.completing import complete_variables
from envaccess.cli.exit_codes import DENIED, EndedError
from envaccess.cli.hardening import harden
from envaccess.cli.masks import mask_values
from envaccess.cli.name_arguments import read_variable
from envaccess.cli.output import Misuse, say, warn
from envaccess.client.answers import ACTIVE, RequestAnswer
from envaccess.client.api import ApiClient, new_operation
from envaccess.client.receipt import local_receipt
from envaccess.client.waiting import check_known
from envaccess.domain.variable import Variable, parse_variable

_TAKES: Final = (
    "This cannot be understood (nor is it repeated here): get takes one NAME, --stdout and --identity."
)
_PROGRAM: Final = "envaccess get"
_TO_PIPE: Final = "stdout is no terminal, so nothing was asked for: say --stdout to send the value there."


@click.command("get", cls=ClientCommand, extra=_TAKES)
@click.argument("variable", metavar="NAME", callback=read_variable, shell_complete=complete_variables)
@click.option("--stdout", "piped", is_flag=True, help="Print it exactly, though stdout is no terminal.")
@IDENTITY
def get(variable: Variable, identity: str | None, *, piped: bool) -> None:
    """Show one value of access that you have.

    On a terminal it is shown with what cannot be printed as escapes. With --stdout it is printed exactly,
    without a newline at its end. A grant for one use is used by it.
    """
    if not (piped or sys.stdout.isatty()):
        raise Misuse(_TO_PIPE)
    harden()
    with signed_in(identity, _PROGRAM) as client:
        value = _value(client, variable)
    mask_values({variable.label: value})
    if piped:
        click.echo(value, nl=False)
    else:
        _show(value)


def _value(client: ApiClient, variable: Variable) -> str:
    grant = choose_grant(client.requests(), variable)
    if grant is None:
        label = variable.label
        say(f"You have no live access to {label}: `envaccess request {label} 1h WHY` asks for it.")
        raise EndedError(DENIED)
    if grant.once and len(grant.variables) > 1:
        raise Misuse(
            f"Your access is one use of {', '.join(grant.variables)} together, which `envaccess run` makes."
        )
    wanted = () if grant.once else (str(variable),)
    found = client.values(grant.id, new_operation(), local_receipt(_PROGRAM), wanted, _tell_tap)
    return found.values[str(variable)]


def choose_grant(requests: Sequence[RequestAnswer], variable: Variable) -> RequestAnswer | None:
    """The grant that a name means (law 6): the timed one that ends last, else the use that ends first."""
    live = [
        (each, each.grant.ends_in)
        for each in requests
        if each.grant and check_known(each).grant and each.grant.state == ACTIVE and _covers(each, variable)
    ]
    timed = [(ends, each) for each, ends in live if not each.once]
    single = [(ends, each) for each, ends in live if each.once]
    if timed:
        return max(timed, key=lambda pair: pair[0])[1]
    return min(single, key=lambda pair: pair[0])[1] if single else None


def _covers(request: RequestAnswer, variable: Variable) -> bool:
    return variable in map(parse_variable, request.variables)


def _tell_tap(seconds: int) -> None:
    say(f"Press Release in Slack within {seconds} seconds: this value leaves only with your own press.")


def _show(value: str) -> None:
    """On a terminal: nothing in a value moves a cursor."""
    shown = "".join(_visible(character) for character in value)
    if shown != value:
        warn("it holds characters that cannot be printed, shown as escapes; --stdout gives it exactly.")
    click.echo(shown)


def _visible(character: str) -> str:
    plain = character in "\n\t" or character.isprintable()
    return character if plain else character.encode("unicode_escape").decode("ascii")
