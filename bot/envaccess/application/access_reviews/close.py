"""Close an access review: what nobody judged is not reviewed; the rest becomes a policy patch and a pack."""

from collections.abc import Mapping
from dataclasses import dataclass

from envaccess.application.access_reviews.start import refuse_unless_security
from envaccess.application.service_context import ServiceContext
from envaccess.domain.access_review import AccessReview, Verdict
from envaccess.domain.audit import Actor
from envaccess.domain.call import Call
from envaccess.domain.policy.patch import make_patch, write_patch
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.review_pack import make_pack, pack_hash


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Somebody wants to close a review of which something is not judged: they are asked first."""

    review: AccessReview


async def close_access_review(
    context: ServiceContext, call: Call, review: str = "", *, sure: bool = False
) -> AccessReview | Unfinished | Refusal:
    """Close it for one of the security people.

    Args:
        context: who is asked.
        call: who acts.
        review: which one was shown; empty for whichever is open.
        sure: also where something is not judged.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    if refusal := await refuse_unless_security(context, call):
        return refusal
    found = await context.access_reviews.open()
    if found is None:
        before = await context.access_reviews.get(review) if review else None
        over = Refusal(Reason.ACCESS_REVIEW_OVER, by=before.closed_by) if before else None
        return over or Refusal(Reason.NO_ACCESS_REVIEW)
    if review not in {"", found.id}:
        return Refusal(Reason.ACCESS_REVIEW_OVER)
    return await close_as(context, call.op, call.principal.actor, found, sure=sure)


async def close_as(
    context: ServiceContext, op: str, actor: Actor, review: AccessReview, *, sure: bool
) -> AccessReview | Unfinished | Refusal:
    """The same for whoever may."""
    found: AccessReview | None = review
    while found is not None and found.is_open:
        if found.unjudged and not sure:
            return Unfinished(found)
        await _end_revoked(context, op, actor, found)
        policy, at = context.rulebook.current, context.clock.now()
        patch = write_patch(make_patch(policy, found), found.id, policy.digest)
        pack = pack_hash(make_pack(found, str(actor), at, patch))
        closed = await context.access_reviews.close(op, found, actor, at, patch, pack)
        if closed is not None:
            return closed
        found = await context.access_reviews.get(found.id)
    return Refusal(Reason.ACCESS_REVIEW_OVER, by=found.closed_by if found else "")


async def _end_revoked(context: ServiceContext, op: str, actor: Actor, review: AccessReview) -> None:
    """End what still lives of what was revoked, should a process have died between the two."""
    for number, said in review.judgements.items():
        item = review.item(number)
        if said.verdict is Verdict.REVOKE and item is not None and item.request:
            found = await context.requests.get(item.request)
            if found is not None and found.held:
                await context.requests.revoke(f"{op}:{number}", item.request, actor, "")


def pack_of(review: AccessReview) -> Mapping[str, str]:
    """The files of a closed review, made anew; of an open one, as it would be without a patch."""
    return make_pack(review, review.closed_by, review.closed_at, review.patch)


def is_whole(review: AccessReview) -> bool:
    """Whether the pack made anew is the one that the event of its closing names."""
    return pack_hash(pack_of(review)) == review.pack
