"""Deciding in memory, as `decide.lua` does it: steps, distinct people, narrower only."""

from dataclasses import replace

from envaccess.domain.approval_progress import Approval, Notification
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided, Vote
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import REQUEST_TABLE, Request, State, Verb
from tests.fakes.books import Books, enter, first_open, notification
from tests.fakes.filing import conclude


def decide(books: Books, request: str, actor: str, verb: Verb, why: str, vote: Vote) -> Decided | Refusal:
    """Approve a step of a pending request, or deny it."""
    found = books.settle(request)
    if found is None:
        return books.refuse(actor, verb, Refusal(Reason.UNKNOWN_ID))
    if found.principal.person in {actor, vote.behalf}:
        return books.refuse(actor, verb, Refusal(Reason.SELF_APPROVAL, request=request))
    if (found.state, verb) not in REQUEST_TABLE:
        return Refusal(Reason.NOT_PENDING, state=found.state, by=found.decided_by, at=found.decided_at)
    approving = verb is Verb.APPROVE
    people = [actor, vote.behalf, *([found.principal.person] if approving else [])]
    locked = books.locked(verb, actor, people, found.variables if approving else ())
    if locked or verb is Verb.DENY:
        return locked or _deny(books, found, actor, why)
    outcome = _approve(books, found, actor, vote)
    if isinstance(outcome, Request):
        return _told(books, outcome)
    return outcome if outcome.reason is Reason.MOVED_ON else books.refuse(actor, verb, outcome)


def _deny(books: Books, found: Request, actor: str, why: str) -> Decided:
    denied = replace(found, state=State.DENIED, decided_at=books.now, decided_by=actor)
    return _told(books, replace(denied, decision_reason=why))


def _told(books: Books, changed: Request) -> Decided:
    books.change(changed)
    return Decided(
        changed.id, changed.state, changed.requester, changed.variables, changed.duration,
        changed.expires_at, changed.grant,
    )  # fmt: skip


def _refuse(books: Books, found: Request, actor: str, vote: Vote) -> Refusal | None:
    unknown = tuple(str(variable) for variable in found.variables if variable not in books.values)
    if unknown:
        return Refusal(Reason.UNKNOWN_VARIABLE, request=found.id, names=unknown[:1])
    if found.progress.step != vote.step:
        return Refusal(Reason.MOVED_ON, request=found.id)
    if any(
        approval.counts(who) for approval in found.progress.approvals for who in (actor, vote.behalf) if who
    ):
        return Refusal(Reason.ALREADY_COUNTED, request=found.id)
    return None


def _approve(books: Books, found: Request, actor: str, vote: Vote) -> Request | Refusal:
    refusal = _refuse(books, found, actor, vote)
    if refusal:
        return refusal
    progress = found.progress
    kept = tuple(approval for approval in progress.approvals if approval.by not in vote.lost)
    approval = Approval(actor, vote.step, books.now, vote.behalf)
    agreed = replace(found, progress=replace(progress, approvals=(*kept, approval)))
    awaited = first_open(agreed)
    if awaited is None and vote.checked != len(progress.approvals):
        return Refusal(Reason.MOVED_ON, request=found.id)
    narrowed = _narrow(agreed, actor, vote)
    if isinstance(narrowed, Refusal):
        return narrowed
    if awaited is None:
        return conclude(books, replace(narrowed, decided_by=actor))
    if awaited == progress.step:
        return narrowed
    lost = len(kept) < len(progress.approvals)
    return notification(
        enter(narrowed, awaited, books.now), Notification.REOPENED if lost else Notification.STEP
    )


def _narrow(request: Request, actor: str, vote: Vote) -> Request | Refusal:
    """Narrower only: shorter, and some of the variables."""
    seconds = min(request.duration.seconds, vote.seconds or request.duration.seconds)
    wanted = vote.variables or request.variables
    variables = tuple(variable for variable in request.variables if variable in wanted)
    if not variables:
        return Refusal(Reason.NOT_WIDER, request=request.id, names=tuple(map(str, vote.variables)))
    if (seconds, variables) == (request.duration.seconds, request.variables):
        return request
    return replace(
        request,
        variables=variables,
        duration=Duration(seconds, once=request.duration.once),
        asked_variables=request.asked_variables or request.variables,
        asked_seconds=request.asked_seconds or request.duration.seconds,
        progress=replace(request.progress, narrowed_by=actor),
    )
