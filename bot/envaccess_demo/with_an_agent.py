"""The last part of the story: an agent calls a service with a value that it never sees."""

from asyncio.subprocess import Process
from pathlib import Path

import click

from envaccess.domain.variable import Variable
from envaccess_demo.command_line import CommandLine
from envaccess_demo.story_workspace import DemoError, StoryWorkspace, part, scene
from envaccess_demo.terminal import agent_environment, alices_environment, alices_folder, make_agent
from envaccess_demo.terminal.agent import VARIABLE as LABEL
from envaccess_demo.terminal.agent import WHY
from envaccess_demo.tracker import Tracker
from slack_emulator import Message

VARIABLE = Variable(*LABEL.split("/"))
_NAME = "triage"


async def play(workspace: StoryWorkspace, tracker: Tracker, value: str) -> None:
    """Play it."""
    part("6. An agent that never sees the value")
    home = workspace.settings.home or Path()
    folder = alices_folder(home)
    terminal = CommandLine(
        "Alice's terminal", folder, alices_environment(folder, workspace.settings.api_url or "")
    )
    scene(f"In her terminal, Alice types:  envaccess broker {_NAME} --for 10m")
    broker = await terminal.start("broker", _NAME, "--for", "10m")
    try:
        await _start(workspace, terminal, broker)
        agent = CommandLine(
            "The agent", make_agent(home), agent_environment(home), "envaccess_demo.terminal.agent"
        )
        request = await _ask(workspace, agent)
        await _use(agent, tracker, value)
        scene("That ended its access")
        ended = "because a service answered with the value itself"
        await workspace.wait("the end of the access", lambda: ended in workspace.slack.draw(request))
        workspace.show("#approvers now says", request)
    finally:
        broker.terminate()
        await broker.wait()


async def _start(workspace: StoryWorkspace, terminal: CommandLine, broker: Process) -> None:
    question = await workspace.seen("the question for the agent", workspace.alice, None, "Start agent")
    workspace.show("Alice gets in her direct messages", question)
    scene("Alice presses Start: the agent gets the address that her terminal prints, and nothing else")
    await workspace.alice.press(question, "Start")
    click.echo("  Alice's terminal:")
    async for line in terminal.lines(broker):
        if "ends it" in line:
            return
    raise DemoError("the broker did not start")


async def _ask(workspace: StoryWorkspace, agent: CommandLine) -> Message:
    """The request, as approvers see it."""
    scene("The agent calls a service, and then asks for access, as the broker told it")
    await _do(agent, "issues", "ask")
    proposal = await workspace.seen("what the agent wants", workspace.alice, None, "[ Let it ask ]")
    workspace.show("Alice gets in her direct messages", proposal)
    scene("Alice presses Let it ask: only now is there a request, and she may not approve it")
    await workspace.alice.press(proposal, "Let it ask")
    request = await workspace.wait("a message with Approve", lambda: _waiting(workspace))
    workspace.show("Bob sees in #approvers", request)
    scene("Bob presses Approve")
    await workspace.bob.press(request, "Approve")
    await workspace.wait("the decision", lambda: "[ Approve ]" not in workspace.slack.draw(request))
    return request


async def _use(agent: CommandLine, tracker: Tracker, value: str) -> None:
    scene("The agent calls the service: the broker puts the value into the call's header, on its way")
    await _do(agent, "issues")
    if tracker.sent != f"Bearer {value}":
        raise DemoError("the service did not get the value")
    scene("The agent tries to print the value. The last call is answered with what was sent: it is cut off")
    await _do(agent, "print")
    if any(value in line for line in agent.said):
        raise DemoError("the agent saw the value")


async def _do(agent: CommandLine, *words: str) -> None:
    process = await agent.start(*words)
    if await agent.until_ended(process):
        raise DemoError(f"the agent failed at {' '.join(words)}")


def _waiting(workspace: StoryWorkspace) -> Message | None:
    found = workspace.bob.find(WHY, workspace.approvers)
    return found if found and "[ Approve ]" in workspace.slack.draw(found) else None
