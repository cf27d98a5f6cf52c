"""Withdraw a pending request; only its requester may, and needs nobody's leave."""

from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.outcome import Cancelled
from envaccess.domain.refusal import Refusal


async def cancel_request(context: ServiceContext, call: Call, request: str) -> Cancelled | Refusal:
    """Cancel, or say why not; the script checks the person and the state."""
    return await context.requests.cancel(
        call.op, request, call.principal.acting, call.origin.message, call.principal.behalf
    )
