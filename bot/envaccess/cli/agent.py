"""`envaccess agent`: start a program's agent, list one's own, and end them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from envaccess.cli.broker import LASTS, LISTEN, NAME, serve_agent
from envaccess.cli.client_command import JSON, ClientCommand, print_json, signed_in
from envaccess.cli.lazy import Entry, LazyGroup
from envaccess.cli.output import Misuse, say
from envaccess.cli.request_words import tell_seconds
from envaccess.client.api import new_operation

_HERE = "envaccess.cli.agent:"
_ID: Final = "ag_"
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


@click.command("end", cls=ClientCommand, extra="agent end takes the name or the ID of one of your agents.")
@click.argument("which", metavar="[NAME|ID]", default="")
def end(which: str) -> None:
    """End one of your agents, and all that it may use.

    Give its name or its ID; nothing where only one runs.
    """
    with signed_in("", "envaccess agent end") as person:
        person.end_agent(find_agent(person.agents(), which), new_operation())
    say("Its session is over, and its access has ended with it.")


def find_agent(agents: Sequence[Mapping[str, Any]], which: str) -> str:
    """The ID of the one that is meant: by its ID, its name, or as the only one that runs.

    Raises:
        Misuse: it is not clear which one.
    """
    if which.startswith(_ID) and which not in {one["name"] for one in agents}:
        return which
    found = [one for one in agents if which in {"", one["name"]}]
    found = [one for one in found if one["ends_in"]] or found
    if len(found) == 1:
        return str(found[0]["id"])
    if found:
        told = ", ".join(f"{one['id']} ({one['name']} on {one['host']})" for one in found)
        raise Misuse(f"Several of your agents could be meant. Give the ID of one: {told}.")
    missing = "You have no agent of that name." if which else "You have no agent."
    raise Misuse(f"{missing} `envaccess agent list` lists yours.")
