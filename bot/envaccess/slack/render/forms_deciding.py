"""Modals around a decision: deny, approve less, ask, answer, extend, close a review."""

from envaccess.domain.duration import Duration, parse_duration, spell_seconds
from envaccess.domain.request import Request
from envaccess.slack.names import (
    AGE,
    ANSWER_FORM,
    BULK_FORM,
    DENY_FORM,
    DURATION,
    EXTEND_FORM,
    LESS_FORM,
    QUESTION_FORM,
    REVIEW_FORM,
    VARIABLES,
)
from envaccess.slack.render.blocks import TITLE_LIMIT, Block, context, plain, quote, section
from envaccess.slack.render.fields import choice, field, name_choices, reason_field, select
from envaccess.slack.render.leases import tell_own_to_approvers
from envaccess.slack.render.programs import who_asks
from envaccess.slack.render.seen import draw_seen
from envaccess.slack.render.terminal import asker_through
from envaccess.slack.render.wanted import wanted
from envaccess.slack.render.words import capital, span

AS_ASKED = "0"
"""The choice of the time that was asked for."""
MANY = "multi_static_select"
"""Chosen from more variables than there are checkboxes for; nothing chosen is all of them."""
_CHECKBOXES = 10
"""Options of one group of checkboxes (https://docs.slack.dev/reference/block-kit/block-elements)."""
_AGES = [(word, parse_duration(word) or Duration(0)) for word in ("10m", "1h", "4h", "1d")]
_DURATIONS = ("5m", "15m", "30m", "1h", "2h", "4h", "8h", "1d")


def _form(callback: str, request: Request, ts: str, words: tuple[str, str], *blocks: Block) -> Block:
    """A modal that carries the request's id and the pressed message's `ts`, nothing else."""
    title, submit = words
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": f"{request.id} {ts}".strip(),
        "title": plain(title, TITLE_LIMIT),
        "submit": plain(submit, TITLE_LIMIT),
        "close": plain("Back", TITLE_LIMIT),
        "blocks": list(blocks),
    }


def _asks(request: Request) -> list[Block]:
    asks = f"{capital(asker_through(request))} asks for {wanted(request)} for {span(request.duration)}."
    return [
        section(asks),
        quote("Why:", request.reason),
        *draw_seen(request),
        *tell_own_to_approvers(request),
    ]


def _times(longest: int) -> list[Block]:
    found = [(word, parse_duration(word) or Duration(0)) for word in _DURATIONS]
    return [choice(spell_seconds(time.seconds), word) for word, time in found if time.seconds < longest]


def deny_form(request: Request, ts: str) -> Block:
    """Say why."""
    read = context(f"{capital(who_asks(request))} and everybody who sees the request will read your reason.")
    words = ("Deny a request", "Deny")
    return _form(DENY_FORM, request, ts, words, *_asks(request), reason_field("Why not?"), read)


def less_form(request: Request, ts: str) -> Block:
    """Approve a shorter time, or some of the variables."""
    whole = choice(f"As asked: {span(request.duration)}", AS_ASKED)
    blocks = [*_asks(request)]
    if len(request.variables) > 1 and not request.extends:
        blocks.append(_some_variables(request))
    shorter = [] if request.duration.once else _times(request.duration.seconds)
    blocks.append(select(DURATION, "For how long?", [whole, *shorter], whole))
    blocks.append(context(f"{capital(who_asks(request))} will read that you approved less."))
    return _form(LESS_FORM, request, ts, ("Approve less", "Approve"), *blocks)


def _some_variables(request: Request) -> Block:
    options = name_choices(request.variables)
    if len(options) > _CHECKBOXES:
        chosen = {"type": MANY, "options": options, "placeholder": plain("All of them")}
        return field(VARIABLES, "Only some of them?", chosen) | {"optional": True}
    element = {"type": "checkboxes", "options": options, "initial_options": options}
    return field(VARIABLES, "Which of them?", element)


def question_form(request: Request, ts: str) -> Block:
    """Ask the requester something."""
    told = context(f"{capital(who_asks(request))} is told at once; the answer appears in this message.")
    words = ("Ask a question", "Ask")
    return _form(QUESTION_FORM, request, ts, words, *_asks(request), reason_field("Question"), told)


def answer_form(request: Request, ts: str) -> Block:
    """Answer the open question."""
    asked = request.progress.open_question
    question = [quote("Question:", asked.text)] if asked else []
    return _form(ANSWER_FORM, request, ts, ("Answer", "Send"), *question, reason_field("Your answer"))


def extend_form(request: Request, ts: str) -> Block:
    """Ask for more time."""
    options = _times(request.ruling.max_seconds + 1) or [choice("5 minutes", "5m")]
    usual = next((option for option in options if option["value"] == "1h"), options[-1])
    told = section(f"More time for {wanted(request)}. It is decided like a new request.")
    more = select(DURATION, "How much longer?", options, usual)
    why = reason_field("Why do you need it longer?")
    return _form(EXTEND_FORM, request, ts, ("Extend access", "Ask"), told, more, why)


def bulk_form() -> Block:
    """Deny what has waited too long, all at once."""
    ages = [choice(f"Older than {spell_seconds(time.seconds)}", word) for word, time in _AGES]
    return {
        "type": "modal",
        "callback_id": BULK_FORM,
        "title": plain("Deny old requests", TITLE_LIMIT),
        "submit": plain("Deny them", TITLE_LIMIT),
        "close": plain("Back", TITLE_LIMIT),
        "blocks": [
            section("Denies the requests that wait for *you*; each requester is told why."),
            select(AGE, "Which of them?", ages, ages[1]),
            reason_field("Why not?"),
        ],
    }


def review_form(request: Request, ts: str) -> Block:
    """Close an emergency's review."""
    took = f"{capital(asker_through(request))} took {wanted(request)} for {span(request.duration)}."
    blocks = (section(took), quote("Why:", request.reason), reason_field("What did you find?"))
    return _form(REVIEW_FORM, request, ts, ("Close the review", "Close review"), *blocks)
