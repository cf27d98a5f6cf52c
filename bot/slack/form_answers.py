"""What a submitted form turns into: errors at its fields, a notice in its place, or nothing (it closes)."""

from collections.abc import Collection, Mapping
from typing import Any

from bot.domain.refusal import Reason, Refusal
from bot.slack.faults import Fault
from bot.slack.names import DURATION, REASON, VARIABLES
from bot.slack.render import notice, render_fault, render_refusal

Answer = dict[str, Any]
"""What the ack of a `view_submission` carries: `errors`, a view to show instead, or nothing (it closes)."""

_ALL_FIELDS = frozenset({VARIABLES, DURATION, REASON})
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


def refused_form(
    outcome: Refusal | Fault, title: str = "Not done", fields: Collection[str] = _ALL_FIELDS
) -> Answer:
    """The form with an error at a field that it has, or a notice in its place."""
    if isinstance(outcome, Fault):
        return turn_into(notice(title, *render_fault(outcome.id).blocks))
    field, sentence = _KEPT_OPEN.get(outcome.reason, ("", ""))
    if field in fields:
        return errors({field: sentence})
    return turn_into(notice(title, *render_refusal(outcome).blocks))


def errors(fields: Mapping[str, str]) -> Answer:
    """Sentences at fields, by their block ids."""
    return {"response_action": "errors", "errors": dict(fields)}


def turn_into(view: Mapping[str, Any]) -> Answer:
    """A view in the form's place."""
    return {"response_action": "update", "view": dict(view)}
