"""Forms about one request or alert: deny, approve less, ask, answer, extend, close a review or an alert."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from envaccess.application.refuse import refuse
from envaccess.application.requests.decide import Narrower, decide
from envaccess.application.requests.extend import extend_grant
from envaccess.application.requests.questions import answer_question, ask_requester
from envaccess.application.reviews.review import close_review
from envaccess.application.signals.judge import judge_alert
from envaccess.domain.call import Call, Origin
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed, Recorded
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Verb
from envaccess.domain.signals.alerts import Disposition
from envaccess.domain.typed_parts import BadCommand, read_duration, read_reason, read_reason_now
from envaccess.domain.variable import Variable, parse_variable
from envaccess.slack.form_answers import Answer, errors, refused_form, turn_into
from envaccess.slack.handler_context import HandlerContext
from envaccess.slack.names import (
    ANSWER_FORM,
    DENY_FORM,
    DURATION,
    EXTEND_FORM,
    FINDING,
    FOUND_FORM,
    LESS_FORM,
    QUESTION_FORM,
    REASON,
    REVIEW_FORM,
    VARIABLES,
)
from envaccess.slack.payload import Caller, chosen, dig, text
from envaccess.slack.render.alerts import render_judged
from envaccess.slack.render.answers import (
    render_answered,
    render_asked,
    render_decided,
    render_denied,
    render_filed,
    render_reviewed,
)
from envaccess.slack.render.blocks import Rendered
from envaccess.slack.render.forms import notice, read_metadata
from envaccess.slack.render.forms_deciding import AS_ASKED, MANY
from envaccess.slack.render.guide import field_error
from envaccess.slack.value_delivery import push_later


@dataclass(frozen=True, slots=True)
class SubmittedForm:
    """A form that was sent.

    Attributes:
        request: what it is about: the id of a request, or of an alert.
        ts: the message whose button opened it; empty where that was not in a message.
        values: what was filled in, as Slack sends it.
    """

    who: Caller
    request: str
    ts: str
    values: object

    @property
    def call(self) -> Call:
        """The same for the verbs."""
        return replace(self.who.call, origin=Origin(self.ts))

    @property
    def fields(self) -> frozenset[str]:
        """The block ids of the fields that the form has."""
        return frozenset(self.values) if isinstance(self.values, dict) else frozenset()

    @property
    def reason(self) -> str | BadCommand:
        """What was typed into the form's one text."""
        return read_reason(text(self.values, REASON, REASON, "value"))

    @property
    def duration(self) -> str:
        """The word of the time that was chosen."""
        return text(self.values, DURATION, DURATION, "selected_option", "value")


Told = Rendered | Refusal | BadCommand
Submit = Callable[[HandlerContext, SubmittedForm], Awaitable[Told]]


async def submit_about_request(
    form: str, handler: HandlerContext, who: Caller, body: Mapping[str, Any]
) -> Answer:
    """Read what every such form has, do what it is for, and say what that came to."""
    submit, done, not_done, fields = ABOUT_REQUEST[form]
    request, ts = read_metadata(text(body, "view", "private_metadata"))
    if request is None:
        refusal = await refuse(handler.context, who.call, _TRIED[form], Refusal(Reason.UNKNOWN_ID))
        return refused_form(refusal, not_done, fields)
    values = dig(body, "view", "state", "values")
    told = await submit(handler, SubmittedForm(who, request, ts, values))
    if isinstance(told, BadCommand):
        return errors(field_error(told, form))
    if isinstance(told, Refusal):
        return refused_form(told, not_done, fields)
    return turn_into(notice(done, *told.blocks))


async def _deny(handler: HandlerContext, sent: SubmittedForm) -> Told:
    why = sent.reason
    if isinstance(why, BadCommand):
        return why
    outcome = await decide(handler.context, sent.call, sent.request, Verb.DENY, why)
    return outcome if isinstance(outcome, Refusal) else render_denied(outcome)


