"""Requests in words, for a terminal."""

from collections.abc import Iterator, Sequence
from typing import Final

from envaccess.cli.output import say
from envaccess.client.answers import (
    ACTIVE,
    APPROVED,
    CANCELLED,
    DENIED,
    EXPIRED,
    LAPSED,
    PENDING,
    REVOKED,
    TIMED_OUT,
    USED_UP,
    WAITING,
    PersonAnswer,
    RequestAnswer,
)
from envaccess.domain.duration import spell_seconds
from envaccess.domain.end_reasons import because

_UNKNOWN: Final = "is in a state that this version does not know: update envaccess"
_REQUEST: Final = {
    PENDING: "waits for a decision",
    DENIED: "was denied",
    CANCELLED: "was withdrawn",
    TIMED_OUT: "ended because nobody decided in time",
    APPROVED: "was approved",
}
_GRANT: Final = {
    WAITING: "is approved, and has not begun",
    EXPIRED: "is over",
    REVOKED: "was ended",
    USED_UP: "was used",
    LAPSED: "lapsed, since it was not used in time",
}
_MINUTE: Final = 60
_NAMED: Final = 3


def tell_repeated(request: RequestAnswer) -> None:
    """Say that nothing new was filed, where the same was asked for before and still waits."""
    if request.repeated:
        lasts = "one use" if request.once else request.duration
        say(f"You asked for this before, for {lasts}: request {request.id} waits already.")
        say("Nothing new was asked.")


def tell_end(request: RequestAnswer) -> str:
    """What became of a request, and what to do with it."""
    if request.is_pending:
        return f"{tell_waiting(request)}. `envaccess status {request.id}` says how it stands."
    told = f"Request {request.id} {tell_state(request)}{_by(request)}."
    if request.is_live:
        return f"{told} `envaccess run --request {request.id} -- COMMAND` uses it."
    return told


def tell_waiting(request: RequestAnswer) -> str:
    """Who can decide, a part of a sentence."""
    who = _people(request.waiting_for) or "an approver"
    step = f" (step {request.step} of {request.steps})" if request.steps > 1 else ""
    return f"Request {request.id} waits for {who}{step}"


def _people(people: Sequence[PersonAnswer]) -> str:
    """`@bob, @carla or 4 others`."""
    named = [person.mention for person in people[:_NAMED]]
    left = len(people) - len(named)
    if left:
        named.append(f"{left} others" if left > 1 else people[_NAMED].mention)
    return " or ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


def tell_state(request: RequestAnswer) -> str:
    """How it stands, a part of a sentence."""
    grant = request.grant
    if request.state != APPROVED or grant is None:
        return _REQUEST.get(request.state, _UNKNOWN)
    if grant.state != ACTIVE:
        why = because(grant.ended_why)
        return f"{_GRANT.get(grant.state, _UNKNOWN)}{f', because {why}' if why else ''}"
    once = " for one use" if request.once else ""
    return f"is approved{once}, for {tell_seconds(grant.ends_in)} more"


def tell_seconds(seconds: int) -> str:
    """`59 minutes`: whole minutes where there are some."""
    return spell_seconds(seconds - seconds % _MINUTE if seconds > _MINUTE else max(seconds, 0))


def tell_short(request: RequestAnswer) -> str:
    """One line: its id, what for, and how it stands."""
    return f"{request.id}\t{', '.join(request.variables)}\t{tell_state(request)}"


def tell_request(request: RequestAnswer) -> str:
    """All of it, a line each."""
    return "\n".join(_lines(request))


def _lines(request: RequestAnswer) -> Iterator[str]:
    yield f"Request {request.id} {tell_state(request)}{_by(request)}."
    yield f"For: {', '.join(request.variables)}, {request.duration}"
    yield f"Why: {request.reason}"
    if request.is_pending:
        yield f"{tell_waiting(request)}."
        yield f"It ends undecided in {tell_seconds(request.deadline_in)}."
    if request.decision_reason:
        yield f"They say: {request.decision_reason}"


def _by(request: RequestAnswer) -> str:
    """Who decided; not of access that is over, which somebody else may have ended."""
    decided = request.decided_by if request.is_live or request.grant is None else None
    return f", by {decided.mention}" if decided else ""
