"""The approvers channel's message: who asks for what, how long, why, what is unusual, and the outcome."""

import re

from bot.domain.request import GrantState, Request, State
from bot.domain.variable import Variable
from bot.slack.names import APPROVE, DENY
from bot.slack.render.blocks import (
    Block,
    Rendered,
    actions,
    button,
    code,
    context,
    escape,
    mention,
    quote,
    section,
    when,
)
from bot.slack.render.words import SHORT_SECONDS, actor_of, count, names, seconds, span

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


def _pending(request: Request) -> Rendered:
    blocks = [*_facts(request, "asks"), *_unusual(request), _history(request), _buttons(request)]
    return Rendered(_pending_text(request), blocks)


def _decided(request: Request) -> Rendered:
    outcome = [section(part) for part in (tell_decision(request), tell_end(request)) if part]
    why = [quote("Reason:", request.decision_reason)] if request.decision_reason else []
    return Rendered(_decided_text(request), [*_facts(request, "asked"), *outcome, *why, _history(request)])


def _facts(request: Request, verb: str) -> list[Block]:
    wanted = f"{mention(request.requester)} {verb} for {_wanted(request)}."
    return [section(wanted), quote("Why:", request.reason)]


def _wanted(request: Request) -> str:
    return f"{names(request.variables)} for *{span(request.duration)}*"


def _pending_text(request: Request) -> str:
    reason = escape(request.reason, _TEXT_REASON)
    return f"{mention(request.requester)} asks for {_plainly(request)}: {reason}"


def _decided_text(request: Request) -> str:
    return f"{tell_state(request)}: {mention(request.requester)} asked for {_plainly(request)}"


def _plainly(request: Request) -> str:
    return f"{names(request.variables, 3)} for {span(request.duration)}"


def _buttons(request: Request) -> Block:
    return actions(
        button(APPROVE, "Approve", request.id, "primary"), button(DENY, "Deny", request.id, "danger")
    )


def _history(request: Request) -> Block:
    parts = [_asked(request)] if request.asked_before else []
    if request.state is State.PENDING:
        decide = f"Anyone in this channel except {mention(request.requester)} may decide"
        parts += [decide, f"Lapses: {when(request.deadline_at)}"]
    return context(" · ".join([*parts, f"Request {code(request.id)}"]))


def _asked(request: Request) -> str:
    these = f", {request.asked_for_these} of them for " + ("this" if len(request.variables) == 1 else "these")
    return f"Asked {count(request.asked_before, 'time')} in the 30 days before{these}"


def _unusual(request: Request) -> list[Block]:
    notes = []
    if not request.asked_before:
        notes.append("first request of this person in 30 days")
    if production := [variable for variable in request.variables if looks_like_production(variable)]:
        notes.append(f"looks like production ({names(production, 3)})")
    if request.duration.seconds >= LONG_SECONDS:
        notes.append(f"long: {seconds(request.duration.seconds)}")
    return [section(f":warning: *Worth a second look:* {'; '.join(notes)}.")] if notes else []


def looks_like_production(variable: Variable) -> bool:
    """Whether the environment or the name has a word such as `prod` or `live` in it."""
    return not _PRODUCTION.isdisjoint(_WORDS.split(f"{variable.environment}_{variable.name}".lower()))


def tell_state(request: Request) -> str:
    """One or two words for where it stands."""
    if request.grant in _ENDS:
        return _ENDS[request.grant]
    return _STATES[request.state]


_STATES = {
    State.PENDING: "Waiting",
    State.APPROVED: "Approved",
    State.DENIED: "Denied",
    State.CANCELLED: "Withdrawn",
    State.TIMED_OUT: "Timed out",
}
_ENDS: dict[GrantState | None, str] = {
    GrantState.EXPIRED: "Expired",
    GrantState.REVOKED: "Ended early",
    GrantState.USED_UP: "Used",
}


def tell_decision(request: Request) -> str:
    """Who decided, when, and what; empty while it is pending."""
    at = f": {when(request.decided_at)}" if request.decided_at else ""
    by = mention(request.decided_by) if request.decided_by else "somebody"
    withdrawer = actor_of(request.decided_by or request.requester)  # envaccess, for somebody who left
    match request.state:
        case State.APPROVED:
            return f":white_check_mark: *Approved* by {by}{at}"
        case State.DENIED:
            return f":no_entry: *Denied* by {by}{at}"
        case State.CANCELLED:
            return f":leftwards_arrow_with_hook: *Withdrawn* by {withdrawer}{at}"
        case State.TIMED_OUT:
            return f":hourglass: *Timed out*: nobody decided in time ({when(request.deadline_at)})"
        case _:
            return ""


def tell_end(request: Request) -> str:
    """How the grant stands or ended; empty where there is none."""
    ended = when(request.ended_at or request.expires_at, seconds=is_short(request))
    match request.grant:
        case GrantState.ACTIVE:
            return f"Access ends: {when(request.expires_at, seconds=is_short(request))}"
        case GrantState.EXPIRED:
            return f"Access expired: {ended}"
        case GrantState.REVOKED:
            return f"Access ended early by {actor_of(request.ended_by)}: {ended}"
        case GrantState.USED_UP:
            return f"Its one reveal was used: {ended}"
        case _:
            return ""


def is_short(request: Request) -> bool:
    """Whether minutes are too coarse to tell its end."""
    return request.duration.seconds < SHORT_SECONDS
