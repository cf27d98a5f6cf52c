"""Approve or deny: the right person, checked at the click; exactly one decision wins (laws 3 to 5).

An approval counts if the person is an approver under the pinned ruling *and* under the policy that holds now,
in their own right or by a duty that was handed to them. The approval that completes the chain looks at every
earlier one again, and at what the policy of now would say.
"""

import asyncio
from dataclasses import dataclass, replace

from envaccess.application.people.lock import lock_on
from envaccess.application.people.one_person import same_person
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.requests.eligibility import Eligibility, admitted, find_eligibility
from envaccess.application.requests.final_check import look_again
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import SLACK, Call
from envaccess.domain.lock import locked_out
from envaccess.domain.outcome import Decided, Vote
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State, Verb
from envaccess.domain.variable import Variable

_TRIES = 3
"""How often somebody else's vote may come in between: each moves the request on."""


@dataclass(frozen=True, slots=True)
class Narrower:
    """Approve less than what is asked for.

    Attributes:
        seconds: for so long only; 0: as asked.
        variables: these only; None: all.
    """

    seconds: int = 0
    variables: tuple[Variable, ...] | None = None


WHOLE = Narrower()


async def may_decide(
    context: ServiceContext, call: Call, request: str, verb: Verb | str = Verb.DENY
) -> Request | Refusal:
    """The request, if this person may decide it now; else the audited refusal.

    Raises:
        DirectoryError: Slack did not answer in time.
    """
    eligibility = await _eligible(context, call, request, verb)
    return eligibility if isinstance(eligibility, Refusal) else eligibility.request


async def may_decide_now(
    context: ServiceContext, call: Call, request: str, tried: Verb | str
) -> Request | Refusal:
    """The same for who is about to be asked why or how much: of a request that is over nothing is asked.

    Where a denial was tried the store says how it ended, and has a message deleted that is not the request's.
    """
    found = await may_decide(context, call, request, tried)
    if isinstance(found, Refusal) or found.state is State.PENDING:
        return found
    if tried is not Verb.DENY:
        return refuse_over(found)
    outcome = await context.requests.decide(call.op, request, call.by, Verb.DENY, "", call.origin.message)
    return outcome if isinstance(outcome, Refusal) else refuse_over(found)


def refuse_over(request: Request) -> Refusal:
    """Nothing can be decided any more: how it ended, who ended it and when."""
    return Refusal(
        Reason.NOT_PENDING,
        request=request.id,
        state=request.state,
        by=request.decided_by,
        at=request.decided_at,
    )


async def _decidable(
    context: ServiceContext, call: Call, request: str, verb: Verb | str
) -> Request | Refusal:
    """The request, for persons: whoever is none decides nothing, whatever the policy says."""
    if refusal := await refuse_program(context, call, verb, request):
        return refusal
    found = await context.requests.get(request)
    return found or await refuse(context, call, verb, Refusal(Reason.UNKNOWN_ID, request=request))


async def _eligible(
    context: ServiceContext, call: Call, request: str, verb: Verb | str
) -> Eligibility | Refusal:
    found = await _decidable(context, call, request, verb)
    if isinstance(found, Refusal):
        return found
    ineligible, lock, for_requester, eligibility = await asyncio.gather(
        refuse_ineligible(context, call.by, admitted=admitted(context, found)),
        lock_on(context, call.by),
        # The requester matters only to an approval: a leaver's request may still be denied.
        refuse_ineligible(context, *([found.principal.person] if verb is Verb.APPROVE else [])),
        find_eligibility(context, call.by, found),
    )
    names = tuple(map(str, found.variables))
    if isinstance(eligibility, Refusal):
        return await refuse(context, call, verb, eligibility, names)
    refusal: Refusal | None = None
    if ineligible:
        refusal = Refusal(ineligible, request=request)
    elif lock:
        refusal = locked_out(lock, request)
    elif for_requester:
        refusal = Refusal(for_requester, request=request, by=found.principal.person)
    elif verb is Verb.APPROVE:
        refusal = await _refuse_twin(context, call.by, eligibility)
    return await refuse(context, call, verb, refusal, names) if refusal else eligibility


async def _refuse_twin(context: ServiceContext, actor: str, eligibility: Eligibility) -> Refusal | None:
    """Why an approval by this person, or in whose name it is, comes from somebody who had their say."""
    request = eligibility.request
    asked = request.principal.person
    earlier = [person for given in request.progress.approvals for person in (given.by, given.behalf)]
    for who in filter(None, (actor, eligibility.behalf)):
        again = await same_person(context, who, (asked, *earlier))
        if asked in again:
            return Refusal(Reason.SELF_APPROVAL, request=request.id)
        if again and request.state is State.PENDING:
            return Refusal(Reason.ALREADY_COUNTED, request=request.id)
    return None


async def decide(
    context: ServiceContext,
    call: Call,
    request: str,
    verb: Verb,
    why: str,
    narrower: Narrower = WHOLE,
) -> Decided | Refusal:
    """Approve or deny a pending request.

    `why` is the reason of a denial, cleaned.
    """
    tries = 0
    while True:
        eligibility = await _eligible(context, call, request, verb)
        if isinstance(eligibility, Refusal):
            return eligibility
        vote = await _vote(context, call.by, eligibility, verb, narrower)
        if isinstance(vote, Refusal):
            return await refuse(context, call, verb, vote, tuple(map(str, eligibility.request.variables)))
        outcome = await context.requests.decide(
            call.op, request, call.by, verb, why, call.origin.message, vote
        )
        moved = isinstance(outcome, Refusal) and outcome.reason is Reason.MOVED_ON
        tries += 1
        if not moved or tries == _TRIES:
            break
    if isinstance(outcome, Refusal):
        return replace(outcome, request=request)
    # Who asked at a terminal waits there: nothing is shown unasked.
    asked = eligibility.request
    return replace(outcome, push=DeliveryMode.PUSH in asked.ruling.delivery and asked.surface == SLACK)


async def _vote(
    context: ServiceContext, actor: str, eligibility: Eligibility, verb: Verb, narrower: Narrower
) -> Vote | Refusal:
    """What is decided, and about which state of the request."""
    request = eligibility.request
    vote = Vote(
        step=request.progress.step,
        behalf=eligibility.behalf,
        seconds=narrower.seconds,
        variables=narrower.variables or (),
        about=request,
        right=eligibility.right,
        duty=eligibility.duty,
    )
    if verb is not Verb.APPROVE or request.state is not State.PENDING:
        return vote
    if narrower.variables == () or narrower.seconds > request.duration.seconds:
        return Refusal(Reason.NOT_WIDER, request=request.id)
    again, found = await asyncio.gather(
        look_again(context, request, actor, eligibility.behalf), context.catalogue.get(request.variables)
    )
    if isinstance(again, Refusal):
        return again
    if gone := [str(variable) for variable in request.variables if variable not in found]:
        return Refusal(Reason.UNKNOWN_VARIABLE, request=request.id, names=(gone[0],))
    return replace(vote, checked=again.checked, lost=again.lost)