async def _approve_less(handler: HandlerContext, sent: SubmittedForm) -> Told:
    duration = Duration(0) if sent.duration == AS_ASKED else read_duration(sent.duration)
    if isinstance(duration, BadCommand):
        return duration
    narrower = Narrower(duration.seconds, _read_variables(sent) if VARIABLES in sent.fields else None)
    outcome = await decide(handler.context, sent.call, sent.request, Verb.APPROVE, "", narrower)
    if isinstance(outcome, Refusal):
        return outcome
    if after := push_later(handler, outcome, outcome.requester):
        handler.background.spawn(after())
    return render_decided(outcome)


def _read_variables(sent: SubmittedForm) -> tuple[Variable, ...] | None:
    """The variables that were chosen; none where one of them has no name that can be (forged).

    None where nothing was chosen from so many that they are no checkboxes: all of them are meant.
    """
    names = [parse_variable(name) for name in chosen(sent.values, VARIABLES, VARIABLES, "selected_options")]
    if not names and text(sent.values, VARIABLES, VARIABLES, "type") == MANY:
        return None
    return () if None in names else tuple(filter(None, names))


def _saying(
    say: Callable[..., Awaitable[Recorded | Refusal]], render: Callable[[Recorded], Rendered]
) -> Submit:
    """A form whose text is handed to a verb."""

    async def submit(handler: HandlerContext, sent: SubmittedForm) -> Told:
        words = sent.reason
        if isinstance(words, BadCommand):
            return words
        outcome = await say(handler.context, sent.call, sent.request, words)
        return outcome if isinstance(outcome, Refusal) else render(outcome)

    return submit


async def _extend(handler: HandlerContext, sent: SubmittedForm) -> Told:
    duration = read_duration(sent.duration)
    reason = read_reason_now(text(sent.values, REASON, REASON, "value"))
    if isinstance(duration, BadCommand):
        return duration
    if isinstance(reason, BadCommand):
        return reason
    outcome: Filed | Refusal = await extend_grant(
        handler.context, sent.who.call, sent.request, duration, reason
    )
    return outcome if isinstance(outcome, Refusal) else render_filed(outcome)


async def _close_alert(handler: HandlerContext, sent: SubmittedForm) -> Told:
    words = sent.reason
    if isinstance(words, BadCommand):
        return words
    chosen = text(sent.values, FINDING, FINDING, "selected_option", "value")
    found = Disposition.EXPECTED if chosen == Disposition.EXPECTED else Disposition.NOT_EXPECTED
    outcome = await judge_alert(handler.context, sent.call, sent.request, found, words)
    return outcome if isinstance(outcome, Refusal) else render_judged(outcome)


_TRIED: Final = {
    DENY_FORM: "deny",
    LESS_FORM: "approve",
    QUESTION_FORM: "ask",
    ANSWER_FORM: "answer",
    EXTEND_FORM: "extend",
    REVIEW_FORM: "review",
    FOUND_FORM: "judge",
}
"""What an attempt by each form is called in the audit stream: as by its button or its command."""
_TEXT: Final = frozenset({REASON})
ABOUT_REQUEST: Final[dict[str, tuple[Submit, str, str, frozenset[str]]]] = {
    DENY_FORM: (_deny, "Denied", "Not denied", _TEXT),
    LESS_FORM: (_approve_less, "Approved", "Not approved", frozenset({DURATION})),
    QUESTION_FORM: (_saying(ask_requester, render_asked), "Asked", "Not asked", _TEXT),
    ANSWER_FORM: (_saying(answer_question, render_answered), "Answered", "Not answered", _TEXT),
    EXTEND_FORM: (_extend, "Filed", "Not filed", frozenset({DURATION, REASON})),
    REVIEW_FORM: (_saying(close_review, render_reviewed), "Review closed", "Not closed", _TEXT),
    FOUND_FORM: (_close_alert, "Alert closed", "Not closed", _TEXT),
}
"""Each form: what it does, its title when that is done and when it is not, and its fields."""
