"""Write a refused attempt down, and hand the refusal on."""

from bot.domain.audit import person
from bot.domain.lock import read_target
from bot.domain.outcome import Attempt
from bot.domain.refusal import AUDITED, Reason, Refusal
from bot.domain.text import printable
from bot.services.world import World


async def refuse(
    world: World, op: str, actor: str, tried: str, refusal: Refusal, names: tuple[str, ...] = ()
) -> Refusal:
    """Audit the attempt if its reason is audited (law 12), and return the refusal."""
    if refusal.reason in AUDITED:
        attempt = Attempt(
            person(actor), tried, refusal.request, tuple(printable(name) for name in names), _account(refusal)
        )
        await world.trail.refuse(op, attempt, refusal.reason)
    return refusal


def _account(refusal: Refusal) -> str:
    """Whom a refusal is about; of a lock, who is locked and not who locked."""
    if refusal.reason is not Reason.LOCKED:
        return refusal.by
    return read_target(refusal.target).person
