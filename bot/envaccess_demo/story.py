"""`envaccess demo`: the whole story, played. Nothing is staged: what is printed is what people see."""

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import click

from envaccess import log, wiring
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.variable import Variable
from envaccess.settings import Settings, hide_slack_from_environment
from envaccess.settings.demo import accept_old_postgres
from envaccess_demo import (
    chain,
    emergency,
    in_a_database,
    in_a_pipeline,
    in_a_terminal,
    one_approval,
    with_an_agent,
)
from envaccess_demo.database import LEASED, Database, DatabaseError, open_database
from envaccess_demo.story_workspace import DemoError, StoryWorkspace, set_up
from envaccess_demo.test_controls import open_test_controls
from envaccess_demo.tracker import Tracker
from slack_emulator import NeverHappenedError, SlackEmulator

_GONE_SECONDS = 10.0
_PARTS = (one_approval, chain, emergency, in_a_terminal, in_a_pipeline, with_an_agent)


def play() -> None:
    """Play the whole story on a local Slack and a real Redis server: under 30 seconds, leaves nothing."""
    hide_slack_from_environment()
    log.configure("console", "error")
    started = time.monotonic()
    try:
        asyncio.run(_story())
    except (DemoError, DatabaseError, NeverHappenedError, EnvaccessError) as error:
        raise click.ClickException(f"the demo failed: {error}") from None
    click.echo(f"\nThe whole story took {time.monotonic() - started:.1f} s. Nothing is left running.")


async def _story() -> None:
    with tempfile.TemporaryDirectory(prefix="envaccess-") as folder:
        tracker = Tracker()
        async with (
            SlackEmulator(bot_name="envaccess") as slack,
            tracker.served() as base,
            open_database() as database,
        ):
            sources = _sources(Path(folder), database)
            await _play(set_up(slack, Path(folder), base, sources), tracker, database)
        home = Settings.explicit(home=Path(folder))
        if not await asyncio.to_thread(wiring.wait_gone, home, _GONE_SECONDS):
            raise DemoError("the embedded server did not end")


def _sources(home: Path, database: Database | None) -> Path | None:
    """The file that says which variable the database makes; none where there is no database."""
    if database is None:
        return None
    if database.is_old:
        accept_old_postgres()
    return database.write_sources(home, LEASED.label)


async def _play(workspace: StoryWorkspace, tracker: Tracker, database: Database | None) -> None:
    values = await _store(workspace, *(one.VARIABLE for one in _PARTS))
    async with (
        _bot(workspace),
        open_test_controls(workspace.settings, workspace.slack.team_id, workspace.slack.bot.id) as controls,
    ):
        click.echo("The embedded Valkey, a local Slack and the real bot are running, under a policy file.")
        click.echo(
            f"The operator has stored the values, sealed: envaccess secrets set {one_approval.VARIABLE.label}"
        )
        await one_approval.play(workspace, values[one_approval.VARIABLE])
        await chain.play(workspace, controls, values[chain.VARIABLE])
        await emergency.play(workspace, controls, values[emergency.VARIABLE])
        await in_a_terminal.play(workspace, values[in_a_terminal.VARIABLE])
        await in_a_pipeline.play(workspace, values[in_a_pipeline.VARIABLE])
        await with_an_agent.play(workspace, tracker, values[with_an_agent.VARIABLE])
        await in_a_database.play(workspace, database)


async def _store(workspace: StoryWorkspace, *variables: Variable) -> dict[Variable, str]:
    values = {variable: f"demo-{secrets.token_hex(8)}" for variable in variables}
    async with wiring.operator_context(workspace.settings) as operator:
        for variable, value in values.items():
            await operator.values.write(
                operator.ids.operation(), variable, value, operator.actor, replace=False
            )
    return values


@contextlib.asynccontextmanager
async def _bot(workspace: StoryWorkspace) -> AsyncIterator[None]:
    stop = asyncio.Event()
    serving = asyncio.create_task(wiring.serve(workspace.settings, stop))
    connected = asyncio.create_task(workspace.slack.connected())
    try:
        await asyncio.wait({serving, connected}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
            raise DemoError("the bot stopped before it was connected")
        await connected
        yield
    finally:
        connected.cancel()
        stop.set()
        await serving
