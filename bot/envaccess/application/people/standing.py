"""Ask Slack who somebody is, at most ten seconds stale, and fail closed (law 4)."""

from envaccess.application.service_context import ServiceContext
from envaccess.domain.person import refuse_person
from envaccess.domain.refusal import Reason


async def refuse_ineligible(context: ServiceContext, *users: str) -> Reason | None:
    """Why the first of these people is not a full, live member; None when all are.

    Raises:
        DirectoryError: Slack did not answer in time, so nothing may be allowed.
    """
    people = await context.directory.persons(users)
    reasons = (refuse_person(someone, context.directory.workspace) for someone in people)
    return next((reason for reason in reasons if reason is not None), None)
