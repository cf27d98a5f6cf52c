"""What a submitted form turns into: errors at its fields, a notice in its place, or nothing (it closes)."""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from envaccess.domain.phrase import plain
from envaccess.domain.refusal import Refusal
from envaccess.domain.refusal.entry import Input, Place
from envaccess.domain.refusal.words import input_at_fault, tell_elsewhere
from envaccess.slack.handler_faults import UnexpectedFault
from envaccess.slack.names import AGE, DURATION, REASON, VARIABLES
from envaccess.slack.payload import Caller, dig
from envaccess.slack.render.answers import render_fault
from envaccess.slack.render.forms import notice
from envaccess.slack.render.refusals import render_refusal

Answer = dict[str, Any]
"""What the ack of a `view_submission` carries: `errors`, a view to show instead, or nothing (it closes)."""

_ALL_FIELDS = frozenset({VARIABLES, DURATION, REASON})
_FAULT_AT = (REASON, DURATION, AGE, VARIABLES)
"""Where a fault is told: at the first of these that the form has."""
_INPUTS = {Input.VARIABLES: VARIABLES, Input.DURATION: DURATION}


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
    sentence = plain(tell_elsewhere(outcome, Place.FORM))
    about = input_at_fault(outcome)
    return (_INPUTS[about] if about else first if sentence else ""), sentence


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
