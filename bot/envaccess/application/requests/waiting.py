"""What waits for somebody: requests that they may decide now, emergencies that they may review."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from envaccess.application.people.standing import refuse_ineligible, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.requests.decide import decide
from envaccess.application.requests.eligibility import Eligibility, find_eligibility
from envaccess.application.reviews.review import reviewers
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.duration import Duration
from envaccess.domain.errors import DirectoryError, RecordRefusedError, StoreError
from envaccess.domain.refusal import Refusal
from envaccess.domain.request import Request, Verb

BULK_MAX = 50
"""Requests that one press denies at most."""


async def waits_for(context: ServiceContext, person: str) -> Sequence[Request]:
    """Pending requests that this person may decide now, the oldest first.

    Raises:
        DirectoryError: Slack did not say who decides.
    """
    pending, duties = await asyncio.gather(context.requests.undecided(), context.delegations.standing())
    found = await asyncio.gather(*(find_eligibility(context, person, request, duties) for request in pending))
    return [eligibility.request for eligibility in found if isinstance(eligibility, Eligibility)]


async def reviews_for(context: ServiceContext, person: str) -> Sequence[Request]:
    """Emergencies whose review this person may close, the oldest first."""
    return [
        request
        for request in await context.requests.unreviewed()
        if request.principal.person not in {"", person} and person in await reviewers(context, request.ruling)
    ]


async def stale_for(context: ServiceContext, call: Call, age: Duration) -> Sequence[str] | Refusal:
    """Ids of what waits for somebody for longer than this: at most `BULK_MAX`, oldest first.

    Raises:
        DirectoryError: Slack did not say who this is, or who decides.
    """
    if refusal := await refuse_program(context, call, Verb.DENY):
        return refusal
    if reason := await refuse_ineligible(context, call.by):
        return await refuse(context, call, Verb.DENY, Refusal(reason))
    older_than = context.clock.now() - age.seconds * 1_000
    waiting = await waits_for(context, call.by)
    return [request.id for request in waiting if request.created_at < older_than][:BULK_MAX]


async def deny_all(context: ServiceContext, call: Call, why: str, requests: Sequence[str]) -> int:
    """Deny these, each a decision of its own that is checked and audited like a click; returns how many were.

    What could not be denied just now is still pending, and is seen to be so.
    """
    done = 0
    for request in requests:
        try:
            outcome = await decide(context, replace(call, op=f"{call.op}:{request}"), request, Verb.DENY, why)
        except (DirectoryError, RecordRefusedError, StoreError):
            continue
        done += not isinstance(outcome, Refusal)
    return done
