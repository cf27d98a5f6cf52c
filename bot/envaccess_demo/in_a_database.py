"""The seventh part of the story: a login is made for one reveal, and destroyed with the access."""

import asyncio
import contextlib
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import click

from envaccess_demo.child import environment
from envaccess_demo.database import LEASED, Database, why_none
from envaccess_demo.story_workspace import DemoError, StoryWorkspace, part, scene
from slack_emulator import Message

_ASKED = "SELECT count(*) FROM orders;"
_WHY = "why are orders slow"
_SECONDS = 10.0
_SCHEME = "postgresql://"


async def play(workspace: StoryWorkspace, database: Database | None) -> None:
    """Play it, or say in a line why it is not played."""
    if database is None:
        click.echo(f"\n7. A login that is destroyed with its access: skipped, {why_none()}.")
        return
    part("7. A login that is destroyed with its access")
    card, request = await _granted(workspace)
    url = await _revealed(workspace, card)
    async with _psql(database, url) as session:
        scene("Alice opens psql with it, and leaves it open")
        if "3" not in await session.ask(_ASKED):
            raise DemoError("Alice's login did not work")
        await _end(workspace, card, request)
        scene("In the psql that Alice left open")
        if "terminating connection" not in await session.ask(_ASKED):
            raise DemoError("Alice's session lives on")
    async with _psql(database, url) as session:
        scene("Alice tries the same login once more")
        if "FATAL" not in await session.ask(_ASKED):
            raise DemoError("Alice's login works on")


async def _granted(workspace: StoryWorkspace) -> tuple[Message, str]:
    text = f"{LEASED.label} 1h {_WHY}"
    scene(f"Alice types:  /envaccess {text}  and Bob presses Approve")
    asked = await workspace.ask(text)
    message = await workspace.seen("a message", workspace.bob, workspace.approvers, _WHY)
    await workspace.bob.press(message, "Approve")
    card = await workspace.wait("a card with Reveal", lambda: _card(workspace))
    return card, workspace.request_of(asked)


def _card(workspace: StoryWorkspace) -> Message | None:
    found = workspace.alice.find(f"access to `{LEASED.label}`")
    return found if found and "[ Reveal ]" in workspace.slack.draw(found) else None


async def _revealed(workspace: StoryWorkspace, card: Message) -> str:
    scene("Alice presses Reveal: PostgreSQL makes a role for her alone, and she is shown its login")
    await workspace.alice.press(card, "Reveal")
    shown = await workspace.seen("the login", workspace.alice, None, "postgresql://ev_")
    workspace.show("Alice sees, and nobody else", shown)
    _, scheme, after = workspace.slack.draw(shown).partition(_SCHEME)
    if not scheme:
        raise DemoError("there is no login in what Alice sees")
    return scheme + after.split()[0].split("`")[0]


async def _end(workspace: StoryWorkspace, card: Message, request: str) -> None:
    scene(f"Bob ends her access:  /envaccess revoke {request}")
    await workspace.bob.command("/envaccess", f"revoke {request}", channel=workspace.approvers)
    await workspace.wait("the end on the card", lambda: "is gone" in workspace.slack.draw(card))
    workspace.show("Alice's card now says", card)


@dataclass(frozen=True, slots=True)
class _Session:
    """Alice's psql."""

    process: Process

    async def ask(self, query: str) -> str:
        """Type a query; what psql prints."""
        click.echo(f"    shop=> {query}")
        assert self.process.stdin
        assert self.process.stdout
        with contextlib.suppress(ConnectionError):
            self.process.stdin.write(f"{query}\n\\echo .\n".encode())
            await self.process.stdin.drain()
        said: list[str] = []
        async with asyncio.timeout(_SECONDS):
            while line := (await self.process.stdout.readline()).decode(errors="replace").rstrip():
                if line == ".":
                    break
                said.append(line)
                click.echo(f"    {line}")
        return "\n".join(said)


@contextlib.asynccontextmanager
async def _psql(database: Database, url: str) -> AsyncIterator[_Session]:
    """A psql of Alice's; the password is in no argument of it."""
    parts = urlsplit(url)
    login = {
        "PGHOST": parse_qs(parts.query)["host"][0],
        "PGUSER": parts.username or "",
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": parts.path.removeprefix("/"),
    }
    process = await asyncio.create_subprocess_exec(
        str(database.psql), "-X", "-A", "-t", env=environment(login), stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    try:
        yield _Session(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
