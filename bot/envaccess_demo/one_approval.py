"""The first part of the story: asked, decided by somebody else, shown to one person, over by itself."""

from envaccess.domain.variable import Variable
from envaccess_demo.story_workspace import StoryWorkspace, part, scene
from slack_emulator import Message

VARIABLE = Variable("default", "STRIPE_KEY")
GRANT_SECONDS = 5


async def play(workspace: StoryWorkspace, value: str) -> None:
    """Play it."""
    part("1. Access that ends by itself")
    asked, request = await _request(workspace)
    await _refused_self_approval(workspace, request)
    card = await _approval(workspace, request)
    scene("Alice presses Reveal")
    workspace.show("Alice sees, and nobody else", await workspace.reveal(card, value))
    await _expiry(workspace, card)
    scene("Dana, of the security team, reads #audit")
    await workspace.show_audit(workspace.request_of(asked), "grant_ended")


async def _request(workspace: StoryWorkspace) -> tuple[Message, Message]:
    text = f"{VARIABLE.label} {GRANT_SECONDS}s debugging a failed refund"
    scene(f"Alice types in #general:  /envaccess {text}")
    asked = await workspace.ask(text)
    workspace.show("Alice sees", asked)
    request = await workspace.seen(
        "a message with Approve", workspace.bob, workspace.approvers, "[ Approve ]"
    )
    workspace.show("Bob sees in #approvers", request)
    return asked, request


async def _refused_self_approval(workspace: StoryWorkspace, request: Message) -> None:
    scene("Alice, who is in #approvers too, presses Approve on her own request")
    workspace.show("Alice sees", await workspace.answered(workspace.alice, request, "Approve"))


async def _approval(workspace: StoryWorkspace, request: Message) -> Message:
    scene("Bob presses Approve")
    await workspace.bob.press(request, "Approve")
    card = await workspace.seen("a card with Reveal", workspace.alice, None, "[ Reveal ]")
    await workspace.wait(
        "the decision in #approvers", lambda: "[ Approve ]" not in workspace.slack.draw(request)
    )
    workspace.show("#approvers now says", request)
    workspace.show("Alice gets in her direct messages", card)
    return card


async def _expiry(workspace: StoryWorkspace, card: Message) -> None:
    shown = card.revisions[-1]
    scene(f"{GRANT_SECONDS} seconds after the approval, the key's own TTL ends in Redis")
    await workspace.wait("the end on the card", lambda: "[ Reveal ]" not in workspace.slack.draw(card))
    workspace.show("Alice's card now says", card)
    scene("Alice presses Reveal on a screen that still shows the button")
    press = await workspace.alice.press(card, "Reveal", shown=shown)
    await workspace.wait("a private refusal", lambda: press.answers)
    workspace.show("Alice sees", press.answers[0])
