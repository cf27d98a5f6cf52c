"""Reveal: check the person, claim the use with its event, and only then read the value (law 2)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from envaccess.application.people.membership import may_have
from envaccess.application.people.standing import refuse_ineligible
from envaccess.application.ports.messages import Messages
from envaccess.application.refuse import refuse
from envaccess.application.refused_calls import Cause, cause_of
from envaccess.application.service_context import ServiceContext
from envaccess.domain.errors import (
    DirectoryError,
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    SealError,
    SourceError,
    StoreError,
    ValueMissingError,
)
from envaccess.domain.outcome import TOGETHER_MAX, VALUE_MAX, Claim, Failure
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request
from envaccess.domain.variable import Variable

Show = Callable[[Claim, Mapping[Variable, str]], Awaitable[None]]
"""One way in which values reach their requester; raises `MessageError`."""

_TOO_LONG = frozenset({"msg_blocks_too_long", "msg_too_long"})
"""Codes of Slack, which counts what is escaped (quotes, line breaks) more than once."""
_REFUSED = {
    Cause.CONTENT: Failure.NOT_DRAWN,
    Cause.MESSAGES_TAB: Failure.MESSAGES_TAB,
    Cause.PERSON: Failure.DM_CLOSED,
    Cause.PLACE: Failure.DM_CLOSED,
    Cause.FORBIDDEN: Failure.FORBIDDEN,
    Cause.APP: Failure.APP_REFUSED,
}
"""What a refusal for good comes to; anything else may pass, and is worth another press."""
_ELSEWHERE = frozenset({Failure.MESSAGES_TAB, Failure.DM_CLOSED, Failure.FORBIDDEN})
"""Refusals of the direct messages alone: where the person pressed, Slack may show the values all the same."""
_NOT_TAKEN = frozenset({*_REFUSED.values(), Failure.SLACK_REFUSED, Failure.TOO_LONG})

_TRIED = "reveal"
_HELD_MOST = 10_000
"""Grants of one person that are looked at: all, since one left out would be revealed unasked (law 4)."""
_PAUSES = (0.25, 0.5, 0.0)
"""Seconds after each try to give a use back; with a second a try, all end before a stop gives up on them."""


async def claim_reveal(
    context: ServiceContext,
    messages: Messages,
    op: str,
    actor: str,
    request: str,
    ts: str = "",
    how: str = "",
) -> Claim | Refusal:
    """Claim exactly this grant for its requester, whose direct messages are opened first.

    Raises:
        DirectoryError: Slack did not say who this is; nothing was claimed.
        StoreError: see `ports.grants.Reveals`.
    """
    found = await context.requests.get(request)
    reason, inside = await asyncio.gather(
        refuse_ineligible(context, actor), _may_still(context, found, actor) if found else _nothing()
    )
    if reason or not inside:
        names = tuple(map(str, found.variables if found else ()))
        refusal = Refusal(reason or Reason.NOT_REQUESTER, request=request, names=names)
        return await refuse(context, op, actor, _TRIED, refusal, names)
    if found is None or found.requester != actor:  # the script says why not
        return await context.reveals.claim(op, request, actor, ts, how)
    return await _claim_into(messages, actor, lambda: context.reveals.claim(op, request, actor, ts, how))


async def _claim_into(
    messages: Messages, actor: str, claim: Callable[[], Awaitable[Claim | Refusal]]
) -> Claim | Refusal:
    """Claim, once it is known where the values are shown: as long as that is not, no use is counted."""
    try:
        dm = await messages.dm_in_time(actor)
    except MessageRefusedError as error:
        return Refusal(Reason.DM_REFUSED, state=failure_of(error.code))
    except MessageError:
        return Refusal(Reason.DM_SLOW)
    claimed = await claim()
    return replace(claimed, dm=dm) if isinstance(claimed, Claim) else claimed


def failure_of(code: str) -> Failure:
    """What a refusal with this code of Slack's comes to."""
    return Failure.TOO_LONG if code in _TOO_LONG else _REFUSED.get(cause_of(code), Failure.SLACK_REFUSED)


