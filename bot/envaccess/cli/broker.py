"""`envaccess broker`: lets a program call services with values that it never sees."""

import asyncio
import contextlib
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from envaccess.cli.client_command import ClientCommand, signed_in
from envaccess.cli.exit_codes import ACCESS_ENDED, EndedError
from envaccess.cli.hardening import harden
from envaccess.cli.output import Misuse, answer, say, warn
from envaccess.cli.request_words import tell_seconds
from envaccess.cli.stop_signals import like_ctrl_c
from envaccess.domain.duration import parse_duration, spell_seconds
from envaccess.domain.session import AGENT_NAME
from envaccess.settings.broker import runtime_folder
from envaccess.settings.terminal import TerminalSettings

if TYPE_CHECKING:
    from envaccess.client.calls import Calls
    from envaccess.client.session_file import StoredSession

_PROGRAM: Final = "envaccess broker"
_EIGHT_HOURS: Final = 8 * 3600
_TAKES: Final = (
    "broker takes a NAME of letters and digits, --listen ADDRESS and --for DURATION, and nothing else."
)
_SHORT: Final = "--for takes a time such as 30m or 8h, 8 hours at most."


def read_agent_seconds(_context: click.Context, _parameter: click.Parameter, text: str) -> int:
    """Seconds of `--for`, 8 hours at most."""
    found = parse_duration(text)
    if found is None or found.once or found.seconds > _EIGHT_HOURS:
        raise Misuse(_SHORT)
    return found.seconds


def read_agent_name(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """What an agent may be called."""
    if not re.fullmatch(AGENT_NAME, text):
        raise Misuse(_TAKES)
    return text


NAME: Final = click.argument("name", default="agent", callback=read_agent_name)
LISTEN: Final = click.option(
    "--listen",
    "where",
    metavar="ADDRESS",
    help="unix:PATH, in a folder of your own, or 127.0.0.1:PORT; without it a socket of this user.",
)
LASTS: Final = click.option(
    "--for",
    "seconds",
    default="8h",
    callback=read_agent_seconds,
    metavar="DURATION",
    help="8 hours at most, as without it.",
)
"""What both commands take that start an agent."""


@click.command("broker", cls=ClientCommand, extra=_TAKES)
@NAME
@LISTEN
@LASTS
def broker(name: str, where: str | None, seconds: int) -> None:
    """Let a program call services with values that it never sees.

    You confirm it in Slack. Its address goes to stdout: give it to the program as ENVACCESS_BROKER. It runs
    until you stop it, and keeps its session, its keys and the values in memory alone.
    """
    serve_agent(name, where, seconds, background=False)


def serve_agent(name: str, where: str | None, seconds: int, *, background: bool) -> None:
    """Start an agent, and serve it until its session is over.

    Args:
        name: what the agent is called.
        where: the address to listen on; None for a socket of this user.
        seconds: how long its session shall last.
        background: leave the terminal once the address was printed.

    Raises:
        EndedError: its session is over.
        ClientError: it was refused, or the server does not answer.
    """
    if why := harden():
        warn(f"the memory of this process is not hidden from your other programs ({why}).")
    from envaccess.broker.listener import BrokerListener, ListenAddress  # noqa: PLC0415 - heavy
    from envaccess.broker.process import STOPPED, BrokerProcess  # noqa: PLC0415
    from envaccess.broker.upstream import UpstreamProxy  # noqa: PLC0415
    from envaccess.client.agent_api import AgentApiClient  # noqa: PLC0415

    settings = TerminalSettings.look()
    listener = BrokerListener.bind(ListenAddress.parse(where or _own_socket(settings.state)))
    with like_ctrl_c([]):
        session, calls = _start(settings, name, seconds)
    answer(listener.url)
    api = AgentApiClient(session, calls, say)
    left = session.ends_at - time.time()
    ends = f"`envaccess agent end {session.id}`" if background else "Ctrl-C"
    say(
        f"Agent {name} runs for {tell_seconds(round(left))} at most. {ends} ends it, and all that it may use."
    )
    if background:
        _leave_terminal()
    process = BrokerProcess(listener, api, name, left, UpstreamProxy(settings.proxy, settings.no_proxy))
    if asyncio.run(process.run()) != STOPPED:
        say("The agent's session is over.")
        raise EndedError(ACCESS_ENDED)
    say(f"\nAgent {name} has ended, and all that it might use.")


def _start(settings: TerminalSettings, name: str, seconds: int) -> "tuple[StoredSession, Calls]":
    """Have the person press in Slack; the agent's session, and calls that it makes."""
    from envaccess.client.agent_api import offer_agent, wait_started  # noqa: PLC0415 - with the broker
    from envaccess.client.receipt import local_receipt  # noqa: PLC0415
    from envaccess.client.session import make_calls  # noqa: PLC0415

    with signed_in("", _PROGRAM) as person:
        offered = offer_agent(
            person, lambda session: make_calls(settings, session), name, seconds, local_receipt(_PROGRAM)
        )
    say(
        f"Press Start for {name} in your direct messages in Slack, "
        f"within {spell_seconds(offered.expires_in)}."
    )
    with contextlib.closing(offered.calls):
        session = wait_started(offered, say, time.time)
    return session, make_calls(settings, session)


def _leave_terminal() -> None:
    """Go on as a process of its own session, without the terminal; the caller's process ends here."""
    if os.fork():
        os._exit(0)  # the listener and the session are the child's from here on
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _own_socket(state: Path) -> str:
    return f"unix:{runtime_folder() or state}/broker/broker.sock"
