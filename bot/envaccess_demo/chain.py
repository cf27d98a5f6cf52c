"""The second part of the story: two people must agree, and the second of them does not answer."""

from envaccess.domain.variable import Variable
from envaccess_demo.cast import Cast, part, scene
from envaccess_demo.test_controls import TestControls
from slack_emulator import Message

VARIABLE = Variable("production", "STRIPE_KEY")

_REMINDED_SECONDS = 10 * 60
"""The policy reminds the first step after so long."""
_ESCALATED_SECONDS = 60 * 60
"""The policy gives the second step so long."""


async def play(cast: Cast, hand: TestControls, value: str) -> None:
    """Play it."""
    part("2. Two people must agree, and one does not answer")
    asked, request = await _request(cast)
    await _reminder(cast, hand)
    await _first_step(cast, request)
    await _escalation(cast, hand)
    card = await _decided_at_home(cast, request)
    scene("Alice presses Reveal")
    cast.show("Alice sees, and nobody else", await cast.reveal(card, value))
    scene("#audit says who was asked, who did not answer, and who agreed")
    await cast.show_audit(cast.request_of(asked), "grant.revealed")


async def _request(cast: Cast) -> tuple[Message, Message]:
    text = f"{VARIABLE.label} 1h paying out a refund by hand"
    scene(f"The policy file wants two steps for production. Alice types:  /envaccess {text}")
    asked = await cast.ask(text)
    request = await cast.seen("the chain's message", cast.bob, cast.approvers, "Step 1 of 2")
    cast.show("Bob sees in #approvers", request)
    return asked, request


async def _reminder(cast: Cast, hand: TestControls) -> None:
    scene("Ten minutes go by (the demo moves its clock), and nobody decides")
    await hand.move_clock(_REMINDED_SECONDS)
    cast.show(
        "The message's thread says", await cast.seen("a reminder", cast.bob, cast.approvers, "Reminder")
    )


async def _first_step(cast: Cast, request: Message) -> None:
    scene("Bob presses Approve: that is the first step, and Alice has nothing yet")
    await cast.bob.press(request, "Approve")
    notification = await cast.seen(
        "the call to the second step", cast.carol, cast.approvers, "Step 2 of 2 waits"
    )
    cast.show("In the message's thread, Carol of @leads is called", notification)
    scene("Bob presses Approve again, for the second step")
    cast.show("Bob sees", await cast.answered(cast.bob, request, "Approve"))


async def _escalation(cast: Cast, hand: TestControls) -> None:
    scene("An hour goes by, and Carol does not answer")
    await hand.move_clock(_ESCALATED_SECONDS)
    told = await cast.seen("the escalation", cast.carol, cast.approvers, "Nobody decided in time")
    cast.show("The thread now says", told)
    call = await cast.seen("Dana's direct message", cast.dana, None, "waits for you")
    cast.show("Dana is not in #approvers, so she gets a direct message", call)


async def _decided_at_home(cast: Cast, request: Message) -> Message:
    scene("Dana opens envaccess' Home tab")
    await cast.slack.open_home(cast.dana)
    cast.show_picture("Dana sees", await cast.wait("Dana's Home tab", lambda: _home(cast)))
    scene("She presses Approve there")
    assert cast.dana.home
    await cast.dana.home.press("Approve")
    card = await cast.seen("a card with Reveal", cast.alice, None, "[ Reveal ]")
    await cast.wait("the decision in #approvers", lambda: "[ Approve ]" not in cast.slack.draw(request))
    cast.show("#approvers now says", request)
    return card


def _home(cast: Cast) -> str | None:
    picture = cast.slack.draw(cast.dana.home) if cast.dana.home else ""
    return picture if "[ Approve ]" in picture else None
