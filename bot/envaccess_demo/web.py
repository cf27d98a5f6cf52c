"""`envaccess demo --web`: the page, until Ctrl-C."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import click

from envaccess import log
from envaccess.cli.output import Complaint, say
from envaccess.domain.errors import SettingsError
from envaccess_demo.database import LEASED, Database, DatabaseError, open_database, why_none
from envaccess_demo.demo_backend import DemoBackend
from envaccess_demo.home import LeftoverError, free_port, temporary_home
from envaccess_demo.open_browser import open_page
from envaccess_demo.page import DemoExtension, MovableClock
from envaccess_demo.terminal import agent_terminal, alices_terminal, pipeline_terminal
from envaccess_demo.tracker import Tracker
from envaccess_demo.workspace import PROGRAM, DemoWorkspace, set_up
from slack_emulator import SlackEmulator
from slack_emulator.page import Page, PortError


def serve(port: int, *, browser: bool) -> None:
    """Serve the page on this port of 127.0.0.1 (0: any free one) until SIGINT, SIGTERM or SIGHUP.

    Raises:
        EnvaccessError: the port is taken, or the embedded server cannot be started.
    """
    log.configure("console", "error")
    try:
        asyncio.run(_serve(port, browser=browser and sys.stdout.isatty()))
    except PortError as error:
        raise SettingsError(str(error)) from None
    except (LeftoverError, DatabaseError) as error:
        raise Complaint(str(error)) from None


async def _serve(port: int, *, browser: bool) -> None:
    with _stop_signals() as stopped:
        async with temporary_home() as home, _page(home, port, browser=browser) as backend:
            running = asyncio.create_task(backend.run())
            stopping = asyncio.create_task(stopped.wait())
            try:
                await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
            finally:
                for task in (running, stopping):
                    task.cancel()
                await asyncio.gather(running, stopping, return_exceptions=True)


@contextlib.asynccontextmanager
async def _page(home: Path, port: int, *, browser: bool) -> AsyncIterator[DemoBackend]:
    clock = MovableClock()
    async with (
        SlackEmulator(bot_name="envaccess", clock=clock) as slack,
        Tracker().served() as tracker,
        open_database() as database,
    ):
        port_of_bot = free_port()
        url = f"http://127.0.0.1:{port_of_bot}"
        settings = _bot_settings(slack, home, set_up(slack, home, tracker), port_of_bot, url)
        made = frozenset({LEASED} if database else ())
        backend = DemoBackend(slack, home, settings | _database_settings(home, database), made)
        psql = str(database.psql) if database else ""
        programs = [alices_terminal(home, url, psql), pipeline_terminal(home, url), agent_terminal(home)]
        page = Page(slack, PROGRAM, DemoExtension(slack, clock, backend, programs))
        async with page.served(port) as address:
            click.echo(address)
            say("That is the page. Ctrl-C ends the demo and leaves nothing behind.")
            if browser:
                await asyncio.to_thread(open_page, address, home)
            yield backend


def _bot_settings(
    slack: SlackEmulator, home: Path, scene: DemoWorkspace, port: int, url: str
) -> dict[str, str]:
    """All settings of the bot: it sees nothing of our own environment."""
    return {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "PORT": str(port),
        "ENVACCESS_API_URL": url,
        "ENVACCESS_HOME": str(home),
        "ENVACCESS_APPROVERS_CHANNEL": scene.approvers.id,
        "ENVACCESS_AUDIT_CHANNEL": scene.audit.id,
        "ENVACCESS_POLICY_FILE": str(scene.policy),
        "ENVACCESS_LOG_LEVEL": "error",
        "ENVACCESS_LOG_FORMAT": "console",
    }


def _database_settings(home: Path, database: Database | None) -> dict[str, str]:
    """What makes a variable a login of that database; nothing where there is none."""
    if database is None:
        say(f"{LEASED.label} is a made-up value: {why_none()}.")
        return {}
    old = {"ENVACCESS_UNSAFE_POSTGRES_15": "1"} if database.is_old else {}
    return {"ENVACCESS_SOURCES_FILE": str(database.write_sources(home, LEASED.label)), **old}


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C, SIGTERM and a closed terminal set."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
