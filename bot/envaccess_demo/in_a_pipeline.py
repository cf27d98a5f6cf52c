"""The fifth part of the story: a pipeline asks with the token of its platform, and stores no secret."""

import asyncio
from pathlib import Path

import click

from envaccess.domain.variable import Variable
from envaccess_demo.command_line import CommandLine
from envaccess_demo.issuer import mint_token
from envaccess_demo.story_workspace import DemoError, StoryWorkspace, part, scene
from envaccess_demo.terminal import job_environment, make_job
from slack_emulator import Message

VARIABLE = Variable("release", "DEPLOY_KEY")
_WHY = "deploy of v42"
_SPAN = "5m"


async def play(workspace: StoryWorkspace, value: str) -> None:
    """Play it."""
    part("5. A pipeline without a stored secret")
    settings = workspace.settings
    server, folder = settings.api_url or "", make_job(settings.home or Path())
    token = folder / "token"
    token.write_text(mint_token(settings.home or Path(), server), encoding="utf-8")
    token.chmod(0o600)
    job = CommandLine("The job's log", folder, job_environment(folder, server))
    scene("Alice pushes to main. The platform signs a token for the job, which runs:")
    words = ("run", "--identity", f"file:{token.name}", VARIABLE.label, _SPAN, _WHY, "--", "./release")
    click.secho(f"  envaccess run --identity auto {VARIABLE.label} {_SPAN} '{_WHY}' -- ./release", bold=True)
    process = await job.start(*words)
    running = asyncio.create_task(job.until_ended(process))
    try:
        await _approve(workspace)
        click.echo("  The job's log:")
        code = await running
    finally:
        running.cancel()
    if code or any(value in line for line in job.said):
        raise DemoError(f"the job did not end well: {code}")
    click.echo("    [exit code 0: deployed; the next run asks again]")


async def _approve(workspace: StoryWorkspace) -> None:
    request = await workspace.wait("a message with Approve", lambda: _waiting(workspace))
    workspace.show("Bob sees in #approvers, with a link to the run", request)
    scene("Alice, whose push began the run, presses Approve")
    workspace.show("Alice sees", await workspace.answered(workspace.alice, request, "Approve"))
    scene("Bob presses Approve")
    await workspace.bob.press(request, "Approve")


def _waiting(workspace: StoryWorkspace) -> Message | None:
    found = workspace.bob.find(_WHY, workspace.approvers)
    return found if found and "[ Approve ]" in workspace.slack.draw(found) else None
