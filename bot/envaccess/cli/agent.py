"""`envaccess agent`: start a program's agent, list one's own, and end them."""

import click

from envaccess.cli.broker import LASTS, LISTEN, NAME, serve_agent
from envaccess.cli.client_command import JSON, ClientCommand, print_json, signed_in
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.output import say
from envaccess.cli.request_words import tell_seconds
from envaccess.client.api import new_operation

_HERE = "envaccess.cli.agent:"
_ENTRIES = {
    "start": Entry(f"{_HERE}start", "Start an agent, and go on without the terminal."),
    "list": Entry(f"{_HERE}list_agents", "List your agents."),
    "end": Entry(f"{_HERE}end", "End one of your agents, and all that it may use."),
}
_STARTS = (
    "agent start takes a NAME of letters and digits, --listen, --for and --foreground, and nothing else."
)


@click.group(cls=LazyGroup, entries=_ENTRIES)
def agent() -> None:
    """Start, list and end agents, which see no values."""


@click.command("start", cls=ClientCommand, extra=_STARTS)
@NAME
@LISTEN
@LASTS
@click.option("--foreground", is_flag=True, help="Stay in the terminal, as `envaccess broker` does.")
def start(name: str, where: str | None, seconds: int, *, foreground: bool) -> None:
    """Start an agent, and go on without the terminal.

    You confirm it in Slack. Its broker's address goes to stdout: give it to the program as ENVACCESS_BROKER.
    """
    serve_agent(name, where, seconds, background=not foreground)


@click.command("list", cls=ClientCommand, extra="agent list takes --json and nothing else.")
@JSON
def list_agents(*, as_json: bool) -> None:
    """List your agents."""
    with signed_in("", "envaccess agent list") as person:
        found = person.agents()
    if as_json:
        print_json({"agents": found})
        return
    if not found:
        say("You have no agents. `envaccess agent start` starts one.")
    for one in found:
        left = tell_seconds(int(one["ends_in"])) if one["ends_in"] else "press Start in Slack"
        click.echo(f"{one['id']}  {one['name']}  on {one['host']}  {left}")


@click.command("end", cls=ClientCommand, extra="agent end takes the ID of one of your agents.")
@click.argument("id_", metavar="ID")
def end(id_: str) -> None:
    """End one of your agents, and all that it may use."""
    with signed_in("", "envaccess agent end") as person:
        person.end_agent(id_, new_operation())
    say("Its session is over, and its access has ended with it.")
