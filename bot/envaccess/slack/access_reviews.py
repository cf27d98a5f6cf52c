"""Access reviews: the command, the buttons and the pages of items; everything is ruled again by the verbs."""

import re
from collections.abc import Mapping
from typing import Any, Final

from envaccess import log
from envaccess.application.access_reviews.close import Unfinished, close_access_review
from envaccess.application.access_reviews.judge import judge_items, may_judge, review_for
from envaccess.application.access_reviews.start import (
    WantedReview,
    refuse_starting,
    start_review,
)
from envaccess.application.people.lock import is_security
from envaccess.domain.access_review import USUAL_SECONDS, AccessReview, Judged, Verdict, next_page
from envaccess.domain.command import CloseReview, ShowReview, StartReview
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.typed_parts import BadCommand, read_reason
from envaccess.projections.errors import MessageError
from envaccess.slack.form_answers import Answer, errors, refused_form, turn_into
from envaccess.slack.handler_context import HandlerContext, HandlerReply
from envaccess.slack.handler_faults import answered
from envaccess.slack.names import CLOSE_REVIEW, ITEM, JUDGE, JUDGE_FORM, OTHERS, REASON
from envaccess.slack.payload import ButtonPress, Caller, dig, text
from envaccess.slack.render.access_reviews import (
    field_of_page,
    judge_form,
    render_closed,
    render_done,
    render_gathering,
    render_review,
    render_started,
    render_unfinished,
)
from envaccess.slack.render.blocks import say
from envaccess.slack.render.forms import notice
from envaccess.slack.render.guide import field_error
from envaccess.slack.value_delivery import in_words, tell

_PLACE: Final = re.compile(r"([0-9a-z]{8}):([0-9]{1,5})", re.ASCII)
_PAGE: Final = re.compile(r"([0-9a-z]{8}) ((?:[0-9]{1,5},){0,99}[0-9]{1,5})", re.ASCII)
NOT_SAVED: Final = "Not saved"
_OTHERS: Final = "Please choose what is with the others"


async def show_review(handler: HandlerContext, who: Caller, _: ShowReview) -> HandlerReply | Refusal:
    """How far the open review is, and what is left for whoever asks."""
    found = await review_for(handler.context, who.call)
    if isinstance(found, Refusal):
        return found
    closes = await is_security(handler.context, who.user)
    judges = who.user in found.reviewers or not found.reviewers
    return HandlerReply(render_review(found, who.user, judges=judges, closes=closes))


async def begin_review(handler: HandlerContext, who: Caller, command: StartReview) -> HandlerReply | Refusal:
    """Start one: who may is told at once; looking everybody up takes longer than Slack waits."""
    context = handler.context
    channels = (("approvers", context.rulebook.current.channel), ("audit", handler.audit_channel))
    seconds = command.duration.seconds if command.duration else USUAL_SECONDS
    wanted = WantedReview(command.what, command.reviewers, seconds, channels)
    if refusal := await refuse_starting(context, who.call, wanted):
        return refusal

    async def gather() -> None:
        started = await answered("review", start_review(context, who.call, wanted))
        done = render_started(started) if isinstance(started, AccessReview) else in_words(started)
        await tell(handler, who, done)

    return HandlerReply(render_gathering(), gather)


async def end_review(handler: HandlerContext, who: Caller, _: CloseReview) -> HandlerReply | Refusal:
    """Close it, or ask first where something is not judged."""
    return _closed(await close_access_review(handler.context, who.call))


def _closed(outcome: AccessReview | Unfinished | Refusal) -> HandlerReply | Refusal:
    if isinstance(outcome, Refusal):
        return outcome
    if isinstance(outcome, Unfinished):
        return HandlerReply(render_unfinished(outcome.review))
    return HandlerReply(render_closed(outcome))


def is_about_review(press: ButtonPress) -> bool:
    """Whether a button is about an access review."""
    return press.action == CLOSE_REVIEW or press.action.partition(":")[0] == JUDGE


async def press_about_review(handler: HandlerContext, press: ButtonPress) -> HandlerReply | Refusal:
    """Close it, or open a page of what this person may judge."""
    if press.action == CLOSE_REVIEW:
        review = press.request or "-"
        return _closed(await close_access_review(handler.context, press.who.call, review, sure=True))
    place = _PLACE.fullmatch(press.value)
    if place is None:
        return Refusal(Reason.REVIEW_ITEM)
    found = await may_judge(handler.context, press.who.call, place[1])
    if isinstance(found, Refusal):
        return found
    items = next_page(found.left_for(press.who.user), int(place[2]))
    if not items:
        return HandlerReply(render_review(found, press.who.user, judges=True, closes=False))
    try:
        await handler.forms.open_view(press.who.trigger, judge_form(found, items))
    except MessageError as fault:
        log.fault("form_not_opened", fault)
        return HandlerReply(
            say("Slack did not open the form in time. Nothing was changed; please press the button again.")
        )
    return HandlerReply()


async def submit_judgements(handler: HandlerContext, who: Caller, body: Mapping[str, Any]) -> Answer:
    """Judge a page, and show the next one."""
    page = _PAGE.fullmatch(text(body, "view", "private_metadata"))
    if page is None:
        return refused_form(Refusal(Reason.REVIEW_ITEM), NOT_SAVED, ())
    values, numbers = dig(body, "view", "state", "values"), page[2].split(",")
    others, reason = (field_of_page(name, numbers[0]) for name in (OTHERS, REASON))
    verdicts = _read_verdicts(values, numbers, others)
    if isinstance(verdicts, str):
        return errors({others: verdicts})
    why = _read_why(values, verdicts, reason)
    if isinstance(why, BadCommand):
        return errors({reason: field_error(why, JUDGE_FORM)[REASON]})
    last = max(map(int, numbers))
    if not verdicts:
        return await _go_on(handler, who, page[1], last, Judged(page[1], ()))
    judged = await judge_items(handler.context, who.call, page[1], verdicts, why)
    if isinstance(judged, Refusal):
        return refused_form(judged, NOT_SAVED, ())
    return await _go_on(handler, who, page[1], last, judged)


def _read_verdicts(values: object, numbers: list[str], field: str) -> dict[str, Verdict] | str:
    """What was said about each item of the page; or what is wrong with the choice for the others."""
    found: dict[str, Verdict] = {}
    others = text(values, field, field, "selected_option", "value")
    for number in numbers:
        name = f"{ITEM}:{number}"
        said = text(values, name, name, "selected_option", "value")
        if said in set(Verdict):
            found[number] = Verdict(said)
        elif others == Verdict.KEEP:
            found[number] = Verdict.KEEP
    return found if others else _OTHERS


def _read_why(values: object, verdicts: Mapping[str, Verdict], field: str) -> str | BadCommand:
    """The reason; needed where something is not kept."""
    typed = text(values, field, field, "value")
    kept = all(verdict is Verdict.KEEP for verdict in verdicts.values())
    return "" if kept and not typed.strip() else read_reason(typed)


async def _go_on(handler: HandlerContext, who: Caller, review: str, last: int, done: Judged) -> Answer:
    """The next page; when there is none, how it stands."""
    found = await may_judge(handler.context, who.call, review)
    if isinstance(found, Refusal):
        return refused_form(found, NOT_SAVED, ())
    items = next_page(found.left_for(who.user), last)
    if items:
        return turn_into(judge_form(found, items, done))
    return turn_into(notice("Access review", *render_done(found, who.user, done)))
