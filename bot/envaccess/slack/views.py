"""Submitted forms: what was typed is read and ruled here again, and the answer is the form's next state."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from envaccess.application.gate import refuse_typed
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.waiting import deny_all, stale_for
from envaccess.domain.command import Ask
from envaccess.domain.limits import Act
from envaccess.domain.metrics import words
from envaccess.domain.policy.ruling import USUAL
from envaccess.domain.refusal import Refusal
from envaccess.domain.tracing import SpanName, traced
from envaccess.domain.typed_parts import BadCommand, read_duration, read_names, read_opening, read_reason
from envaccess.slack.access_reviews import NOT_SAVED, submit_judgements
from envaccess.slack.form_answers import Answer, errors, fields_of, op_of_form, refused_form, turn_into
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.names import (
    AGE,
    BULK_FORM,
    DENY_FORM,
    DURATION,
    JUDGE_FORM,
    LESS_FORM,
    NO_MATCH,
    QUESTION_FORM,
    REASON,
    REQUEST_FORM,
    USUAL_TIME,
    VARIABLES,
)
from envaccess.slack.payload import Caller, chosen, dig, read_caller, text
from envaccess.slack.render.answers import render_bulk, render_filed
from envaccess.slack.render.forms import notice
from envaccess.slack.render.guide import field_error
from envaccess.slack.request_forms import ABOUT_REQUEST, submit_about_request
from envaccess.slack.value_delivery import push_later

_CHOOSE = "Please choose at least one variable from the list."


async def submit_form(handler: HandlerContext, body: Mapping[str, Any]) -> Answer:
    """Whichever form was sent, what it turns into. Nothing that was filled in is read before the gate."""
    form = text(body, "view", "callback_id")
    submit = _FORMS.get(form)
    if submit is None:
        return {}
    who = read_caller(body, handler.context.ids.operation(), "view", "id")
    who = replace(who, op=op_of_form(who, dig(body, "view", "state", "values")))
    act = Act.ENDING if form in _ENDINGS else Act.COMMAND
    sisters = handler.context.rulebook.current.sisters if form in _OF_DECIDERS else ()
    if refusal := await refuse_typed(handler.context, who.call, form, act, sisters):
        return refused_form(refusal, _not_done(form), fields_of(body))
    with traced(_VERB, form):
        return await submit(handler, who, body)


def _not_done(form: str) -> str:
    """The title of the notice in a form's place when nothing came of it."""
    return ABOUT_REQUEST[form][2] if form in ABOUT_REQUEST else _NOT_DONE[form]


async def _submit_request(handler: HandlerContext, who: Caller, body: Mapping[str, Any]) -> Answer:
    ask = _read_ask(dig(body, "view", "state", "values"))
    if not isinstance(ask, Ask):
        return errors(ask)
    outcome = await open_request(handler.context, who.call, ask)
    if isinstance(outcome, Refusal):
        return refused_form(outcome, _not_done(REQUEST_FORM))
    if after := push_later(handler, outcome, who.user):
        handler.background.spawn(after())
    return turn_into(notice("Filed", *render_filed(outcome).blocks))


def _read_ask(values: object) -> Ask | dict[str, str]:
    """The filled-in form, or each wrong field's block id with a sentence."""
    words = chosen(values, VARIABLES, VARIABLES, "selected_options")
    names = read_names(",".join(words))
    word = text(values, DURATION, DURATION, "selected_option", "value")
    duration = USUAL if word == USUAL_TIME else read_duration(word)
    opening = read_opening(text(values, REASON, REASON, "value"))
    wrong = [part for part in (names, duration, opening) if isinstance(part, BadCommand)]
    wrongs = {field: told for part in wrong for field, told in field_error(part).items()}
    if not words or NO_MATCH in words:
        wrongs[VARIABLES] = _CHOOSE
    if isinstance(names, BadCommand) or isinstance(duration, BadCommand) or isinstance(opening, BadCommand):
        return wrongs
    return wrongs or Ask(names.variables, duration, *opening, sets=names.sets)


async def _submit_bulk(handler: HandlerContext, who: Caller, body: Mapping[str, Any]) -> Answer:
    values = dig(body, "view", "state", "values")
    why = read_reason(text(values, REASON, REASON, "value"))
    age = read_duration(text(values, AGE, AGE, "selected_option", "value"))
    if isinstance(why, BadCommand):
        return errors(field_error(why, BULK_FORM))
    if isinstance(age, BadCommand):
        return errors({AGE: "Please choose how old they must be."})
    stale = await stale_for(handler.context, who.call, age)
    if isinstance(stale, Refusal):
        return refused_form(stale, _not_done(BULK_FORM))
    if stale:
        handler.background.spawn(_deny_all(handler, who, why, stale))
    return turn_into(notice("Denied", *render_bulk(len(stale)).blocks))


async def _deny_all(handler: HandlerContext, who: Caller, why: str, stale: Sequence[str]) -> None:
    """After the ack: so many decisions take longer than Slack waits for one."""
    await deny_all(handler.context, who.call, why, stale)
    await handler.home.opened(who.user)


_NOT_DONE: Final = {REQUEST_FORM: "Not filed", BULK_FORM: "Not denied", JUDGE_FORM: NOT_SAVED}
_ENDINGS: Final = frozenset({DENY_FORM, BULK_FORM})
"""Forms that only refuse something: nobody with a long queue is kept from it."""
_OF_DECIDERS: Final = frozenset({DENY_FORM, LESS_FORM, QUESTION_FORM})
"""Forms that people of a sister workspace may send, where the policy lets them decide."""
_FORMS: dict[str, Callable[[HandlerContext, Caller, Mapping[str, Any]], Awaitable[Answer]]] = {
    REQUEST_FORM: _submit_request,
    BULK_FORM: _submit_bulk,
    JUDGE_FORM: submit_judgements,
    **{name: partial(submit_about_request, name) for name in ABOUT_REQUEST},
}
_VERB: Final = SpanName("verb", attributes={"verb": words(*_FORMS)})
