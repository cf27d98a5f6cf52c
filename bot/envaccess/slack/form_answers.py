"""What a submitted form turns into: errors at its fields, a notice in its place, or nothing (it closes)."""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from envaccess.domain.refusal import Reason, Refusal
from envaccess.slack.handler_faults import UnexpectedFault
from envaccess.slack.names import AGE, DURATION, REASON, VARIABLES
from envaccess.slack.payload import Caller, dig
from envaccess.slack.render import notice, render_fault, render_refusal

Answer = dict[str, Any]
"""What the ack of a `view_submission` carries: `errors`, a view to show instead, or nothing (it closes)."""

_ALL_FIELDS = frozenset({VARIABLES, DURATION, REASON})
_FAULT_AT = (REASON, DURATION, AGE, VARIABLES)
"""Where a fault is told: at the first of these that the form has."""
_KEPT_OPEN = {
    Reason.UNKNOWN_VARIABLE: (VARIABLES, "One of these does not exist any more. Please choose again."),
    Reason.TOO_LONG: (DURATION, "The policy does not allow that long. Please choose a shorter time."),
}
_FAULTS = {
    Reason.NOT_CHECKED: "Slack did not tell us in time who may do this. Please send it again.",
    Reason.SLOW_DOWN: "Slow down, please: nothing was done. Please send it again in a minute.",
    Reason.TOO_MANY_PRESSES: "Slow down, please: nothing was done. Please send it again in a minute.",
    Reason.STORE_DOWN: "Our store does not answer just now. Please send it again in a moment.",
    Reason.STORE_UNCERTAIN: "Our store did not answer in time. Please send it again: it counts once.",
}
"""Refusals after which the form stays, with everything that was typed, because sending it again may do."""


def op_of_form(who: Caller, values: object) -> str:
    """The view's id and what was filled in: a form corrected after a refusal is another operation."""
    filled = json.dumps(values, sort_keys=True).encode()
    return f"{who.op}:{hashlib.sha256(filled).hexdigest()[:16]}"


def refused_form(
    outcome: Refusal | UnexpectedFault, title: str = "Not done", fields: Collection[str] = _ALL_FIELDS
) -> Answer:
    """The form with an error at a field that it has, or a notice in its place."""
    field, sentence = _kept_open(outcome, next((field for field in _FAULT_AT if field in fields), ""))
    if field in fields:
        return errors({field: sentence})
    told = render_fault(outcome.id) if isinstance(outcome, UnexpectedFault) else render_refusal(outcome)
    return turn_into(notice(title, *told.blocks))


def _kept_open(outcome: Refusal | UnexpectedFault, first: str) -> tuple[str, str]:
    """At which field which sentence stands; no field where sending it again is of no use."""
    if isinstance(outcome, UnexpectedFault):
        return first, f"Something broke on our side (error {outcome.id}). Please try again later."
    if outcome.reason in _FAULTS:
        return first, _FAULTS[outcome.reason]
    return _KEPT_OPEN.get(outcome.reason, ("", ""))


def fields_of(body: Mapping[str, Any]) -> frozenset[str]:
    """The block ids of the fields that a sent form has."""
    values = dig(body, "view", "state", "values")
    return frozenset(values) if isinstance(values, dict) else frozenset()


def errors(fields: Mapping[str, str]) -> Answer:
    """Sentences at fields, by their block ids."""
    return {"response_action": "errors", "errors": dict(fields)}


def turn_into(view: Mapping[str, Any]) -> Answer:
    """A view in the form's place."""
    return {"response_action": "update", "view": dict(view)}
