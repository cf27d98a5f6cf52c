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
from bot.domain.refusal import Refusal
from bot.domain.variable import Variable
from bot.services.eligible import refuse_ineligible
from bot.services.ports import Messages
from bot.services.refuse import refuse
from bot.services.world import World

_TOO_LONG = frozenset({"msg_blocks_too_long", "msg_too_long"})
"""Codes of Slack, which counts what is escaped (quotes, line breaks) more than once."""

_TRIED = "reveal"
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
    reason = await refuse_ineligible(world, actor)
    if reason:
        return await refuse(world, op, actor, _TRIED, Refusal(reason, request=request))
    return await world.reveals.claim(op, request, actor, ts, how)


async def claim_by_name(world: World, op: str, actor: str, variable: Variable) -> Claim | Refusal:
    """Claim the grant that serves this name best (law 6)."""
    reason = await refuse_ineligible(world, actor)
    if reason:
        return await refuse(world, op, actor, _TRIED, Refusal(reason), (str(variable),))
    return await world.reveals.claim_named(op, variable, actor)


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
