"""Whether somebody may decide a request now, and in whose name."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from envaccess.application.people.lock import lock_on
from envaccess.application.people.membership import deciders, members
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.service_context import World
from envaccess.domain.course import Delegation
from envaccess.domain.policy.ruling import chain_for
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in a request's chain.

    Attributes:
        behalf: who handed their duty to them; empty where they decide in their own right.
    """

    request: Request
    behalf: str = ""


async def find_seat(
    world: World, actor: str, request: Request, duties: Sequence[Delegation] | None = None
) -> Seat | Refusal:
    """This person's place in the step that is awaited, or why they have none.

    A duty that was handed over widens nobody's rights: it is its giver's place, if they have one, and never
    leads back to the requester. `duties` are those that stand now; None: look them up.
    """
    if actor == request.requester:
        return Refusal(Reason.SELF_APPROVAL, request=request.id)
    if request.state is State.PENDING and _counted(request, actor):
        return Refusal(Reason.ALREADY_COUNTED, request=request.id)
    awaited, pinned, now = await asyncio.gather(
        _awaited(world, request), deciders(world, request.ruling.steps), approvers_of(world, request)
    )
    circle = awaited & now
    if actor in circle:
        return Seat(request)
    standing = await world.delegations.standing() if duties is None else duties
    given = [duty for duty in standing if duty.taker == actor]
    seat = await _by_duty(world, request, given, circle)
    if seat:
        return seat
    elsewhere = actor in pinned & now
    return Refusal(Reason.NOT_YOUR_STEP if elsewhere else Reason.NOT_APPROVER, request=request.id)


async def _by_duty(
    world: World, request: Request, given: Collection[Delegation], circle: Collection[str]
) -> Seat | None:
    for duty in given:
        free = duty.giver != request.requester and not _counted(request, duty.giver)
        if not (free and duty.giver in circle):
            continue
        if not (await refuse_ineligible(world, duty.giver) or await lock_on(world, duty.giver)):
            return Seat(request, duty.giver)
    return None


def _counted(request: Request, person: str) -> bool:
    return any(approval.counts(person) for approval in request.course.approvals)


async def awaited_now(world: World, request: Request) -> frozenset[str]:
    """Approvers of the awaited step under the pinned ruling *and* of the chain that the policy has now."""
    found = await asyncio.gather(_awaited(world, request), approvers_of(world, request))
    return frozenset.intersection(*found)


async def _awaited(world: World, request: Request) -> frozenset[str]:
    """Approvers of the awaited step under the pinned ruling.

    Of a request that is over: whoever could have decided it, who may be told how it ended.
    """
    if request.step:
        return await members(world, request.awaited)
    return await deciders(world, request.ruling.steps)


async def approvers_of(world: World, request: Request) -> frozenset[str]:
    """Whoever may decide on these variables now, under the policy that holds now, in their own right."""
    return await deciders(world, chain_for(world.rulebook.current, request.variables))
