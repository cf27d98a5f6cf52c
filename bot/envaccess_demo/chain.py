"""The second part of the story: two people must agree, and the second of them does not answer."""

from envaccess.domain.variable import Variable
from envaccess_demo.story_workspace import StoryWorkspace, part, scene
from envaccess_demo.test_controls import TestControls
from slack_emulator import Message

VARIABLE = Variable("production", "STRIPE_KEY")

_REMINDED_SECONDS = 10 * 60
"""The policy reminds the first step after so long."""
_ESCALATED_SECONDS = 60 * 60
"""The policy gives the second step so long."""


async def play(workspace: StoryWorkspace, controls: TestControls, value: str) -> None:
    """Play it."""
    part("2. Two people must agree, and one does not answer")
    asked, request = await _request(workspace)
    await _reminder(workspace, controls)
    await _first_step(workspace, request)
    await _escalation(workspace, controls)
    card = await _decided_at_home(workspace, request)
    scene("Alice presses Reveal")
    workspace.show("Alice sees, and nobody else", await workspace.reveal(card, value))
    scene("#audit says who was asked, who did not answer, and who agreed")
    await workspace.show_audit(workspace.request_of(asked), "grant.revealed")


async def _request(workspace: StoryWorkspace) -> tuple[Message, Message]:
    text = f"{VARIABLE.label} 1h paying out a refund by hand"
    scene(f"The policy file wants two steps for production. Alice types:  /envaccess {text}")
    asked = await workspace.ask(text)
    request = await workspace.seen("the chain's message", workspace.bob, workspace.approvers, "Step 1 of 2")
    workspace.show("Bob sees in #approvers", request)
    return asked, request


async def _reminder(workspace: StoryWorkspace, controls: TestControls) -> None:
    scene("Ten minutes go by (the demo moves its clock), and nobody decides")
    await controls.move_clock(_REMINDED_SECONDS)
    workspace.show(
        "The message's thread says",
        await workspace.seen("a reminder", workspace.bob, workspace.approvers, "Reminder"),
    )


async def _first_step(workspace: StoryWorkspace, request: Message) -> None:
    scene("Bob presses Approve: that is the first step, and Alice has nothing yet")
    await workspace.bob.press(request, "Approve")
    notification = await workspace.seen(
        "the call to the second step", workspace.carol, workspace.approvers, "Step 2 of 2 waits"
    )
    workspace.show("In the message's thread, Carol of @leads is called", notification)
    scene("Bob presses Approve again, for the second step")
    workspace.show("Bob sees", await workspace.answered(workspace.bob, request, "Approve"))


async def _escalation(workspace: StoryWorkspace, controls: TestControls) -> None:
    scene("An hour goes by, and Carol does not answer")
    await controls.move_clock(_ESCALATED_SECONDS)
    told = await workspace.seen(
        "the escalation", workspace.carol, workspace.approvers, "Nobody decided in time"
    )
    workspace.show("The thread now says", told)
    call = await workspace.seen("Dana's direct message", workspace.dana, None, "waits for you")
    workspace.show("Dana is not in #approvers, so she gets a direct message", call)


async def _decided_at_home(workspace: StoryWorkspace, request: Message) -> Message:
    scene("Dana opens envaccess' Home tab")
    await workspace.slack.open_home(workspace.dana)
    workspace.show_picture("Dana sees", await workspace.wait("Dana's Home tab", lambda: _home(workspace)))
    scene("She presses Approve there")
    assert workspace.dana.home
    await workspace.dana.home.press("Approve")
    card = await workspace.seen("a card with Reveal", workspace.alice, None, "[ Reveal ]")
    await workspace.wait(
        "the decision in #approvers", lambda: "[ Approve ]" not in workspace.slack.draw(request)
    )
    workspace.show("#approvers now says", request)
    return card


def _home(workspace: StoryWorkspace) -> str | None:
    picture = workspace.slack.draw(workspace.dana.home) if workspace.dana.home else ""
    return picture if "[ Approve ]" in picture else None
