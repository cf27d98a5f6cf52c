"""Who may decide: the members of the approvers channel, asked of Slack each time."""

import asyncio

from bot.domain.person import refuse_person
from bot.domain.policy import candidates
from bot.services.world import World

_BATCH = 4


async def who_may_decide(world: World, requester: str) -> tuple[str, ...]:
    """The channel's members but the requester, if at least one of them is a full, live member.

    A channel of guests, bots and leavers can decide nothing, so it counts as empty (law 9).
    """
    members = candidates(requester, await world.directory.members(world.approvers_channel))
    for start in range(0, len(members), _BATCH):
        batch = members[start : start + _BATCH]
        people = await asyncio.gather(*(world.directory.person(member) for member in batch))
        if any(refuse_person(someone, world.directory.workspace) is None for someone in people):
            return members
    return ()
