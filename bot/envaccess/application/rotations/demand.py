"""A rotation that somebody wants: an owner in Slack, or whoever runs envaccess on its host."""

from typing import Final

from envaccess.application.ports.process import Clock, Ids
from envaccess.application.ports.rotations import Rotations, Rotators
from envaccess.application.refuse import refuse
from envaccess.application.rotations.owners import TRIED, refuse_unless_owner
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import Actor, Tag
from envaccess.domain.call import Call
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.rotation_record import RotationMove
from envaccess.domain.seals.rotations import RotationSeal, RotationStage, RotationWhy
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable

_TRIES: Final = 5


async def rotate(context: ServiceContext, call: Call, variable: Variable) -> str | Refusal:
    """Make it due for one of its owners; the id of the rotation, also of one that is under way.

    Raises:
        DirectoryError: Slack did not say who this is, or who owns it; nothing changed.
    """
    if refusal := await refuse_unless_owner(context, call, variable):
        return refusal
    names = (str(variable),)
    if not await context.catalogue.get([variable]):
        return await refuse(context, call, TRIED, Refusal(Reason.UNKNOWN_VARIABLE, names=names), names)
    if isinstance(context.lease_sources.place_of(variable), LeasePlace):
        return await refuse(context, call, TRIED, Refusal(Reason.ROTATION_LEASED, names=names), names)
    new = wanted(context.rotators, context.clock, context.ids, variable, call.principal.actor)
    return await context.rotations.add(call.op, new, call.principal.actor, 0)


async def rotate_on_host(
    rotations: Rotations,
    now: int,
    ids: Ids,
    variable: Variable,
    actor: Actor,
    wait: int,
) -> str | Refusal:
    """The same for whoever runs envaccess; `wait`: seconds for live grants to end, 0 for none.

    One that is due already, and would wait longer, waits no longer than that.
    """
    new = _new(now, ids, variable, actor, wait)
    begun = await rotations.add(ids.operation(), new, actor, 0)
    if isinstance(begun, str) and begun != new.id:
        await _hurry(rotations, begun, new.wait_until, actor)
    return begun


async def _hurry(rotations: Rotations, rotation: str, until: int, actor: Actor) -> None:
    """Let it wait for live grants until then at most; the worker that drives it may be faster, so again."""
    for _ in range(_TRIES):
        found = await rotations.get(rotation)
        if not found or found.state.stage != RotationStage.DUE or found.state.wait_until <= until:
            return
        sooner = RotationMove(
            found.state.moved(wait_until=until), event=Tag.ROTATION_DUE, detail={"why": RotationWhy.DEMAND}
        )
        if await rotations.move(found, sooner, by=actor, press=""):
            return


def wanted(
    rotators: Rotators,
    clock: Clock,
    ids: Ids,
    variable: Variable,
    actor: Actor,
    why: RotationWhy = RotationWhy.DEMAND,
    seen: str = "",
) -> RotationSeal:
    """What is due from now on; with no version seen, whatever is current when it begins."""
    rule = rotators.rule(variable)
    new = _new(clock.now(), ids, variable, actor, rule.wait if rule else 0)
    return new.moved(why=why, seen=seen)


def _new(now: int, ids: Ids, variable: Variable, actor: Actor, wait: int) -> RotationSeal:
    return RotationSeal(
        id=ids.request(),
        variable=str(variable),
        seen="",
        why=RotationWhy.DEMAND,
        by=str(actor),
        due_at=now,
        wait_until=now + wait * 1_000,
        at=now,
    )
