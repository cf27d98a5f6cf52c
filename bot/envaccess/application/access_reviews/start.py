"""Start an access review: for the policy's security people, and for whoever runs envaccess."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.application.access_reviews.gather import gather_items, read_scope
from envaccess.application.people.lock import is_security
from envaccess.application.people.membership import members
from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.access_review import (
    EVERYTHING,
    ITEMS_MAX,
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    USUAL_SECONDS,
    AccessReview,
    NewReview,
)
from envaccess.domain.audit import Actor
from envaccess.domain.call import Call
from envaccess.domain.refusal import Reason, Refusal

TRIED = "review"
"""What a refused attempt is called."""
_TOLD: Final = 10
"""Security people whom the audit channel's lines name: each mention calls somebody."""


@dataclass(frozen=True, slots=True)
class WantedReview:
    """What somebody wants reviewed.

    Attributes:
        what: a word for it, or the name of a rule; empty for everything.
        reviewers: who shall judge; none: the policy's security people.
        seconds: how long they have.
        channels: a word for each channel whose members are looked at, and its id.
    """

    what: str = ""
    reviewers: tuple[str, ...] = ()
    seconds: int = USUAL_SECONDS
    channels: Sequence[tuple[str, str]] = ()


async def start_review(context: ServiceContext, call: Call, wanted: WantedReview) -> AccessReview | Refusal:
    """Start it for one of the security people, or say why not.

    Raises:
        DirectoryError: Slack did not say who somebody is, or who is in a group; nothing changed.
    """
    if refusal := await refuse_starting(context, call, wanted):
        return refusal
    return await open_review(context, call.op, call.principal.actor, wanted)


async def refuse_starting(context: ServiceContext, call: Call, wanted: WantedReview) -> Refusal | None:
    """What can be told at once why it does not start: everything but whom Slack names."""
    if refusal := await refuse_unless_security(context, call):
        return refusal
    return await _refuse_wanted(context, wanted) or await _refuse_second(context)


async def refuse_unless_security(context: ServiceContext, call: Call) -> Refusal | None:
    """The audited refusal unless a full member who is security in the policy of now acts."""
    if refusal := await refuse_program(context, call, TRIED):
        return refusal
    reason = await refuse_ineligible(context, call.by)
    if reason is None and not await is_security(context, call.by):
        reason = Reason.NOT_REVIEW_SECURITY
    return await refuse(context, call, TRIED, Refusal(reason)) if reason else None


async def _refuse_wanted(context: ServiceContext, wanted: WantedReview) -> Refusal | None:
    if read_scope(wanted.what, context.rulebook.current) is None:
        return Refusal(Reason.NO_REVIEW_SCOPE)
    if not SHORTEST_SECONDS <= wanted.seconds <= LONGEST_SECONDS:
        return Refusal(Reason.REVIEW_TIME)
    reasons = await asyncio.gather(*(refuse_ineligible(context, one) for one in wanted.reviewers))
    unfit = next((one for one, why in zip(wanted.reviewers, reasons, strict=True) if why), "")
    return Refusal(Reason.REVIEWER_UNFIT, by=unfit) if unfit else None


async def _refuse_second(context: ServiceContext) -> Refusal | None:
    before = await context.access_reviews.open()
    if before is None:
        return None
    return Refusal(Reason.ACCESS_REVIEW_OPEN, request=before.id, by=before.by, at=before.opened_at)


async def open_review(
    context: ServiceContext, op: str, actor: Actor, wanted: WantedReview
) -> AccessReview | Refusal:
    """Start it for whoever may: look everybody up, draw the sample, write it down.

    Whether one is open already is asked in that last step, so that a repeat gets the first answer (law 10).

    Raises:
        DirectoryError: Slack did not say who is in a group or a channel; nothing changed.
    """
    if refusal := await _refuse_wanted(context, wanted):
        return refusal
    policy = context.rulebook.current
    scope = read_scope(wanted.what, policy)
    assert scope is not None
    past = await context.access_reviews.past()
    items = await gather_items(context, scope, wanted.channels, past)
    if not items:
        return Refusal(Reason.NO_REVIEW_ITEMS)
    if len(items) > ITEMS_MAX:
        return Refusal(Reason.TOO_MANY_ITEMS, limit=ITEMS_MAX)
    told = () if wanted.reviewers else sorted(await members(context, policy.security))[:_TOLD]
    started: AccessReview | Refusal | None = None
    while started is None:
        new = NewReview(
            id=context.ids.request(),
            what=wanted.what or EVERYTHING,
            reviewers=wanted.reviewers,
            seconds=wanted.seconds,
            policy=policy.digest,
            root=past.root.hex(),
            size=past.size,
            items=items,
            told=tuple(told),
        )
        started = await context.access_reviews.start(op, actor, new)
    return started
