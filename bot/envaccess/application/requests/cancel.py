"""Withdraw a pending request; only its requester may, and needs nobody's leave."""

from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import person
from envaccess.domain.outcome import Cancelled
from envaccess.domain.refusal import Refusal


async def cancel_request(
    context: ServiceContext, op: str, actor: str, request: str, ts: str = ""
) -> Cancelled | Refusal:
    """Cancel, or say why not; the script checks the person and the state."""
    return await context.requests.cancel(op, request, person(actor), ts)
