"""Judge items of the open access review. Nobody judges what is about themselves, by no path (as law 3)."""

from collections.abc import Mapping

from envaccess.application.access_reviews.start import TRIED
from envaccess.application.people.lock import is_security
from envaccess.application.people.one_person import is_about
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.access_review import AccessReview, Item, Judged, Verdict
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.call import Call
from envaccess.domain.refusal import Reason, Refusal


async def review_for(context: ServiceContext, call: Call) -> AccessReview | Refusal:
    """The open review, for one of its reviewers or of the security people of now.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    if refusal := await refuse_program(context, call, TRIED):
        return refusal
    if reason := await refuse_ineligible(context, call.by):
        return await refuse(context, call, TRIED, Refusal(reason))
    review = await context.access_reviews.open()
    named = review is not None and call.by in review.reviewers
    if not named and not await is_security(context, call.by):
        return await refuse(context, call, TRIED, Refusal(Reason.NOT_ACCESS_REVIEWER))
    return review or Refusal(Reason.NO_ACCESS_REVIEW)


async def may_judge(context: ServiceContext, call: Call, review: str = "") -> AccessReview | Refusal:
    """The open review, if this person may judge in it now; else the audited refusal.

    Args:
        context: who is asked.
        call: who acts.
        review: which one was shown; empty for whichever is open.
    """
    found = await review_for(context, call)
    if isinstance(found, Refusal):
        return found
    if review not in {"", found.id}:
        return Refusal(Reason.ACCESS_REVIEW_OVER)
    reviews = call.by in found.reviewers if found.reviewers else True
    return found if reviews else await refuse(context, call, TRIED, Refusal(Reason.NOT_ACCESS_REVIEWER))


async def judge_items(
    context: ServiceContext, call: Call, review: str, verdicts: Mapping[str, Verdict], why: str
) -> Judged | Refusal:
    """Judge items by their numbers for a person, or say why not; a live grant that is revoked ends.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    found = await may_judge(context, call, review)
    if isinstance(found, Refusal):
        return found
    judged = await judge_as(context, call.op, call.principal.actor, found, verdicts, why)
    if isinstance(judged, Refusal) and judged.reason in {Reason.OWN_ACCESS, Reason.REVIEW_ITEM}:
        return await refuse(context, call, TRIED, judged)
    return judged


async def judge_as(
    context: ServiceContext,
    op: str,
    actor: Actor,
    review: AccessReview,
    verdicts: Mapping[str, Verdict],
    why: str,
) -> Judged | Refusal:
    """The same for whoever may: no item about the actor, and nothing is kept by whoever is no person."""
    for number, verdict in verdicts.items():
        item = review.item(number)
        if item is None:
            return Refusal(Reason.REVIEW_ITEM)
        if reason := _why_not(actor, item, verdict):
            return Refusal(reason)
    kept = [one for number in verdicts if verdicts[number] is Verdict.KEEP and (one := review.item(number))]
    about = {person for item in kept for person in item.about}
    if actor.kind is ActorKind.PERSON and await is_about(context, actor.id, about):
        return Refusal(Reason.OWN_ACCESS)
    judged = await context.access_reviews.judge(op, review, actor, verdicts, why)
    if isinstance(judged, Judged):
        for number in judged.done:
            if verdicts[number] is Verdict.REVOKE:
                await _end(context, f"{op}:{number}", actor, review.item(number))
    return judged


def _why_not(actor: Actor, item: Item, verdict: Verdict) -> Reason | None:
    if actor.kind is ActorKind.PERSON and actor.id in item.about:
        return Reason.OWN_ACCESS
    if actor.kind is not ActorKind.PERSON and verdict is Verdict.KEEP:
        return Reason.HOST_KEEPS
    return None if item.allows(verdict) else Reason.NOT_REDUCIBLE


async def _end(context: ServiceContext, op: str, actor: Actor, item: Item | None) -> None:
    """End what lives of a revoked grant; of one that is over there is nothing to end."""
    if item is not None and item.request:
        await context.requests.revoke(op, item.request, actor, "")
