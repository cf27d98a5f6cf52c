"""How a request and its grant stand, in words."""

from envaccess.domain.end_reasons import EndReason, because
from envaccess.domain.request import GrantState, Request, State
from envaccess.slack.render.blocks import code, mention, when
from envaccess.slack.render.chain import tell_approval
from envaccess.slack.render.programs import who_asks
from envaccess.slack.render.words import SHORT_SECONDS, actor_of, labels

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
    GrantState.LAPSED: "Lapsed",
}


_BY_ITSELF = frozenset({EndReason.UPGRADED, EndReason.SESSION_ENDED, EndReason.ECHO})
"""Reasons that say all: nobody pressed or typed anything to end this."""


def tell_state(request: Request) -> str:
    """One or two words for where it stands."""
    return _ENDS.get(request.grant) or _STATES[request.state]


def tell_decision(request: Request) -> str:
    """Who decided, when, and what; empty while it is pending."""
    at = f": {when(request.decided_at)}" if request.decided_at else ""
    if request.state is State.APPROVED:
        return f"{_approved(request)}{at}"
    told = {
        State.DENIED: f":no_entry: *Denied* by {_decider(request)}{at}",
        # By envaccess, for somebody who left.
        State.CANCELLED: ":leftwards_arrow_with_hook: *Withdrawn* by "
        f"{actor_of(request.decided_by) if request.decided_by else who_asks(request)}{_because(request)}{at}",
        State.TIMED_OUT: f":hourglass: *Timed out*: {_timed_out(request)} "
        f"({when(request.decided_at or request.deadline_at)})",
    }
    return told.get(request.state, "")


def _timed_out(request: Request) -> str:
    return because(request.ended_why) or "nobody decided in time"


def ended_with_update(request: Request) -> bool:
    """Whether it is over because envaccess was updated, so that it has to be asked for again."""
    return request.ended_why == EndReason.UPGRADED


def _approved(request: Request) -> str:
    if request.emergency:
        return ":rotating_light: *Emergency access*"
    if request.automatic:
        rules = labels(request.ruling.rules, 3)
        return f":robot_face: *Approved automatically* by the policy (rule {rules})"
    return f":white_check_mark: *Approved* by {_decider(request)}"


def _decider(request: Request) -> str:
    given = [approval for approval in request.progress.approvals if approval.by == request.decided_by]
    if request.state is State.APPROVED and given:
        return tell_approval(given[-1])
    return mention(request.decided_by) if request.decided_by else "somebody"


def tell_end(request: Request) -> str:
    """How the grant stands or ended; empty where there is none."""
    short = is_short(request)
    ended = when(request.ended_at or request.expires_at, seconds=short)
    if request.extended:
        until = when(request.expires_at, seconds=short)
        return f"Access of request {code(request.extends)} goes on until: {until}"
    begins = when(request.starts_at) if request.starts_at else when(request.lapses_at)
    first = "Access begins" if request.starts_at else "Access begins with the first reveal, at the latest"
    told = {
        GrantState.WAITING: f"{first}: {begins}",
        GrantState.ACTIVE: f"Access ends: {when(request.expires_at, seconds=short)}",
        GrantState.EXPIRED: f"Access expired: {ended}",
        GrantState.REVOKED: f"Access ended early{_ended_by(request)}: {ended}",
        GrantState.USED_UP: f"Its one reveal was used: {ended}",
        GrantState.LAPSED: f"Access lapsed, because nobody used it: {ended}",
    }
    return told[request.grant] if request.grant else ""


def _ended_by(request: Request) -> str:
    """` by @bob, because it was locked`: who ended it, and why."""
    by = "" if request.ended_why in _BY_ITSELF else f" by {actor_of(request.ended_by)}"
    return f"{by}{_because(request)}"


def _because(request: Request) -> str:
    why = because(request.ended_why)
    return f", because {why}" if why else ""


def is_short(request: Request) -> bool:
    """Whether minutes are too coarse to tell its end."""
    return request.duration.seconds < SHORT_SECONDS
