"""What somebody has asked for and holds."""

import asyncio
from dataclasses import replace

from envaccess.application.people.lock import lock_on
from envaccess.application.people.standing import refuse_principal
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.outcome import Holdings
from envaccess.domain.refusal import Refusal


async def show_status(context: ServiceContext, call: Call) -> Holdings | Refusal:
    """A person's own requests and grants."""
    reason = await refuse_principal(context, call.principal)
    if reason:
        return await refuse(context, call, "status", Refusal(reason))
    held, lock = await asyncio.gather(context.requests.held_by(call.by), lock_on(context, call.by))
    return replace(held, lock=lock)
