"""Write a refused attempt down, and hand the refusal on."""

from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.lock import read_target
from envaccess.domain.outcome import Attempt
from envaccess.domain.refusal import AUDITED, Reason, Refusal
from envaccess.domain.screening import printable


async def refuse(
    context: ServiceContext, call: Call, tried: str, refusal: Refusal, names: tuple[str, ...] = ()
) -> Refusal:
    """Audit the attempt if its reason is audited (law 12), and return the refusal."""
    if refusal.reason in AUDITED:
        attempt = Attempt(
            call.principal.acting,
            tried,
            refusal.request,
            tuple(printable(name) for name in names),
            _account(refusal),
            call.principal.behalf,
        )
        await context.trail.refuse(call.op, attempt, refusal.reason)
    return refusal


def _account(refusal: Refusal) -> str:
    """Whom a refusal is about; of a lock, who is locked and not who locked."""
    if refusal.reason is not Reason.LOCKED:
        return refusal.by
    return read_target(refusal.target).person
