"""Buttons: a table of what each one does. None trusts what its payload says about names or states (law 8)."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final

from envaccess import log
from envaccess.application.exposure import with_seen
from envaccess.application.gate import refuse_pressed
from envaccess.application.grants.reveal import claim_reveal
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.leases.located import with_leased
from envaccess.application.people.lock import unlock_by_id
from envaccess.application.refuse import refuse
from envaccess.application.requests.again import ask_again
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.decide import decide, may_decide_now
from envaccess.application.requests.extend import may_extend
from envaccess.application.requests.questions import may_answer
from envaccess.application.reviews.review import may_review
from envaccess.application.rotations.press import believe, may_press, try_again
from envaccess.application.signals.judge import judge_alert, may_judge
from envaccess.domain.limits import Act
from envaccess.domain.metrics import words
from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, Verb
from envaccess.domain.signals.alerts import Disposition
from envaccess.domain.tracing import SpanName, traced
from envaccess.projections.errors import MessageError
from envaccess.slack.access_reviews import is_about_review, press_about_review
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.handler_faults import answered
from envaccess.slack.history_buttons import is_about_history, turn_history
from envaccess.slack.names import (
    AGAIN,
    ALERT_EXPECTED,
    ALERT_FOUND,
    ALERT_LOOK,
    ANSWER,
    APPROVE,
    APPROVE_LESS,
    ASK,
    BULK,
    CANCEL,
    DENY,
    END,
    EXTEND,
    HIDE,
    NEW,
    PAGE,
    REVEAL,
    REVIEW,
    ROTATE_AGAIN,
    ROTATED,
    UNLOCK,
)
from envaccess.slack.payload import ButtonPress, read_press
from envaccess.slack.render.alerts import found_form
from envaccess.slack.render.answers import render_claim, render_filed
from envaccess.slack.render.blocks import Block, say
from envaccess.slack.render.forms import request_form
from envaccess.slack.render.forms_deciding import (
    answer_form,
    bulk_form,
    deny_form,
    extend_form,
    less_form,
    question_form,
    review_form,
)
from envaccess.slack.render.home import page_number, read_pages
from envaccess.slack.render.locks import render_unlocked
from envaccess.slack.session_buttons import is_about_session, press_about_session
from envaccess.slack.tap_buttons import TAP_VERDICTS, press_about_release
from envaccess.slack.value_delivery import hand_over_later, in_words, push_later, reach, tell

Handler = Callable[[HandlerContext, ButtonPress, str], Awaitable[HandlerReply | Refusal]]


async def press_button(handler: HandlerContext, body: Mapping[str, Any]) -> HandlerReply | Refusal:
    """Whatever was pressed, what it came to. What succeeds is seen in the pressed message itself."""
    press = read_press(body, handler.context.ids.operation())
    if press.action == HIDE:
        return HandlerReply(after=lambda: _hide(handler, press))
    if not _is_known(press):
        return HandlerReply()  # a select in a form tells us of every choice: nothing to do
    act = Act.COMMAND if press.action == AGAIN or is_about_history(press) else Act.PRESS
    sisters = handler.context.rulebook.current.sisters if press.action in _OF_DECIDERS else ()
    if refusal := await refuse_pressed(handler.context, press.who.call, press.action, act, sisters):
        return refusal
    with traced(_VERB, press.action.partition(":")[0]):
        if press.action in TAP_VERDICTS:
            return await press_about_release(handler, press)
        if press.home is not None:
            return await press_at_home(handler, press)
        return await _press(handler, press)


def _is_known(press: ButtonPress) -> bool:
    at_home = press.home is not None and (press.action in {NEW, BULK, UNLOCK} or bool(_turned(press)))
    known = press.action in _HANDLERS or press.action in TAP_VERDICTS
    about_more = is_about_session(press) or is_about_history(press) or is_about_review(press)
    return at_home or known or about_more


def _turned(press: ButtonPress) -> dict[str, int]:
    """Which part of the Home tab is turned to which page; empty where the button turns none."""
    action, _, part = press.action.partition(":")
    page = page_number(press.value) if action == PAGE else None
    return {} if page is None else {part.partition(":")[0]: page}


async def press_at_home(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    """A button of the Home tab; the tab is drawn again afterwards, whatever came of it."""
    pages = read_pages(press.home or "")
    turned = _turned(press)
    if turned:
        pages |= turned
    elif press.action == NEW:
        return await _open(handler, press, request_form())
    elif press.action == BULK:
        return await _open(handler, press, bulk_form())
    else:
        outcome = await (_unlock(handler, press) if press.action == UNLOCK else _press(handler, press))
        after = outcome.after if isinstance(outcome, HandlerReply) else None
        answer = in_words(outcome) if isinstance(outcome, Refusal) else outcome.answer
        return HandlerReply(answer, lambda: _then_draw(handler, press, pages, after))
    return HandlerReply(after=lambda: handler.home.opened(press.who.user, pages))


async def _unlock(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    unlocked = await unlock_by_id(handler.context, press.who.call, press.value)
    return unlocked if isinstance(unlocked, Refusal) else HandlerReply(render_unlocked(unlocked))


async def _then_draw(
    handler: HandlerContext,
    press: ButtonPress,
    pages: Mapping[str, int],
    after: Callable[[], Coroutine[Any, Any, None]] | None,
) -> None:
    if after:
        await after()
    await handler.home.opened(press.who.user, pages)


async def _press(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    if is_about_review(press):
        return await press_about_review(handler, press)
    if is_about_history(press):
        return await turn_history(handler, press)
    about = press_about_session if is_about_session(press) else press_about
    return await about(handler, press)


async def press_about(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    """A button about one request."""
    if press.request is None:
        return await refuse(handler.context, press.who.call, press.action, Refusal(Reason.UNKNOWN_ID))
    return await _HANDLERS[press.action](handler, press, press.request)


async def _approve(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    outcome = await decide(handler.context, press.call, request, Verb.APPROVE, "")
    if isinstance(outcome, Refusal):
        return outcome
    return HandlerReply(after=push_later(handler, outcome, outcome.requester))


async def _open(handler: HandlerContext, press: ButtonPress, form: Block) -> HandlerReply:
    try:
        await handler.forms.open_view(press.who.trigger, form)
    except MessageError as fault:
        log.fault("form_not_opened", fault)
        return HandlerReply(
            say("Slack did not open the form in time. Nothing was changed; please press the button again.")
        )
    return HandlerReply()


def _deciding(form: Callable[[Request, str], Block], tried: Verb | str) -> Handler:
    """A button that opens a form for whoever may decide this request now; `tried` names a refused attempt."""

    async def handle(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
        found = await may_decide_now(handler.context, press.call, request, tried)
        if isinstance(found, Refusal):
            return found
        found = with_leased(handler.context, await with_seen(handler.context, found))
        return await _open(handler, press, form(found, press.ts))

    return handle


async def _answer(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    found = await may_answer(handler.context, press.who.call, request)
    return found if isinstance(found, Refusal) else await _open(handler, press, answer_form(found, press.ts))


async def _extend(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    found = await may_extend(handler.context, press.who.call, request)
    return found if isinstance(found, Refusal) else await _open(handler, press, extend_form(found, press.ts))


async def _again(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    """The same once more, in one click."""
    filed = await ask_again(handler.context, press.who.call, request)
    if isinstance(filed, Refusal):
        return filed
    return HandlerReply(render_filed(filed), push_later(handler, filed, press.who.user))


async def _review(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    found = await may_review(handler.context, press.who.call, request)
    return found if isinstance(found, Refusal) else await _open(handler, press, review_form(found, press.ts))


def _judging(disposition: Disposition) -> Handler:
    """A button that judges an alert; its message shows it."""

    async def handle(handler: HandlerContext, press: ButtonPress, alert: str) -> HandlerReply | Refusal:
        outcome = await judge_alert(handler.context, press.call, alert, disposition)
        return outcome if isinstance(outcome, Refusal) else HandlerReply()

    return handle


async def _found(handler: HandlerContext, press: ButtonPress, alert: str) -> HandlerReply | Refusal:
    found = await may_judge(handler.context, press.who.call, alert, Disposition.NOT_EXPECTED)
    return found if isinstance(found, Refusal) else await _open(handler, press, found_form(found, press.ts))


async def _reveal(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    claim = await claim_reveal(handler.context, reach(handler, press.who), press.call, request)
    if isinstance(claim, Claim):
        seen = None if press.home is None else render_claim(claim)
        return HandlerReply(after=hand_over_later(handler, claim, press.who, seen))
    return claim


async def _end(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    outcome = await revoke_grant(handler.context, press.call, request)
    return outcome if isinstance(outcome, Refusal) else HandlerReply()


async def _cancel(handler: HandlerContext, press: ButtonPress, request: str) -> HandlerReply | Refusal:
    outcome = await cancel_request(handler.context, press.call, request)
    return outcome if isinstance(outcome, Refusal) else HandlerReply()


async def _rotated(handler: HandlerContext, press: ButtonPress, rotation: str) -> HandlerReply | Refusal:
    """Somebody says that they rotated it: the source is asked after the ack, and believed."""
    found = await may_press(handler.context, press.call, rotation)
    if isinstance(found, Refusal):
        return found

    async def look() -> None:
        outcome = await answered("rotated", believe(handler.context, press.call, rotation))
        if outcome is not None:
            await tell(handler, press.who, in_words(outcome))

    return HandlerReply(after=look)


async def _rotate_again(handler: HandlerContext, press: ButtonPress, rotation: str) -> HandlerReply | Refusal:
    outcome = await try_again(handler.context, press.call, rotation)
    return outcome if isinstance(outcome, Refusal) else HandlerReply()


async def _hide(handler: HandlerContext, press: ButtonPress) -> None:
    # Nothing to check: the address comes from Slack with the press, and removes only what was pressed.
    try:
        await handler.responder.delete_original(press.who.response_url)
    except MessageError as fault:
        log.fault("not_hidden", fault)


_OF_DECIDERS: Final = frozenset({APPROVE, DENY, APPROVE_LESS, ASK})
"""Buttons that people of a sister workspace may press, where the policy lets them decide."""
_HANDLERS: dict[str, Handler] = {
    APPROVE: _approve,
    DENY: _deciding(deny_form, Verb.DENY),
    REVEAL: _reveal,
    END: _end,
    CANCEL: _cancel,
    APPROVE_LESS: _deciding(less_form, Verb.APPROVE),
    ASK: _deciding(question_form, "ask"),
    ANSWER: _answer,
    EXTEND: _extend,
    AGAIN: _again,
    REVIEW: _review,
    ALERT_EXPECTED: _judging(Disposition.EXPECTED),
    ALERT_LOOK: _judging(Disposition.LOOK_INTO_IT),
    ALERT_FOUND: _found,
    ROTATED: _rotated,
    ROTATE_AGAIN: _rotate_again,
}
_VERB: Final = SpanName(
    "verb", attributes={"verb": words(*_HANDLERS, *TAP_VERDICTS, NEW, BULK, UNLOCK, PAGE)}
)
