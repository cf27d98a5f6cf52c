"""What somebody has asked for and holds."""

import asyncio
from dataclasses import replace

from envaccess.application.people.lock import lock_on
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.outcome import Holdings
from envaccess.domain.refusal import Refusal


async def show_status(context: ServiceContext, op: str, actor: str) -> Holdings | Refusal:
    """A person's own requests and grants."""
    reason = await refuse_ineligible(context, actor)
    if reason:
        return await refuse(context, op, actor, "status", Refusal(reason))
    held, lock = await asyncio.gather(context.requests.held_by(actor), lock_on(context, actor))
    return replace(held, lock=lock)
