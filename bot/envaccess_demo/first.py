"""The first part of the story: asked, decided by somebody else, shown to one person, over by itself."""

from envaccess.domain.variable import Variable
from envaccess_demo.cast import Cast, part, scene
from slack_emulator import Message

VARIABLE = Variable("default", "STRIPE_KEY")
GRANT_SECONDS = 5


async def play(cast: Cast, value: str) -> None:
    """Play it."""
    part("1. Access that ends by itself")
    asked, request = await _request(cast)
    await _refused_self_approval(cast, request)
    card = await _approval(cast, request)
    scene("Alice presses Reveal")
    cast.show("Alice sees, and nobody else", await cast.reveal(card, value))
    await _expiry(cast, card)
    scene("Dana, of the security team, reads #audit")
    await cast.show_audit(cast.request_of(asked), "grant_ended")


async def _request(cast: Cast) -> tuple[Message, Message]:
    text = f"{VARIABLE.label} {GRANT_SECONDS}s debugging a failed refund"
    scene(f"Alice types in #general:  /envaccess {text}")
    asked = await cast.ask(text)
    cast.show("Alice sees", asked)
    request = await cast.seen("a message with Approve", cast.bob, cast.approvers, "[ Approve ]")
    cast.show("Bob sees in #approvers", request)
    return asked, request


async def _refused_self_approval(cast: Cast, request: Message) -> None:
    scene("Alice, who is in #approvers too, presses Approve on her own request")
    cast.show("Alice sees", await cast.answered(cast.alice, request, "Approve"))


async def _approval(cast: Cast, request: Message) -> Message:
    scene("Bob presses Approve")
    await cast.bob.press(request, "Approve")
    card = await cast.seen("a card with Reveal", cast.alice, None, "[ Reveal ]")
    await cast.wait("the decision in #approvers", lambda: "[ Approve ]" not in cast.slack.draw(request))
    cast.show("#approvers now says", request)
    cast.show("Alice gets in her direct messages", card)
    return card


async def _expiry(cast: Cast, card: Message) -> None:
    face = card.faces[-1]
    scene(f"{GRANT_SECONDS} seconds after the approval, the key's own TTL ends in Redis")
    await cast.wait("the end on the card", lambda: "[ Reveal ]" not in cast.slack.draw(card))
    cast.show("Alice's card now says", card)
    scene("Alice presses Reveal on a screen that still shows the button")
    press = await cast.alice.press(card, "Reveal", shown=face)
    await cast.wait("a private refusal", lambda: press.answers)
    cast.show("Alice sees", press.answers[0])
