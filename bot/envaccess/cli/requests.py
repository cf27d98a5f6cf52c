"""`envaccess request`, `status`, `list`, `cancel` and `end`: what one asks for, and what became of it."""

from typing import Final

import click

from envaccess.cli.client_command import IDENTITY, JSON, ClientCommand, print_json, signed_in
from envaccess.cli.completing import complete_requests, complete_variables
from envaccess.cli.exit_codes import DENIED, INTERRUPTED, UNDECIDED, EndedError
from envaccess.cli.filing import WITHDRAWS, file_request, withdraw
from envaccess.cli.output import Misuse, answer, say
from envaccess.cli.request_arguments import read_id, read_names, read_start, read_time, read_wait, read_why
from envaccess.cli.request_words import tell_end, tell_request, tell_short
from envaccess.cli.stop_signals import SIGNALLED, like_ctrl_c
from envaccess.cli.waiting_line import WaitingLine
from envaccess.client.answers import CANCELLED, TIMED_OUT, RequestAnswer
from envaccess.client.api import ApiClient, new_operation
from envaccess.client.errors import UndecidedError
from envaccess.client.receipt import local_receipt
from envaccess.client.waiting import check_known, wait_decided

_ASKS: Final = (
    "This cannot be understood (nor is it repeated here): request takes NAMES, DURATION, WHY, --from, "
    "--wait, --no-wait and --json."
)
_ONE_ID: Final = "This cannot be understood (nor is it repeated here): it takes the ID of one request."


@click.command("request", cls=ClientCommand, extra=_ASKS, context_settings={"ignore_unknown_options": False})
@click.argument("names", metavar="NAMES", callback=read_names, shell_complete=complete_variables)
@click.argument("duration", metavar="DURATION", callback=read_time)
@click.argument("why", metavar="WHY", nargs=-1, required=True, callback=read_why)
@click.option(
    "--from",
    "start",
    metavar="TIME",
    default="",
    callback=read_start,
    help="Begin at this time of day, such as 22:00.",
)
@click.option(
    "--wait", "most", metavar="TIME", callback=read_wait, help="Wait so long for a decision, such as 10m."
)
@click.option("--no-wait", is_flag=True, help="Ask, and do not wait for a decision.")
@IDENTITY
@JSON
def request(
    names: tuple[str, ...],
    duration: str,
    why: str,
    start: str,
    most: float,
    identity: str | None,
    *,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Ask for variables, and wait until somebody decides.

    They are asked in Slack.

    NAMES are parted by commas, such as STRIPE_KEY,staging/DB_URL, or @SET. DURATION is such as 45s, 30m, 1h,
    2d, or once. WHY are the words that whoever decides reads.

    Exit code: 0 when approved, 77 when refused or denied, 75 when nobody decided or the server is not
    reachable, 78 when something is to be set right here, 130 after Ctrl-C, which withdraws the request.
    """
    receipt = local_receipt("envaccess request")
    with signed_in(identity, receipt.program) as client:
        found = file_request(client, names, duration, why, receipt, start)
        if not no_wait:
            found = _waited(client, found, most)
        if found.is_pending:
            client.keep_open()
    _print(found, as_json=as_json)
    if not (found.is_pending and no_wait):
        _end_by(found)


def _waited(client: ApiClient, found: RequestAnswer, most: float) -> RequestAnswer:
    """The request once it is decided; Ctrl-C withdraws it, and so does SIGTERM."""
    line = WaitingLine(WITHDRAWS)
    client.tell_by(line.say)
    came: list[int] = []
    try:
        with like_ctrl_c(came):
            return wait_decided(client, found, line, most=most)
    except UndecidedError as error:
        say(str(error))
        return client.request(found.id)
    except KeyboardInterrupt:
        withdraw(client, found.id)
        raise EndedError(SIGNALLED + came[0] if came else INTERRUPTED) from None


def _print(found: RequestAnswer, *, as_json: bool) -> None:
    if as_json:
        print_json(found.raw)
    else:
        answer(tell_end(found))


def _end_by(found: RequestAnswer) -> None:
    """End with the code of what became of it."""
    if check_known(found).is_pending or found.state == TIMED_OUT:
        raise EndedError(UNDECIDED)
    if not found.is_live:
        raise EndedError(DENIED)


@click.command("status", cls=ClientCommand, extra=_ONE_ID)
@click.argument("id_", metavar="[ID]", required=False, callback=read_id, shell_complete=complete_requests)
@IDENTITY
@JSON
@click.option(
    "--fleet", is_flag=True, help="On the bot's host: which processes serve, and what waits for them."
)
@click.option("--workspace", metavar="ID", default="", help="With --fleet: the workspace's id.")
@click.pass_context
def status(
    context: click.Context,
    id_: str | None,
    identity: str | None,
    workspace: str,
    *,
    as_json: bool,
    fleet: bool,
) -> None:
    """Show your own requests and what became of them.

    With an ID, one of them with all that is known of it. On the bot's host --fleet shows instead which of its
    processes serve.
    """
    if fleet:
        if id_ or identity:
            raise Misuse("--fleet is about the bot itself, and takes --json and --workspace alone.")
        from envaccess.cli.fleet import print_fleet  # noqa: PLC0415 - operators' alone

        print_fleet(context, workspace, as_json=as_json)
        return
    if workspace:
        raise Misuse("--workspace belongs to --fleet.")
    with signed_in(identity, "envaccess status") as client:
        if id_:
            found = client.request(id_)
            if as_json:
                print_json(found.raw)
            else:
                answer(tell_request(found))
            return
        every = client.requests()
    if as_json:
        print_json({"requests": [found.raw for found in every]})
        return
    for found in every:
        click.echo(tell_short(found))
    if not every:
        say("You have asked for nothing that waits, is live, or ended within a day.")


@click.command("list", cls=ClientCommand, extra="list takes --identity and --json, and nothing else.")
@IDENTITY
@JSON
def list_variables(identity: str | None, *, as_json: bool) -> None:
    """List the variables and sets that can be asked for.

    One a line; after a tab, whether one is yours now, or what a set holds.
    """
    with signed_in(identity, "envaccess list") as client:
        told = client.variables()
    if as_json:
        print_json(told.raw)
        return
    for variable in told.variables:
        live = variable.live_until_in is not None
        click.echo(f"{variable.label}\tyours now" if live else variable.label)
    for each in told.sets:
        click.echo(f"@{each.name}\t{', '.join(each.variables)}")
    if not told.variables:
        say("There are no variables yet.")


@click.command("cancel", cls=ClientCommand, extra=_ONE_ID)
@click.argument("id_", metavar="ID", callback=read_id, shell_complete=complete_requests)
@IDENTITY
def cancel(id_: str, identity: str | None) -> None:
    """Withdraw a request of yours that waits."""
    with signed_in(identity, "envaccess cancel") as client:
        found = client.cancel(id_, new_operation())
    answer(f"Withdrawn: request {found.id}." if found.state == CANCELLED else tell_end(found))


@click.command("end", cls=ClientCommand, extra=_ONE_ID)
@click.argument("id_", metavar="ID", callback=read_id, shell_complete=complete_requests)
@IDENTITY
def end(id_: str, identity: str | None) -> None:
    """End access of yours before its time."""
    with signed_in(identity, "envaccess end") as client:
        found = client.end(id_, new_operation())
    click.echo(f"Ended: the access of request {found.id}.")
