"""Whether a chain can be completed, and who is asked first."""

import asyncio
from collections.abc import Sequence

from envaccess.application.people.membership import NAMED, eligible, members, whole_set
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.service_context import ServiceContext
from envaccess.domain.policy.completion import can_complete
from envaccess.domain.policy.rules import Step, Then
from envaccess.domain.policy.ruling import chain_for
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable


async def who_may_decide(
    context: ServiceContext, asked: str, channel: str, steps: Sequence[Step]
) -> tuple[str, ...] | Refusal:
    """Whom the first step waits for, if the whole chain can be completed by distinct people (law 9).

    People who are no full members, and `asked`, count for nothing. What a step escalates to counts too.

    Args:
        context: whom to ask.
        asked: the person who asks, or who is behind it; where nobody is known, anybody could be (law 3).
        channel: where it is decided.
        steps: the chain.

    Raises:
        DirectoryError: Slack did not say.
    """
    if not asked:
        return Refusal(Reason.NO_APPROVERS)
    if not await context.directory.members(channel):
        return Refusal(Reason.APPROVERS_UNREACHABLE)
    able = await _able(context, asked, steps)
    places = [able[number] for number, step in enumerate(steps) if not _may_be_skipped(step, able[number])]
    wanted = [step.approvals for number, step in enumerate(steps) if not _may_be_skipped(step, able[number])]
    if not can_complete([place for place, count in zip(places, wanted, strict=True) for _ in range(count)]):
        return Refusal(Reason.NO_APPROVERS)
    first = await members(context, steps[0].approvers) if steps else frozenset()
    return tuple(user for user in able[0] if user in first) if steps else ()


async def _able(context: ServiceContext, asked: str, steps: Sequence[Step]) -> Sequence[tuple[str, ...]]:
    """For each step, who could decide it: stop querying Slack once every step can get distinct approvers.

    What a step lacks, only steps with some of the same people can have taken. So about so many is asked, and
    not for every step about as many as the whole chain needs: Slack tells of a hundred people a minute.
    """
    if len(steps) == 1:  # the usual case needs no task of its own
        who = whole_set(steps[0])
        others = await members(context, who) - {asked}
        return [await eligible(context, others, steps[0].approvals, NAMED, admitted=who.sisters)]
    found = await asyncio.gather(*(members(context, whole_set(step)) for step in steps))
    sets = [principals - {asked} for principals in found]
    needs = [
        sum(step.approvals for step, principals in zip(steps, sets, strict=True) if principals & mine)
        for mine in sets
    ]
    named = [0 if place else NAMED for place in range(len(steps))]  # whom the first step waits for
    sisters = [whole_set(step).sisters for step in steps]
    wanted = zip(sets, needs, named, sisters, strict=True)
    return await asyncio.gather(
        *(eligible(context, mine, need, some, admitted=theirs) for mine, need, some, theirs in wanted)
    )


def _may_be_skipped(step: Step, able: Sequence[str]) -> bool:
    return step.then is Then.SKIP and len(able) < step.approvals


async def who_could_decide(context: ServiceContext, requester: str, variable: Variable) -> tuple[str, ...]:
    """Whom a request for this variable would wait for first; nobody where it would be refused.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides.
    """
    if await refuse_ineligible(context, requester):
        return ()
    policy = context.rulebook.current
    found = await who_may_decide(context, requester, policy.channel, chain_for(policy, (variable,)))
    return () if isinstance(found, Refusal) else found
