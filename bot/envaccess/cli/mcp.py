"""`envaccess mcp`: a program that works with a model asks for access, and makes calls, by tools."""

import asyncio
import signal
from importlib.util import find_spec

import click

from envaccess.cli.client_command import ClientCommand
from envaccess.cli.output import Misuse
from envaccess.settings.broker import broker_address

_NOT_INSTALLED = 'The MCP server is not installed. Install it with: pip install "envaccess[mcp]"'
_NO_ADDRESS = (
    "No broker is named: give --broker ADDRESS, or set ENVACCESS_BROKER, to what `envaccess agent start` "
    "printed."
)


@click.command(
    cls=ClientCommand, extra="`envaccess mcp` takes --broker ADDRESS alone; a client of MCP starts it."
)
@click.option(
    "--broker",
    "address",
    metavar="ADDRESS",
    help="unix:/PATH or http://127.0.0.1:PORT/SEGMENT, as `envaccess agent start` printed it; without it, "
    "ENVACCESS_BROKER.",
)
def mcp(*, address: str | None) -> None:
    """Serve MCP: a program asks for access and makes calls, by tools.

    A program that works with a model starts this, and speaks to it on stdin and stdout. Its tools ask for
    access and make calls through this machine's broker. None shows a value, and none waits for
    people to decide.
    """
    if find_spec("mcp") is None:
        raise Misuse(_NOT_INSTALLED)
    from envaccess.broker.control import BrokerAddress  # noqa: PLC0415 - heavy
    from envaccess.broker.mcp import serve  # noqa: PLC0415 - heavy, and an extra

    named = address or broker_address()
    if not named:
        raise Misuse(_NO_ADDRESS)
    parsed = BrokerAddress.parse(named)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # else Ctrl-C waits with the thread that reads stdin
    asyncio.run(serve(parsed))
