"""Reveal: check the person, claim the use with its event, and only then read the value (law 2)."""

import asyncio
from collections.abc import Mapping

from bot.domain.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    SealError,
    SourceError,
    StoreError,
    ValueMissingError,
)
from bot.domain.outcome import TOGETHER_MAX, VALUE_MAX, Claim, Failure
from bot.domain.refusal import Reason, Refusal
from bot.domain.request import Request
from bot.domain.variable import Variable
from bot.services.circles import may_have
from bot.services.eligible import refuse_ineligible
from bot.services.ports import Messages
from bot.services.refuse import refuse
from bot.services.world import World

_TOO_LONG = frozenset({"msg_blocks_too_long", "msg_too_long"})
"""Codes of Slack, which counts what is escaped (quotes, line breaks) more than once."""

_TRIED = "reveal"
_HELD_MOST = 10_000
"""Grants of one person that are looked at: all, since one left out would be revealed unasked (law 4)."""
_PAUSES = (0.25, 0.5, 0.0)
"""Seconds after each try to give a use back; with a second a try, all end before a stop gives up on them."""


async def claim_reveal(
    world: World, op: str, actor: str, request: str, ts: str = "", how: str = ""
) -> Claim | Refusal:
    """Claim exactly this grant for its requester.

    Raises:
        DirectoryError: Slack did not say who this is; nothing was claimed.
        StoreError: see `ports.Reveals`.
    """
    found = await world.requests.get(request)
    reason, inside = await asyncio.gather(
        refuse_ineligible(world, actor), _may_still(world, found, actor) if found else _nothing()
    )
    if reason or not inside:
        names = tuple(map(str, found.variables if found else ()))
        refusal = Refusal(reason or Reason.NOT_REQUESTER, request=request, names=names)
        return await refuse(world, op, actor, _TRIED, refusal, names)
    return await world.reveals.claim(op, request, actor, ts, how)


async def _may_still(world: World, request: Request, actor: str) -> bool:
    """Whether the pinned ruling lets this person have it now: a requester is asked about too (law 4)."""
    # The script says whose it is.
    return request.requester != actor or await may_have(world, request)


async def _nothing() -> bool:
    return True


async def claim_by_name(world: World, op: str, actor: str, variable: Variable) -> Claim | Refusal:
    """Claim the grant that serves this name best (law 6)."""
    reason = await refuse_ineligible(world, actor)
    if reason:
        return await refuse(world, op, actor, _TRIED, Refusal(reason), (str(variable),))
    holdings = await world.requests.held_by(actor, _HELD_MOST)
    held = [found for found in holdings.live if variable in found.variables]
    may = await asyncio.gather(*(_may_still(world, found, actor) for found in held))
    barred = [found.id for found, still in zip(held, may, strict=True) if not still]
    if barred and len(barred) == len(held):
        refusal = Refusal(Reason.NOT_REQUESTER, request=barred[0], names=(str(variable),))
        return await refuse(world, op, actor, _TRIED, refusal, refusal.names)
    return await world.reveals.claim_named(op, variable, actor, barred)


async def hand_over(world: World, messages: Messages, claim: Claim) -> Failure | None:
    """Read the values and show them to the requester; None when Slack took the message.

    What certainly did not leave this process is given back; what may have, stays spent.
    """
    if not claim.fresh:
        return Failure.REPEATED
    values: dict[Variable, str] = {}
    failure = await _read(world, claim, values) or await _show(messages, claim, values)
    if failure and failure is not Failure.UNKNOWN:
        return await _give_back(world, claim, failure)
    return failure


async def _give_back(world: World, claim: Claim, failure: Failure) -> Failure:
    """Return the use, also if Redis is away for a moment; if it cannot be, the use stays spent."""
    for seconds in _PAUSES:
        try:
            await world.reveals.give_back(claim, failure)
        except StoreError:
            await asyncio.sleep(seconds)
        else:
            return failure
    return Failure.NOT_RETURNED


async def _read(world: World, claim: Claim, values: dict[Variable, str]) -> Failure | None:
    try:
        for variable in claim.variables:
            values[variable] = await world.source.read(variable)
    except ValueMissingError:
        return Failure.VALUE_MISSING
    except SealError:
        return Failure.SEALED
    except (SourceError, StoreError):
        return Failure.SOURCE_DOWN
    lengths = [len(value) for value in values.values()]
    return Failure.TOO_LONG if max(lengths) > VALUE_MAX or sum(lengths) > TOGETHER_MAX else None


async def _show(messages: Messages, claim: Claim, values: Mapping[Variable, str]) -> Failure | None:
    try:
        await messages.show_values(claim.requester, claim, values)
    except MessageRefusedError as error:
        return Failure.TOO_LONG if error.code in _TOO_LONG else Failure.SLACK_REFUSED
    except MessageDelayedError:
        return Failure.SLACK_REFUSED
    except MessageError:
        return Failure.UNKNOWN
    return None
