"""Whether a chain can be completed, and who is asked first."""

import asyncio
from collections.abc import Sequence

from bot.domain.policy.chain import can_complete
from bot.domain.policy.rules import Step, Then
from bot.domain.policy.ruling import chain_for
from bot.domain.refusal import Reason, Refusal
from bot.domain.variable import Variable
from bot.services.circles import eligible, members, whole_circle
from bot.services.world import World


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
    need = sum(step.approvals for step in steps)
    if len(steps) == 1:  # the usual case needs no task of its own
        able = [await _able(world, requester, steps[0], need)]
    else:
        able = await asyncio.gather(*(_able(world, requester, step, need) for step in steps))
    places = [able[number] for number, step in enumerate(steps) if not _may_be_skipped(step, able[number])]
    wanted = [step.approvals for number, step in enumerate(steps) if not _may_be_skipped(step, able[number])]
    if not can_complete([place for place, count in zip(places, wanted, strict=True) for _ in range(count)]):
        return Refusal(Reason.NO_APPROVERS)
    first = await members(world, steps[0].approvers) if steps else frozenset()
    return tuple(user for user in able[0] if user in first) if steps else ()


async def _able(world: World, requester: str, step: Step, need: int) -> tuple[str, ...]:
    return await eligible(world, await members(world, whole_circle(step)) - {requester}, need)


def _may_be_skipped(step: Step, able: Sequence[str]) -> bool:
    return step.then is Then.SKIP and len(able) < step.approvals


async def who_could_decide(world: World, requester: str, variable: Variable) -> tuple[str, ...]:
    """Whom a request for this variable would wait for first; nobody where it would be refused."""
    policy = world.rulebook.current
    found = await who_may_decide(world, requester, policy.channel, chain_for(policy, (variable,)))
    return () if isinstance(found, Refusal) else found
