"""The third part of the story: access at once, told to everybody, and reviewed by somebody else."""

from envaccess.domain.variable import Variable
from envaccess_demo.story_workspace import StoryWorkspace, part, scene
from envaccess_demo.test_controls import TestControls
from slack_emulator import Message

VARIABLE = Variable("production", "DB_URL")

_LATER_SECONDS = 60 * 60
"""The policy reminds of an open review after so long."""


async def play(workspace: StoryWorkspace, controls: TestControls, value: str) -> None:
    """Play it."""
    part("3. An emergency, and its review")
    asked, message = await _emergency(workspace, value)
    await _not_her_own_review(workspace, message)
    await _reminder(workspace, controls)
    await _review(workspace, message)
    scene("#audit has the emergency and its review")
    await workspace.show_audit(workspace.request_of(asked), "emergency.reviewed")


async def _emergency(workspace: StoryWorkspace, value: str) -> tuple[Message, Message]:
    text = f"emergency {VARIABLE.label} checkout is down and the database is full"
    scene(f"The shop is down at night, and Alice is on call. She types:  /envaccess {text}")
    asked = await workspace.ask(text)
    workspace.show("Alice sees", asked)
    card = await workspace.seen("a card with Reveal", workspace.alice, None, f"access to `{VARIABLE.label}`")
    await workspace.reveal(card, value)
    message = await workspace.seen("the announcement", workspace.bob, workspace.approvers, "*Emergency*")
    workspace.show("She can Reveal at once, and #approvers is told", message)
    return asked, message


async def _not_her_own_review(workspace: StoryWorkspace, message: Message) -> None:
    scene("Alice, who is in #approvers too, presses Close review")
    workspace.show("Alice sees", await workspace.answered(workspace.alice, message, "Close review"))


async def _reminder(workspace: StoryWorkspace, controls: TestControls) -> None:
    scene("An hour goes by: the access is over, and nobody has reviewed it")
    await controls.move_clock(_LATER_SECONDS)
    told = await workspace.seen("the reminder", workspace.bob, workspace.approvers, "is not reviewed yet")
    workspace.show("The message's thread says", told)


async def _review(workspace: StoryWorkspace, message: Message) -> None:
    scene("Bob presses Close review, and writes what he found")
    await workspace.bob.press(message, "Close review")
    form = await workspace.wait("the form", lambda: workspace.bob.modal)
    await form.fill({"reason": "Looked at the queries of that night: nothing else was touched."})
    await form.submit()
    await workspace.wait("the review", lambda: "*Reviewed*" in workspace.slack.draw(message) or None)
    workspace.show("#approvers now says", message)
