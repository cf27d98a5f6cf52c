"""Slow somebody down who types, files or presses faster than a person does (laws 12 and 16)."""

from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.limits import Act
from envaccess.domain.refusal import Reason, Refusal


async def allow_command(context: ServiceContext, call: Call, act: Act = Act.COMMAND) -> Refusal | None:
    """Count what somebody does; the refusal when that was too much in this minute."""
    if await context.throttle.allow(call.op, call.by, act):
        return None
    return Refusal(Reason.SLOW_DOWN if act is Act.COMMAND else Reason.TOO_MANY_PRESSES)
