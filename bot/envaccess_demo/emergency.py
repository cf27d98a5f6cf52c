"""The third part of the story: access at once, told to everybody, and reviewed by somebody else."""

from envaccess.domain.variable import Variable
from envaccess_demo.cast import Cast, part, scene
from envaccess_demo.test_controls import TestControls
from slack_emulator import Message

VARIABLE = Variable("production", "DB_URL")

_LATER_SECONDS = 60 * 60
"""The policy reminds of an open review after so long."""


async def play(cast: Cast, hand: TestControls, value: str) -> None:
    """Play it."""
    part("3. An emergency, and its review")
    asked, message = await _emergency(cast, value)
    await _not_her_own_review(cast, message)
    await _reminder(cast, hand)
    await _review(cast, message)
    scene("#audit has the emergency and its review")
    await cast.show_audit(cast.request_of(asked), "emergency.reviewed")


async def _emergency(cast: Cast, value: str) -> tuple[Message, Message]:
    text = f"emergency {VARIABLE.label} checkout is down and the database is full"
    scene(f"The shop is down at night, and Alice is on call. She types:  /envaccess {text}")
    asked = await cast.ask(text)
    cast.show("Alice sees", asked)
    card = await cast.seen("a card with Reveal", cast.alice, None, f"access to `{VARIABLE.label}`")
    await cast.reveal(card, value)
    message = await cast.seen("the announcement", cast.bob, cast.approvers, "*Emergency*")
    cast.show("She can Reveal at once, and #approvers is told", message)
    return asked, message


async def _not_her_own_review(cast: Cast, message: Message) -> None:
    scene("Alice, who is in #approvers too, presses Close review")
    cast.show("Alice sees", await cast.answered(cast.alice, message, "Close review"))


async def _reminder(cast: Cast, hand: TestControls) -> None:
    scene("An hour goes by: the access is over, and nobody has reviewed it")
    await hand.move_clock(_LATER_SECONDS)
    told = await cast.seen("the reminder", cast.bob, cast.approvers, "is not reviewed yet")
    cast.show("The message's thread says", told)


async def _review(cast: Cast, message: Message) -> None:
    scene("Bob presses Close review, and writes what he found")
    await cast.bob.press(message, "Close review")
    form = await cast.wait("the form", lambda: cast.bob.modal)
    await form.fill({"reason": "Looked at the queries of that night: nothing else was touched."})
    await form.submit()
    await cast.wait("the review", lambda: "*Reviewed*" in cast.slack.draw(message) or None)
    cast.show("#approvers now says", message)
