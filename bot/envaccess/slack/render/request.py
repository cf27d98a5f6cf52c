"""The approvers channel's message: who asks for what, how long, why, what is unusual, and the outcome."""

import re

from envaccess.domain.approval_progress import Review
from envaccess.domain.duration import spell_seconds
from envaccess.domain.policy.book import BUILT_IN
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.request import Request, State
from envaccess.domain.text import count
from envaccess.domain.variable import Variable
from envaccess.slack.names import APPROVE, APPROVE_LESS, ASK, DENY, END, REVIEW
from envaccess.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    button,
    code,
    context,
    escape,
    fit,
    mention,
    quote,
    section,
    when,
)
from envaccess.slack.render.chain import (
    narrowed,
    progress,
    questions,
    tell_awaited,
    tell_duties,
    tell_others,
    tell_principals,
)
from envaccess.slack.render.leases import tell_own_to_approvers
from envaccess.slack.render.locks import tell_lock
from envaccess.slack.render.noticed import tell_noticed
from envaccess.slack.render.outcome import tell_decision, tell_end, tell_state
from envaccess.slack.render.programs import tell_program
from envaccess.slack.render.seen import draw_seen
from envaccess.slack.render.terminal import asker_through, tell_client, tell_releases
from envaccess.slack.render.wanted import every_name, wanted
from envaccess.slack.render.words import BRIEFLY, capital, labels, names, span

LONG_SECONDS = 4 * 3_600
"""A grant at least this long, half of what the policy allows at most, is pointed out."""

_PRODUCTION = frozenset({"prod", "production", "prd", "live"})
_WORDS = re.compile(r"[^a-z0-9]+")
_TEXT_REASON = 300


def render_request(request: Request) -> Rendered:
    """The whole message, from the request's state alone.

    Pending: facts, what is unusual, Approve and Deny. Afterwards: the same facts, the outcome, no buttons.
    """
    return _pending(request) if request.state is State.PENDING else _decided(request)


def brief_request(request: Request) -> Rendered:
    """The same without blocks and without what was typed, for when Slack does not take the whole."""
    if request.state is State.PENDING:
        told = f"{capital(asker_through(request))} asks for {_plainly(request)}"
    else:
        told = _decided_text(request)
    return Rendered(f"{told} · Request {code(request.id)}. {BRIEFLY}", [])


def _pending(request: Request) -> Rendered:
    blocks = [
        *_facts(request, "asks"),
        *tell_noticed(request),
        *_unusual(request),
        *draw_seen(request),
        *tell_own_to_approvers(request),
        *held_up(request),
        *progress(request),
        *questions(request),
        _history(request),
        _buttons(request),
    ]
    return Rendered(_pending_text(request), fit(blocks))


def _decided(request: Request) -> Rendered:
    outcome = [section(part) for part in (tell_decision(request), tell_end(request)) if part]
    why = [quote("Reason:", request.decision_reason)] if request.decision_reason else []
    blocks = [
        *_facts(request, "asked"),
        *progress(request),
        *questions(request),
        *outcome,
        *tell_releases(request),
        *why,
        *review_part(request),
        _history(request),
    ]
    return Rendered(_decided_text(request), fit(blocks))


def _facts(request: Request, verb: str) -> list[Block]:
    told = f"{capital(asker_through(request))} {verb} for {_wanted(request)}."
    if request.extends:
        told = f"{capital(asker_through(request))} {verb} to keep {_wanted(request)} more."
    if request.emergency:
        taken = f":rotating_light: *Emergency*: {asker_through(request)} took {_wanted(request)}"
        deciders = PrincipalSet.of(word for step in request.ruling.steps for word in step.approvers.words)
        principals = tell_principals(deciders.without(request.principal.person), request.channel, last="and")
        told = f"{taken} without asking anybody first. Told: {principals}."
    more = [part for part in (tell_start(request), narrowed(request)) if part]
    return [
        section("\n".join([told, *more])),
        *every_name(request),
        quote("Why:", request.reason),
        *tell_program(request),
        *tell_client(request.receipt, request.surface),
    ]


