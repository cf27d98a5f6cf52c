"""Before the approval that completes a chain: are earlier ones still good, what says the policy now?"""

import asyncio
from dataclasses import dataclass, replace

from envaccess.application.people.lock import lock_on
from envaccess.application.people.membership import may_have, members, standing, whole_set
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.requests.eligibility import admitted, approvers_of
from envaccess.application.service_context import ServiceContext
from envaccess.domain.approval_progress import Approval
from envaccess.domain.policy.completion import can_complete
from envaccess.domain.policy.rules import Then
from envaccess.domain.policy.ruling import Asking, Ruling, rule_request, sets
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at again.

    Attributes:
        checked: how many earlier approvals.
        lost: the people whose approval does not count any more.
    """

    checked: int = 0
    lost: tuple[str, ...] = ()


async def look_again(context: ServiceContext, request: Request, actor: str, behalf: str) -> Checked | Refusal:
    """What an approval by this person would find; refused where the policy of now would refuse it.

    Raises:
        DirectoryError: Slack did not say.
    """
    approvals = (*request.progress.approvals, Approval(actor, request.progress.step, behalf=behalf))
    if not _completes(request, approvals):
        return Checked()
    earlier = request.progress.approvals
    good = await asyncio.gather(*(_is_good(context, request, approval) for approval in earlier))
    lost = tuple(approval.by for approval, still in zip(earlier, good, strict=True) if not still)
    if lost:
        return Checked(len(earlier), lost)
    if not await _allowed_now(context, request, approvals):
        return Refusal(Reason.POLICY_CHANGED, request=request.id)
    return Checked(len(earlier))


def _completes(request: Request, approvals: tuple[Approval, ...]) -> bool:
    """Whether nothing else need be agreed to: what may be passed over is taken for passed over.

    Whether it was stands in the record, which whoever writes to Redis can change at this moment.
    """
    progress = replace(request.progress, approvals=approvals)
    steps = request.ruling.steps
    return all(
        progress.count(number) >= step.approvals or (step.then is Then.SKIP and number + 1 < len(steps))
        for number, step in enumerate(steps)
    )


async def _is_good(context: ServiceContext, request: Request, approval: Approval) -> bool:
    """Whether an earlier approver could still approve that step."""
    step = request.ruling.steps[approval.step]
    people = (approval.by, approval.behalf) if approval.behalf else (approval.by,)
    sisters = () if approval.behalf else admitted(context, request, step)
    ineligible, lock, principals, now = await asyncio.gather(
        refuse_ineligible(context, *people, admitted=sisters),
        lock_on(context, *people),
        members(context, whole_set(step)),
        approvers_of(context, request),
    )
    return not (ineligible or lock) and people[-1] in principals & now


async def _allowed_now(context: ServiceContext, request: Request, approvals: tuple[Approval, ...]) -> bool:
    """Whether its requester is still one of those who may have it, and the policy of now allows it too."""
    if not await may_have(context, request):
        return False
    policy = context.rulebook.current
    if policy.digest == request.ruling.policy and policy.channel == request.channel:
        return True
    member = await standing(context, sets(policy, request.variables), request.principal)
    more = await _left(context, request.extends)
    asking = Asking(request.variables, request.duration, request.reason, request.created_at, more=more)
    ruling = rule_request(policy, asking, member.__getitem__)
    if isinstance(ruling, Refusal) or not _gives_as_much(ruling, request):
        return False
    return ruling.steps == request.ruling.steps or await _fills(context, ruling, approvals)


def _gives_as_much(now: Ruling, request: Request) -> bool:
    """Whether the grant that is pinned is no wider than the one that the policy of now would give."""
    pinned = request.ruling
    used_as_soon = not now.use_within or 0 < pinned.use_within <= now.use_within
    ends_with_use = request.duration.once or not now.single_use
    tapped = pinned.tap or not now.tap
    return set(pinned.delivery) <= set(now.delivery) and used_as_soon and ends_with_use and tapped


async def _left(context: ServiceContext, extends: str) -> int:
    """Seconds that the grant still has which this would prolong; 0 where there is none."""
    found = await context.requests.get(extends) if extends else None
    return max(0, found.expires_at - context.clock.now()) // 1000 if found and found.live else 0


async def _fills(context: ServiceContext, ruling: Ruling, approvals: tuple[Approval, ...]) -> bool:
    """Whether these approvals, each once, fill the chain that the policy has now."""
    agreed = {approval.behalf or approval.by for approval in approvals}
    members_now = await asyncio.gather(*(members(context, whole_set(step)) for step in ruling.steps))
    pairs = zip(ruling.steps, members_now, strict=True)
    return can_complete([principals & agreed for step, principals in pairs for _ in range(step.approvals)])