async def _may_still(context: ServiceContext, request: Request, actor: str) -> bool:
    """Whether the pinned ruling lets this person have it now: a requester is asked about too (law 4)."""
    # The script says whose it is.
    return request.requester != actor or await may_have(context, request)


async def _nothing() -> bool:
    return True


async def claim_by_name(
    context: ServiceContext, messages: Messages, op: str, actor: str, variable: Variable
) -> Claim | Refusal:
    """Claim the grant that serves this name best (law 6)."""
    reason = await refuse_ineligible(context, actor)
    if reason:
        return await refuse(context, op, actor, _TRIED, Refusal(reason), (str(variable),))
    holdings = await context.requests.held_by(actor, _HELD_MOST)
    held = [found for found in holdings.live if variable in found.variables]
    may = await asyncio.gather(*(_may_still(context, found, actor) for found in held))
    barred = [found.id for found, still in zip(held, may, strict=True) if not still]
    if barred and len(barred) == len(held):
        refusal = Refusal(Reason.NOT_REQUESTER, request=barred[0], names=(str(variable),))
        return await refuse(context, op, actor, _TRIED, refusal, refusal.names)
    if not held:  # the script says why there is nothing to show
        return await context.reveals.claim_named(op, variable, actor, barred)
    return await _claim_into(
        messages, actor, lambda: context.reveals.claim_named(op, variable, actor, barred)
    )


async def hand_over(
    context: ServiceContext, messages: Messages, claim: Claim, spare: Show | None = None
) -> Failure | None:
    """Read the values and show them to the requester; None when Slack took the message.

    What certainly did not leave this process is given back; what may have, stays spent.

    Args:
        context: what verbs act through.
        messages: shows values in the direct messages.
        claim: what is shown.
        spare: another way to the requester alone, where Slack refuses the direct messages for good.
    """
    if not claim.fresh:
        return Failure.REPEATED
    values: dict[Variable, str] = {}
    failure = await _read(context, claim, values) or await _show(context, messages.show_values, claim, values)
    if spare and failure in _ELSEWHERE:
        second = await _show(context, spare, claim, values)
        failure = failure if second in _NOT_TAKEN else second
    if failure and failure is not Failure.UNKNOWN:
        return await _give_back(context, claim, failure)
    return failure


async def _give_back(context: ServiceContext, claim: Claim, failure: Failure) -> Failure:
    """Return the use, also if Redis is away for a moment; if it cannot be, the use stays spent."""
    for seconds in _PAUSES:
        try:
            await context.reveals.give_back(claim, failure)
        except StoreError:
            await asyncio.sleep(seconds)
        else:
            return failure
    return Failure.NOT_RETURNED


async def _read(context: ServiceContext, claim: Claim, values: dict[Variable, str]) -> Failure | None:
    try:
        for variable in claim.variables:
            values[variable] = await context.source.read(variable)
    except ValueMissingError:
        return Failure.VALUE_MISSING
    except SealError:
        return Failure.SEALED
    except (SourceError, StoreError):
        return Failure.SOURCE_DOWN
    lengths = [len(value) for value in values.values()]
    return Failure.TOO_LONG if max(lengths) > VALUE_MAX or sum(lengths) > TOGETHER_MAX else None


async def _show(
    context: ServiceContext, show: Show, claim: Claim, values: Mapping[Variable, str]
) -> Failure | None:
    """Show the values in one way, if the access still lives; that is asked last of all."""
    if why := await _why_not_now(context, claim):
        return why
    try:
        await show(claim, values)
    except MessageRefusedError as error:
        return failure_of(error.code)
    except MessageDelayedError:
        return Failure.SLACK_REFUSED
    except MessageError:
        return Failure.UNKNOWN
    return None


async def _why_not_now(context: ServiceContext, claim: Claim) -> Failure | None:
    """Whether the person may still see it, and then whether the access still lives; no answer is a no."""
    try:
        found = await context.requests.get(claim.id)
        barred = found is None or await refuse_ineligible(context, claim.requester)
        if found is None or barred or not await may_have(context, found):
            return Failure.NOT_ALLOWED
        return None if await context.reveals.still(claim) else Failure.ENDED
    except (DirectoryError, StoreError):
        return Failure.NOT_CHECKED