def tell_start(request: Request) -> str:
    """From when, where that was asked for; empty where it is as soon as it may."""
    return f":alarm_clock: From {when(request.starts_at)}" if request.starts_at else ""


def review_part(request: Request) -> list[Block]:
    """An emergency's review: its buttons, or what it came to."""
    emergency = request.emergency
    if emergency is None:
        return []
    if emergency.review is Review.CLOSED:
        by = f":mag: *Reviewed* by {mention(emergency.reviewed_by)}: {when(emergency.reviewed_at)}"
        return [section(by), quote("Found:", emergency.note)]
    principals = tell_others(
        request.ruling.emergency.review if request.ruling.emergency else PrincipalSet(), request
    )
    ends = [button(END, "End access", request.id, "danger")] if request.held else []
    return [
        section(f":mag: *Not reviewed yet*: {principals} can close the review."),
        actions(button(REVIEW, "Close review", request.id, "primary"), *ends),
    ]


def held_up(request: Request) -> list[Block]:
    """That a lock holds it up."""
    if request.lock is None:
        return []
    told = f":lock: *Locked*: {tell_lock(request.lock)}. Nobody can approve this until it is unlocked."
    return [section(told)]


def _wanted(request: Request) -> str:
    return f"{wanted(request)} for *{span(request.duration)}*"


def _pending_text(request: Request) -> str:
    reason = escape(request.reason, _TEXT_REASON)
    return f"{capital(asker_through(request))} asks for {_plainly(request)}: {reason}"


def _decided_text(request: Request) -> str:
    if request.reviewable:
        return f"Emergency: {asker_through(request)} took {_plainly(request)} without asking first"
    return f"{tell_state(request)}: {asker_through(request)} asked for {_plainly(request)}"


def _plainly(request: Request) -> str:
    return f"{wanted(request, 3)} for {span(request.duration)}"


def _buttons(request: Request) -> Block:
    approve = [
        button(APPROVE, "Approve", request.id, "primary"),
        button(APPROVE_LESS, "Approve less…", request.id),
    ]
    return actions(
        *([] if request.lock else approve),
        *ask_button(request),
        button(DENY, "Deny", request.id, "danger"),
    )


def ask_button(request: Request) -> list[Block]:
    """Asks the requester, or the person behind; nobody answers for a pipeline whose person is not known."""
    return [button(ASK, "Ask…", request.id)] if request.principal.person else []


def _history(request: Request) -> Block:
    parts = [_asked(request)] if request.asked_before else []
    if request.state is State.PENDING:
        parts += [tell_awaited(request), tell_duties(request), f"Lapses: {when(request.deadline_at)}"]
    if request.ruling.policy != BUILT_IN:
        parts.append(f"Rule {labels(request.ruling.rules, 3)}")
    return context(" · ".join([*filter(None, parts), f"Request {code(request.id)}"]))


def _asked(request: Request) -> str:
    these = f", {request.asked_for_these} of them for " + ("this" if len(request.variables) == 1 else "these")
    return f"Asked {count(request.asked_before, 'time')} in the 30 days before{these}"


def _unusual(request: Request) -> list[Block]:
    notes = []
    if production := [variable for variable in request.variables if looks_like_production(variable)]:
        notes.append(f"looks like production ({names(production, 3)})")
    if request.duration.seconds >= LONG_SECONDS:
        notes.append(f"long: {spell_seconds(request.duration.seconds)}")
    return [section(f":warning: *Worth a second look:* {'; '.join(notes)}.")] if notes else []


def looks_like_production(variable: Variable) -> bool:
    """Whether the environment or the name has a word such as `prod` or `live` in it."""
    return not _PRODUCTION.isdisjoint(_WORDS.split(f"{variable.environment}_{variable.name}".lower()))
