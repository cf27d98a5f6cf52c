"""What somebody is told and what is read of a request, in words that the store and the model share."""

from typing import Any

from envaccess.domain.approval_progress import Approval
from envaccess.domain.outcome import Cancelled, Claim, Decided, Ended, Filed, Locked, Recorded
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request
from tests.stateful.ask import Ask, Yes
from tests.store.harness import var


def told(outcome: Any) -> Any:
    """What somebody is told, in the model's words."""
    match outcome:
        case Refusal():
            words = {"not_pending": (outcome.state, outcome.by), "grant_ended": (outcome.state, outcome.by)}
            more = words.get(outcome.reason, (outcome.state,) if outcome.reason == "no_grant" else ())
            outcome = " ".join((outcome.reason, *more)).rstrip()
        case Filed():
            outcome = f"{'pending' if outcome.repeated else 'filed'} {outcome.id}"
        case Decided():
            outcome = str(outcome.state)
        case Cancelled():
            outcome = "cancelled"
        case Ended():
            outcome = str(outcome.grant)
        case Locked():
            outcome = "already" if outcome.repeated else "locked"
        case Recorded():
            outcome = "said"
        case Claim():
            outcome = f"claimed {outcome.id}"
    return outcome


def heard(approval: Approval) -> Yes:
    """An approval without its moment."""
    return Yes(approval.by, approval.step, approval.behalf)


def stands(request: Request) -> dict[str, Any]:
    """What is promised of a request, as it is read."""
    progress, emergency = request.progress, request.emergency
    return {
        "state": (request.state, request.grant or "", request.decided_by, request.ended_by),
        "asked": (request.variables, request.duration.seconds, request.duration.once),
        "uses": (request.reveals, request.warnings, request.extended),
        "chain": (progress.step, progress.escalated, progress.skipped, tuple(map(heard, progress.approvals))),
        "said": [bool(question.answer) for question in progress.questions],
        "review": (emergency.review, emergency.reviewed_by) if emergency else ("", ""),
    }


def should(ask: Ask, now: float) -> dict[str, Any]:
    """The same as the model has it."""
    state, grant = ask.seen(now)
    return {
        "state": (state, grant, ask.decided_by, ask.ended_by),
        "asked": (tuple(map(var, ask.variables)), ask.seconds, ask.once),
        "uses": (ask.reveals, ask.warnings, ask.extended),
        "chain": (ask.step, ask.escalated, ask.skipped, ask.yes),
        "said": ask.questions,
        "review": (ask.review, ask.reviewed_by),
    }
