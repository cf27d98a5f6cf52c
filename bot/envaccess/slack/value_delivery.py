"""Hand values over after the ack, and say privately what went wrong."""

from collections.abc import Callable, Coroutine
from typing import Any

from envaccess import log
from envaccess.application.grants.push import is_pushed, push
from envaccess.application.grants.reveal import hand_over
from envaccess.application.ports.delivery import Reach
from envaccess.domain.outcome import Claim, Decided, Failure, Filed
from envaccess.domain.refusal import Refusal
from envaccess.projections.errors import MessageError, MessageUncertainError
from envaccess.slack.delivery import BesideDelivery, PressedReach
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.handler_faults import UnexpectedFault, answered
from envaccess.slack.payload import Caller
from envaccess.slack.render.answers import render_failure, render_fault
from envaccess.slack.render.blocks import Rendered
from envaccess.slack.render.forms import notice
from envaccess.slack.render.refusals import render_refusal


def reach(handler: HandlerContext, who: Caller) -> Reach:
    """How somebody is reached who wants to see a value: in direct messages, or where they are."""
    return PressedReach(handler.delivery) if who.response_url else handler.delivery


def hand_over_later(
    handler: HandlerContext, claim: Claim, who: Caller, done: Rendered | None = None
) -> Callable[[], Coroutine[Any, Any, None]]:
    """What `Reply.after` begins: read and show the values, or tell why they could not be shown.

    `done` is said when they are, where that is not seen at once.
    """

    async def begin() -> None:
        beside = [BesideDelivery(handler.responder, who.response_url)] if who.response_url else []
        failure = await answered("hand_over", hand_over(handler.context, claim, handler.delivery, *beside))
        answer = done if failure is None else _told(failure, claim)
        if answer:
            await tell(handler, who, answer)

    return begin


def push_later(
    handler: HandlerContext, outcome: Decided | Filed, requester: str
) -> Callable[[], Coroutine[Any, Any, None]] | None:
    """What `Reply.after` begins where the policy shows the value at once."""
    if not is_pushed(outcome):
        return None
    return lambda: push(handler.context, handler.delivery, outcome.id, requester)


def _told(failure: Failure | Refusal | UnexpectedFault, claim: Claim) -> Rendered:
    return render_failure(failure, claim) if isinstance(failure, Failure) else in_words(failure)


def in_words(outcome: Refusal | UnexpectedFault) -> Rendered:
    """The message about a refusal or a fault."""
    return render_refusal(outcome) if isinstance(outcome, Refusal) else render_fault(outcome.id)


async def tell(handler: HandlerContext, who: Caller, answer: Rendered, *, replaces: bool = False) -> None:
    """The one private answer that a press may have; a lost one is logged, not repeated.

    It is a POST to the `response_url`; in the Home tab, which has none, it is a small modal.
    """
    try:
        if who.response_url:
            say = handler.responder.replace if replaces else handler.responder.answer
            await say(who.response_url, answer)
        elif who.at_home:
            await handler.forms.open_view(who.trigger, notice("envaccess", *answer.blocks))
        else:
            raise MessageUncertainError("the payload has no response_url")
    except MessageError as fault:
        log.fault("answer_lost", fault)
