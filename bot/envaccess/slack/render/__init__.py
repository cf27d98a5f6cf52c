"""Pure rendering: an outcome in, a message of Slack's Block Kit out. No input or output, no clock."""

from envaccess.slack.render.answers import (
    render_answered,
    render_asked,
    render_bulk,
    render_cancelled,
    render_claim,
    render_decided,
    render_denied,
    render_duties,
    render_duty_back,
    render_ended,
    render_failure,
    render_fault,
    render_filed,
    render_reviewed,
)
from envaccess.slack.render.blocks import Block, Rendered, say
from envaccess.slack.render.card import brief_card, render_card
from envaccess.slack.render.chain import render_call, render_notification
from envaccess.slack.render.forms import no_options, notice, read_metadata, request_form, variable_options
from envaccess.slack.render.forms_deciding import (
    AS_ASKED,
    answer_form,
    bulk_form,
    deny_form,
    extend_form,
    less_form,
    question_form,
    review_form,
)
from envaccess.slack.render.guide import field_error, render_bad_command, render_help
from envaccess.slack.render.lines import render_digest, render_line
from envaccess.slack.render.listing import render_list, render_status
from envaccess.slack.render.locks import render_locked, render_unlocked
from envaccess.slack.render.refusals import render_refusal
from envaccess.slack.render.request import brief_request, render_request
from envaccess.slack.render.values import render_values

__all__ = [
    "AS_ASKED",
    "Block",
    "Rendered",
    "answer_form",
    "brief_card",
    "brief_request",
    "bulk_form",
    "deny_form",
    "extend_form",
    "field_error",
    "less_form",
    "no_options",
    "notice",
    "question_form",
    "read_metadata",
    "render_answered",
    "render_asked",
    "render_bad_command",
    "render_bulk",
    "render_call",
    "render_cancelled",
    "render_card",
    "render_claim",
    "render_decided",
    "render_denied",
    "render_digest",
    "render_duties",
    "render_duty_back",
    "render_ended",
    "render_failure",
    "render_fault",
    "render_filed",
    "render_help",
    "render_line",
    "render_list",
    "render_locked",
    "render_notification",
    "render_refusal",
    "render_request",
    "render_reviewed",
    "render_status",
    "render_unlocked",
    "render_values",
    "request_form",
    "review_form",
    "say",
    "variable_options",
]
