"""Whether a chain can be completed, and who is asked first."""

import asyncio
from collections.abc import Sequence

from envaccess.application.people.membership import NAMED, eligible, members, whole_circle
from envaccess.application.service_context import World
from envaccess.domain.policy.chain import can_complete
from envaccess.domain.policy.rules import Step, Then
from envaccess.domain.policy.ruling import chain_for
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable


async def who_may_decide(
    world: World, requester: str, channel: str, steps: Sequence[Step]
) -> tuple[str, ...] | Refusal:
    """Whom the first step waits for, if the whole chain can be completed by distinct people (law 9).

    People who are no full members, and the requester, count for nothing. What a step escalates to counts too.

    Raises:
        DirectoryError: Slack did not say.
    """
    if not await world.directory.members(channel):
        return Refusal(Reason.APPROVERS_UNREACHABLE)
    able = await _able(world, requester, steps)
    places = [able[number] for number, step in enumerate(steps) if not _may_be_skipped(step, able[number])]
    wanted = [step.approvals for number, step in enumerate(steps) if not _may_be_skipped(step, able[number])]
    if not can_complete([place for place, count in zip(places, wanted, strict=True) for _ in range(count)]):
        return Refusal(Reason.NO_APPROVERS)
    first = await members(world, steps[0].approvers) if steps else frozenset()
    return tuple(user for user in able[0] if user in first) if steps else ()


async def _able(world: World, requester: str, steps: Sequence[Step]) -> Sequence[tuple[str, ...]]:
    """For each step, who could decide it: looked up as far as it takes to seat everybody.

    What a step lacks, only steps with some of the same people can have taken. So about so many is asked, and
    not for every step about as many as the whole chain needs: Slack tells of a hundred people a minute.
    """
    if len(steps) == 1:  # the usual case needs no task of its own
        circle = await members(world, whole_circle(steps[0]))
        return [await eligible(world, circle - {requester}, steps[0].approvals, NAMED)]
    found = await asyncio.gather(*(members(world, whole_circle(step)) for step in steps))
    circles = [circle - {requester} for circle in found]
    needs = [
        sum(step.approvals for step, circle in zip(steps, circles, strict=True) if circle & mine)
        for mine in circles
    ]
    named = [0 if place else NAMED for place in range(len(steps))]  # whom the first step waits for
    wanted = zip(circles, needs, named, strict=True)
    return await asyncio.gather(*(eligible(world, *each) for each in wanted))


def _may_be_skipped(step: Step, able: Sequence[str]) -> bool:
    return step.then is Then.SKIP and len(able) < step.approvals


async def who_could_decide(world: World, requester: str, variable: Variable) -> tuple[str, ...]:
    """Whom a request for this variable would wait for first; nobody where it would be refused."""
    policy = world.rulebook.current
    found = await who_may_decide(world, requester, policy.channel, chain_for(policy, (variable,)))
    return () if isinstance(found, Refusal) else found
