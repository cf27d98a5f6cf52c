"""The owners' buttons: "I rotated it", which the source has to bear out, and "Try again"."""

import asyncio
from typing import Final

from envaccess.application.refuse import refuse
from envaccess.application.rotations.owners import TRIED, refuse_unless_owner
from envaccess.application.rotations.steps import done
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import Call
from envaccess.domain.errors import SealError, SourceError
from envaccess.domain.exposure import mark_of
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.rotation_record import Rotation, RotationMove
from envaccess.domain.seals.rotations import RotationStage

_SECONDS: Final = 8.0
"""For the source to show what is current."""


async def may_press(context: ServiceContext, call: Call, rotation: str) -> Rotation | Refusal:
    """The rotation, if it waits for a person, and this is one of its owners; else the refusal, audited.

    Raises:
        DirectoryError: Slack did not say who this is, or who owns it; nothing changed.
    """
    found = await context.rotations.get(rotation)
    if found is None:
        return await refuse(context, call, TRIED, Refusal(Reason.ROTATION_UNKNOWN, request=rotation))
    if refusal := await refuse_unless_owner(context, call, found.variable):
        return refusal
    return found if found.state.for_owners else Refusal(Reason.ROTATION_OVER, request=rotation)


async def believe(context: ServiceContext, call: Call, rotation: str) -> Refusal | None:
    """Somebody says that it is done: only a source that shows another value is believed.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    found = await may_press(context, call, rotation)
    if isinstance(found, Refusal):
        return found
    state, variable = found.state, found.variable
    try:
        async with asyncio.timeout(_SECONDS):
            current = await context.values.read(variable)
            key = await context.ledger.key()
            version = await context.ledger.version(variable, current)
    except (TimeoutError, SourceError, SealError):
        return Refusal(Reason.ROTATION_UNREAD, request=rotation)
    same = mark_of(version) == mark_of(state.seen)
    if same or key != state.key or state.stage != RotationStage.TASK:
        names = (str(variable),)
        return await refuse(
            context, call, TRIED, Refusal(Reason.ROTATION_UNCHANGED, request=rotation, names=names), names
        )
    move = done(state, context.clock.now(), "owner", version)
    moved = await context.rotations.move(found, move, by=call.principal.actor, press=call.origin.message)
    if moved is None:  # somebody else was faster, or envaccess itself saw it
        again = await context.rotations.get(rotation)
        if again is None or again.state.is_closed:
            return Refusal(Reason.ROTATION_OVER, request=rotation)
        return Refusal(Reason.ROTATION_UNREAD, request=rotation)
    return None


async def try_again(context: ServiceContext, call: Call, rotation: str) -> Rotation | Refusal:
    """What was in the way may be mended: look now.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    found = await may_press(context, call, rotation)
    if isinstance(found, Refusal):
        return found
    move = pressed(found, context.clock.now())
    await context.rotations.move(found, move, by=call.principal.actor, press=call.origin.message)
    return found


def pressed(rotation: Rotation, now: int) -> RotationMove:
    """Somebody wants it looked at now: what was in its way may be mended."""
    state = rotation.state
    again = state.stage == RotationStage.TASK and state.kind not in {"", "owner"}
    stage = RotationStage.DUE if again else state.stage
    return RotationMove(state.moved(stage=stage, tries=0, wait_until=min(state.wait_until, now)))
