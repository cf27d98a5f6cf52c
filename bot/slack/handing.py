"""Hand values over after the ack, and say privately what went wrong."""

from collections.abc import Callable, Coroutine
from typing import Any

from bot import log
from bot.domain.errors import MessageError
from bot.domain.outcome import Claim, Decided, Failure, Filed
from bot.domain.refusal import Refusal
from bot.services.push import is_pushed, push
from bot.services.reveal import hand_over
from bot.slack.desk import Desk
from bot.slack.faults import Fault, answered
from bot.slack.render import Rendered, render_failure, render_fault, render_refusal


def hand_over_later(desk: Desk, claim: Claim, response_url: str) -> Callable[[], Coroutine[Any, Any, None]]:
    """What `Reply.after` begins: read and show the values, or tell why they could not be shown."""

    async def begin() -> None:
        failure = await answered("hand_over", hand_over(desk.world, desk.messages, claim))
        if failure is not None:
            await tell(desk, response_url, _told(failure, claim))

    return begin


def push_later(
    desk: Desk, outcome: Decided | Filed, requester: str
) -> Callable[[], Coroutine[Any, Any, None]] | None:
    """What `Reply.after` begins where the policy shows the value at once."""
    if not is_pushed(outcome):
        return None
    return lambda: push(desk.world, desk.messages, outcome.id, requester)


def _told(failure: Failure | Refusal | Fault, claim: Claim) -> Rendered:
    return render_failure(failure, claim) if isinstance(failure, Failure) else in_words(failure)


def in_words(outcome: Refusal | Fault) -> Rendered:
    """A refusal or a fault in words."""
    return render_refusal(outcome) if isinstance(outcome, Refusal) else render_fault(outcome.id)


async def tell(desk: Desk, response_url: str, answer: Rendered) -> None:
    """The one private POST that a press may be answered with; a lost answer is logged, not repeated."""
    if not response_url:
        log.fault("answer_lost", MessageError("the payload has no response_url"))
        return
    try:
        await desk.responder.answer(response_url, answer)
    except MessageError as fault:
        log.fault("answer_lost", fault)
