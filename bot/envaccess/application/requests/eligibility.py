"""Whether somebody may decide a request now, and in whose name."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from envaccess.application.people.lock import lock_on
from envaccess.application.people.membership import deciders, members, whole_set
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.service_context import ServiceContext
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.policy.rules import Step
from envaccess.domain.policy.ruling import chain_for
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State
from envaccess.domain.seals.statements import Right


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Somebody's place in a request's chain.

    Attributes:
        behalf: who handed their duty to them; empty where they decide in their own right.
        duty: the MAC of that duty.
        right: in what right they decide.
    """

    request: Request
    behalf: str = ""
    duty: str = ""
    right: Right = Right.OWN


async def find_eligibility(
    context: ServiceContext, actor: str, request: Request, duties: Sequence[Delegation] | None = None
) -> Eligibility | Refusal:
    """This person's place in the step that is awaited, or why they have none.

    A duty that was handed over widens nobody's rights: it is its giver's place, if they have one, and never
    leads back to the requester or the person behind. `duties` are those that stand now; None: look them up.
    """
    asked = request.principal.person
    if actor == asked:
        return Refusal(Reason.SELF_APPROVAL, request=request.id)
    if not asked:  # whoever it is may be the one behind it (law 3)
        return Refusal(Reason.NOT_APPROVER, request=request.id)
    if request.state is State.PENDING and _counted(request, actor):
        return Refusal(Reason.ALREADY_COUNTED, request=request.id)
    awaited, pinned, now = await asyncio.gather(
        _awaited(context, request), deciders(context, request.ruling.steps), approvers_of(context, request)
    )
    principals = awaited & now
    if actor in principals:
        return Eligibility(request, right=await _right(context, request, actor, Right.OWN))
    standing = await context.delegations.standing() if duties is None else duties
    given = [duty for duty in standing if duty.taker == actor]
    eligibility = await _by_duty(context, request, given, principals)
    if eligibility:
        return eligibility
    elsewhere = actor in pinned & now
    return Refusal(Reason.NOT_YOUR_STEP if elsewhere else Reason.NOT_APPROVER, request=request.id)


async def _by_duty(
    context: ServiceContext, request: Request, given: Collection[Delegation], principals: Collection[str]
) -> Eligibility | None:
    for duty in given:
        free = duty.giver != request.principal.person and not _counted(request, duty.giver)
        if not (free and duty.giver in principals):
            continue
        if not (await refuse_ineligible(context, duty.giver) or await lock_on(context, duty.giver)):
            right = await _right(context, request, duty.giver, Right.DUTY)
            return Eligibility(request, duty.giver, duty.mac, right)
    return None


async def _right(context: ServiceContext, request: Request, person: str, usual: Right) -> Right:
    """In what right this person's place is used: those whom time called in have it from that alone."""
    step = request.step
    if step is None or not request.progress.escalated or person in await members(context, step.approvers):
        return usual
    return Right.ESCALATION


def _counted(request: Request, person: str) -> bool:
    return any(approval.counts(person) for approval in request.progress.approvals)


async def awaited_now(context: ServiceContext, request: Request) -> frozenset[str]:
    """Approvers of the awaited step under the pinned ruling *and* of the chain that the policy has now."""
    found = await asyncio.gather(_awaited(context, request), approvers_of(context, request))
    return frozenset.intersection(*found)


async def _awaited(context: ServiceContext, request: Request) -> frozenset[str]:
    """Approvers of the awaited step under the pinned ruling.

    Of a request that is over: whoever could have decided it, who may be told how it ended.
    """
    if request.step:
        return await members(context, request.awaited)
    return await deciders(context, request.ruling.steps)


def admitted(context: ServiceContext, request: Request, step: Step | None = None) -> frozenset[str]:
    """The sister workspaces whose people may decide, under the pinned ruling *and* the policy of now.

    `step` is an earlier one; None: what is awaited, or anything where the request is over.
    """
    if not context.rulebook.current.sisters:
        return frozenset()
    if step:
        pinned = frozenset(whole_set(step).sisters)
    elif request.step:
        pinned = frozenset(request.awaited.sisters)
    else:
        pinned = _sisters(request.ruling.steps)
    return pinned & _sisters(chain_for(context.rulebook.current, request.variables))


def _sisters(steps: Sequence[Step]) -> frozenset[str]:
    return frozenset(sister for step in steps for sister in whole_set(step).sisters)


async def approvers_of(context: ServiceContext, request: Request) -> frozenset[str]:
    """Whoever may decide on these variables now, under the policy that holds now, in their own right."""
    return await deciders(context, chain_for(context.rulebook.current, request.variables))
