"""Requests and grants as the API tells them."""

from collections.abc import Collection, Mapping

from envaccess.application.requests.eligibility import awaited_now
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import read_person, rfc3339
from envaccess.domain.call import BROKER
from envaccess.domain.errors import DirectoryError, StoreError
from envaccess.domain.phrase import plain
from envaccess.domain.proposal import DeclinedHow, Proposal, ProposalState
from envaccess.domain.refusal.words import tell
from envaccess.domain.request import Request, State
from envaccess.http.api.models import ApprovalInfo, GrantInfo, GrantSummary, PersonInfo, RequestInfo
from envaccess.http.api.waiting import proposal_version, version_of

_NAMED_MAX = 20
_DECLINED: Mapping[str, str] = {
    DeclinedHow.BUTTON: "Your person said no.",
    DeclinedHow.UNANSWERED: "Your person did not answer in time.",
    DeclinedHow.WITHDRAWN: "It was withdrawn.",
    DeclinedHow.ENDED: "The agent's session has ended.",
    DeclinedHow.REFUSED: "It could not be filed.",
}


async def names_of(context: ServiceContext, users: Collection[str]) -> Mapping[str, str]:
    """What people are called; nobody's name where Slack does not say."""
    asked = sorted(set(users) - {""})
    try:
        found = await context.directory.persons(asked)
    except DirectoryError:
        return {}
    return {someone.id: someone.name for someone in found if someone and someone.name}


async def tell_request(context: ServiceContext, request: Request) -> RequestInfo:
    """One request as its requester is told of it."""
    waiting = await _waiting_for(context, request)
    decided = read_person(request.decided_by)
    approvers = [approval.by for approval in request.progress.approvals]
    called = await names_of(context, [*waiting, decided, *approvers])
    now, pending = context.clock.now(), request.state is State.PENDING
    return RequestInfo(
        id=request.id,
        version=version_of(request),
        state=request.state,
        grant=_tell_access(request, now),
        variables=[variable.label for variable in request.variables],
        duration=str(request.duration),
        once=request.duration.once,
        reason=request.reason,
        requester=str(request.principal),
        surface=request.surface,
        created_at=rfc3339(request.created_at),
        deadline_in=seconds_until(request.deadline_at, now) if pending else 0,
        step=request.progress.step + 1 if request.step else 0,
        steps=len(request.ruling.steps),
        waiting_for=[_info(user, called) for user in waiting],
        approvals=[
            ApprovalInfo(step=approval.step + 1, by=_info(approval.by, called))
            for approval in request.progress.approvals
        ],
        decided_by=_info(decided, called) if decided else None,
        decision_reason=request.decision_reason,
        starts_in=seconds_until(request.starts_at, now),
    )


async def tell_either(context: ServiceContext, found: Request | Proposal) -> RequestInfo:
    """A request, or what an agent wants to ask for, as whoever asks is told of it."""
    return (
        await tell_request(context, found) if isinstance(found, Request) else _tell_proposal(context, found)
    )


def _tell_proposal(context: ServiceContext, proposal: Proposal) -> RequestInfo:
    now = context.clock.now()
    declined = proposal.as_of(now) is ProposalState.DECLINED
    return RequestInfo(
        id=proposal.id,
        version=proposal_version(proposal, now),
        state="declined" if declined else "proposed",
        grant=None,
        variables=[variable.label for variable in proposal.variables],
        duration=str(proposal.duration),
        once=proposal.duration.once,
        reason=proposal.reason,
        requester=str(proposal.agent),
        surface=BROKER,
        created_at=rfc3339(proposal.created_at),
        deadline_in=0 if declined else seconds_until(proposal.expires_at, now),
        step=0,
        steps=0,
        waiting_for=[],
        approvals=[],
        decided_by=None,
        decision_reason=_why_declined(proposal) if declined else "",
        starts_in=0,
        request=proposal.request,
    )


def _why_declined(proposal: Proposal) -> str:
    """In words, for the agent."""
    if refusal := proposal.refusal:
        return plain(tell(refusal))
    return _DECLINED.get(proposal.how, _DECLINED[DeclinedHow.UNANSWERED])


async def tell_grant(context: ServiceContext, request: Request) -> GrantInfo:
    """The access that a request became."""
    assert request.grant
    ended_by = read_person(request.ended_by)
    called = await names_of(context, [ended_by])
    return GrantInfo(
        id=request.id,
        request=request.id,
        version=version_of(request),
        state=request.grant,
        once=request.duration.once,
        ends_in=ends_in(request, context.clock.now()),
        ended_by=_info(ended_by, called) if ended_by else None,
        ended_why=request.ended_why,
    )


def ends_in(request: Request, now: int) -> int:
    """Seconds until the access ends; of a single use that is made, until whatever it was for must end."""
    return seconds_until(request.process_until, now)


def _tell_access(request: Request, now: int) -> GrantSummary | None:
    if request.grant is None:
        return None
    expires = rfc3339(request.expires_at) if request.expires_at else ""
    return GrantSummary(
        state=request.grant,
        ends_in=ends_in(request, now),
        expires_at=expires,
        ended_why=request.ended_why,
    )


def seconds_until(until: int, now: int) -> int:
    """Whole seconds, rounded up: nobody is told that something is over before it is."""
    return max(0, -((now - until) // 1_000))


async def _waiting_for(context: ServiceContext, request: Request) -> list[str]:
    """Who can decide now, apart from who asks; unknown where Slack or the store does not say."""
    if request.state is not State.PENDING:
        return []
    try:
        awaited = await awaited_now(context, request)
    except (DirectoryError, StoreError):
        return []
    counted = {user for approval in request.progress.approvals for user in (approval.by, approval.behalf)}
    return sorted(awaited - counted - {request.principal.person})[:_NAMED_MAX]


def _info(user: str, called: Mapping[str, str]) -> PersonInfo:
    return PersonInfo(id=user, name=called.get(user, user))
