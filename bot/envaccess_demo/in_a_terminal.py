"""The fourth part of the story: a terminal is signed in, and what runs there ends with its access."""

import asyncio
import re
from asyncio.subprocess import Process
from pathlib import Path

import click

from envaccess.domain.variable import Variable
from envaccess_demo.command_line import CommandLine
from envaccess_demo.story_workspace import DemoError, StoryWorkspace, part, scene
from envaccess_demo.terminal import alices_environment, make_folder
from slack_emulator import Message

VARIABLE = Variable("staging", "STRIPE_KEY")
GRANT_SECONDS = 2
_WHY = "replaying refunds"
_ENDED_WITH_ITS_GRANT = 124
"""The exit code of `envaccess run` then."""

_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{5}-[0-9A-Z]{5}\b")
_NUMBER = re.compile(r"^\s+(\d\d)\s")


async def play(workspace: StoryWorkspace, value: str) -> None:
    """Play it."""
    part("4. A process that ends with its access")
    terminal = _alices(workspace)
    await _sign_in(workspace, terminal)
    await _run(workspace, terminal, value)


def _alices(workspace: StoryWorkspace) -> CommandLine:
    settings = workspace.settings
    folder = make_folder(settings.home or Path())
    return CommandLine("Alice's terminal", folder, alices_environment(folder, settings.api_url or ""))


async def _sign_in(workspace: StoryWorkspace, terminal: CommandLine) -> None:
    scene("Alice types in #general:  /envaccess login")
    answer = await workspace.ask("login")
    workspace.show("Alice sees, and nobody else", answer)
    code = _CODE.search(workspace.slack.draw(answer))
    if not code:
        raise DemoError("there is no code for signing in")
    scene("In her terminal, Alice types:  envaccess login  and the code")
    process = await terminal.start("login")
    assert process.stdin
    process.stdin.write(f"{code[0]}\n".encode())
    process.stdin.close()
    number = await _number(terminal, process)
    question = await workspace.seen("the question for the number", workspace.alice, None, "Which number")
    workspace.show("Alice gets in her direct messages", question)
    scene(f"Alice presses {number}")
    await workspace.alice.press(question, number)
    click.echo("  Alice's terminal:")
    if await terminal.until_ended(process):
        raise DemoError("the terminal was not signed in")


async def _number(terminal: CommandLine, process: Process) -> str:
    async for line in terminal.lines(process):
        if shown := _NUMBER.match(line):
            return shown[1]
    raise DemoError("the terminal showed no number")


async def _run(workspace: StoryWorkspace, terminal: CommandLine, value: str) -> None:
    words = ("run", VARIABLE.label, f"{GRANT_SECONDS}s", _WHY, "--", "./worker")
    scene(
        f'In her terminal, Alice types:  envaccess run {VARIABLE.label} {GRANT_SECONDS}s "{_WHY}" -- ./worker'
    )
    process = await terminal.start(*words)
    running = asyncio.create_task(terminal.until_ended(process))
    try:
        request = await _request(workspace)
        workspace.show("Bob sees in #approvers", request)
        scene(f"Bob presses Approve; {GRANT_SECONDS} seconds later her access is over, and so is the worker")
        await workspace.bob.press(request, "Approve")
        click.echo("  Alice's terminal:")
        code = await running
    finally:
        running.cancel()
    if code != _ENDED_WITH_ITS_GRANT or any(value in line for line in terminal.said):
        raise DemoError(f"the worker did not end with its access: {code}")
    click.echo(f"    [exit code {code}: its access was over]")


async def _request(workspace: StoryWorkspace) -> Message:
    def waiting() -> Message | None:
        found = workspace.bob.find(_WHY, workspace.approvers)
        return found if found and "[ Approve ]" in workspace.slack.draw(found) else None

    return await workspace.wait("a message with Approve", waiting)
