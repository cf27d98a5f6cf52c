"""Who may decide: the members of the approvers channel, asked of Slack each time."""

import asyncio

from bot.domain.person import refuse_person
from bot.domain.policy import candidates
from bot.services.world import World

_BATCH = 5
"""People asked about at once: as many as an answer names."""


async def who_may_decide(world: World, requester: str) -> tuple[str, ...]:
    """The channel's members but the requester, if at least one of them is a full, live member.

    A channel of guests, bots and leavers can decide nothing, so it counts as empty (law 9). Nobody is asked
    about after the first who can decide is found; whoever was found unable is left out.
    """
    members = candidates(requester, await world.directory.members(world.approvers_channel))
    unable: set[str] = set()
    for start in range(0, len(members), _BATCH):
        batch = members[start : start + _BATCH]
        people = await asyncio.gather(*(world.directory.person(member) for member in batch))
        reasons = [refuse_person(someone, world.directory.workspace) for someone in people]
        unable.update(member for member, reason in zip(batch, reasons, strict=True) if reason)
        if None in reasons:
            return tuple(member for member in members if member not in unable)
    return ()
