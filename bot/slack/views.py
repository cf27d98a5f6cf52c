"""Submitted forms: what was typed is read and ruled here again, and the answer is the form's next state."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.domain.command import Ask, BadCommand, read_duration, read_names, read_reason
from bot.domain.refusal import Reason, Refusal
from bot.domain.request import Verb
from bot.services.decide import decide
from bot.services.open_request import open_request
from bot.slack.desk import Desk, refuse_here, refuse_other_workspace
from bot.slack.faults import Fault
from bot.slack.names import DENY_FORM, DURATION, NO_MATCH, REASON, REQUEST_FORM, VARIABLES
from bot.slack.payload import Who, chosen, dig, read_who, text
from bot.slack.render import (
    field_error,
    notice,
    read_metadata,
    render_denied,
    render_filed,
    render_refusal,
)

Answer = dict[str, Any]
"""What the ack of a `view_submission` carries: `errors`, a view to show instead, or nothing (it closes)."""

_CHOOSE = "Please choose at least one variable from the list."
_KEPT_OPEN = {
    Reason.UNKNOWN_VARIABLE: (VARIABLES, "One of these does not exist any more. Please choose again."),
    Reason.TOO_LONG: (DURATION, "The policy does not allow that long. Please choose a shorter time."),
    Reason.NOT_CHECKED: (REASON, "Slack did not tell us in time who may do this. Please send it again."),
    Reason.STORE_DOWN: (REASON, "Our store does not answer just now. Please send it again in a moment."),
    Reason.STORE_UNCERTAIN: (
        REASON,
        "Our store did not answer in time. Please send it again: it counts once.",
    ),
}
"""Refusals after which the form stays, with everything that was typed, because sending it again may do."""


async def submit_form(desk: Desk, body: Mapping[str, Any]) -> Answer:
    """Whichever form was sent, what it turns into."""
    submit = _FORMS.get(text(body, "view", "callback_id"))
    return await submit(desk, body) if submit else {}


def refused_form(outcome: Refusal | Fault, title: str = "Not done") -> Answer:
    """The form with an error at a field, or a notice in its place."""
    if isinstance(outcome, Fault):
        return _errors({REASON: f"Something broke on our side (error {outcome.id}). Please try again later."})
    if outcome.reason in _KEPT_OPEN:
        field, sentence = _KEPT_OPEN[outcome.reason]
        return _errors({field: sentence})
    return _turn_into(notice(title, *render_refusal(outcome).blocks))


def _errors(errors: Mapping[str, str]) -> Answer:
    return {"response_action": "errors", "errors": dict(errors)}


def _turn_into(view: Mapping[str, Any]) -> Answer:
    return {"response_action": "update", "view": dict(view)}


async def _submit_request(desk: Desk, body: Mapping[str, Any]) -> Answer:
    who = read_who(body, desk.world.ids.operation(), "view", "id")
    if refusal := await refuse_other_workspace(desk, who, REQUEST_FORM):
        return refused_form(refusal, "Not filed")
    values = dig(body, "view", "state", "values")
    ask = _read_ask(values)
    if not isinstance(ask, Ask):
        return _errors(ask)
    outcome = await open_request(desk.world, _op_of(who, values), who.user, ask)
    if isinstance(outcome, Refusal):
        return refused_form(outcome, "Not filed")
    return _turn_into(notice("Filed", *render_filed(outcome).blocks))


def _op_of(who: Who, values: object) -> str:
    """The view's id and what was filled in: a form corrected after a refusal is another operation."""
    filled = json.dumps(values, sort_keys=True).encode()
    return f"{who.op}:{hashlib.sha256(filled).hexdigest()[:16]}"


def _read_ask(values: object) -> Ask | dict[str, str]:
    """The filled-in form, or each wrong field's block id with a sentence."""
    words = chosen(values, VARIABLES, VARIABLES, "selected_options")
    variables = read_names(",".join(words))
    duration = read_duration(text(values, DURATION, DURATION, "selected_option", "value"))
    reason = read_reason(text(values, REASON, REASON, "value"))
    wrong = [part for part in (variables, duration, reason) if isinstance(part, BadCommand)]
    errors = {field: told for part in wrong for field, told in field_error(part).items()}
    if not words or NO_MATCH in words:
        errors[VARIABLES] = _CHOOSE
    if (
        isinstance(variables, BadCommand)
        or isinstance(duration, BadCommand)
        or isinstance(reason, BadCommand)
    ):
        return errors
    return errors or Ask(variables, duration, reason)


async def _submit_denial(desk: Desk, body: Mapping[str, Any]) -> Answer:
    who = read_who(body, desk.world.ids.operation(), "view", "id")
    request, ts = read_metadata(text(body, "view", "private_metadata"))
    refusal = await refuse_other_workspace(desk, who, DENY_FORM)
    if refusal is None and request is None:
        refusal = await refuse_here(desk, who, Verb.DENY, Refusal(Reason.UNKNOWN_ID))
    if refusal or request is None:
        return refused_form(refusal or Refusal(Reason.UNKNOWN_ID), "Not denied")
    why = read_reason(text(body, "view", "state", "values", REASON, REASON, "value"))
    if isinstance(why, BadCommand):
        return _errors(field_error(why))
    outcome = await decide(desk.world, who.op, who.user, request, Verb.DENY, why, ts)
    if isinstance(outcome, Refusal):
        return refused_form(outcome, "Not denied")
    return _turn_into(notice("Denied", *render_denied(outcome).blocks))


_FORMS: dict[str, Callable[[Desk, Mapping[str, Any]], Awaitable[Answer]]] = {
    REQUEST_FORM: _submit_request,
    DENY_FORM: _submit_denial,
}
