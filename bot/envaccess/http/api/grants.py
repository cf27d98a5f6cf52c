"""Grants: how one's own stand, their use, and their end."""

import time
from collections.abc import Collection, Sequence
from typing import Final

from envaccess.application.agents.services import refuse_agent
from envaccess.application.gate import refuse_pressed
from envaccess.application.grants.client_claim import claim_for_client
from envaccess.application.grants.reveal import hand_over
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.grants.values import leases_in, places_of
from envaccess.application.leases.end_use import end_use as end_leases_of_use
from envaccess.application.people.sessions import session_lives
from envaccess.domain.audit import rfc3339
from envaccess.domain.call import Call
from envaccess.domain.limits import Act
from envaccess.domain.outcome import Claim
from envaccess.domain.proposal import Proposal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request, State
from envaccess.domain.text import whole_number
from envaccess.domain.typed_parts import BadCommand
from envaccess.domain.variable import Variable
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.filing import name_fault, read_labels
from envaccess.http.api.incoming import input_problem
from envaccess.http.api.models import EndedInfo, PressQuery, TapInfo, ValuesInfo, ValuesInput
from envaccess.http.api.requests import awaited, receipt_of
from envaccess.http.api.value_answer import SealedAnswer, failure_problem
from envaccess.http.api.views import seconds_until, tell_grant

_TAP: Final = "tap"
"""The reason for which a release waits for a press."""


async def show(api: ApiContext, asked: CheckedCall) -> Reply:
    """How the access stands, as soon as that is news."""
    found = await awaited(api, asked)
    if isinstance(found, Proposal):
        return Refusal(Reason.NO_GRANT, request=found.id, state=State.PENDING)
    return await _told(api, found) if isinstance(found, Request) else found


async def values(api: ApiContext, checked: CheckedCall) -> Reply:
    """Use it: the values leave in this answer, sealed to the session's key."""
    body = checked.read(ValuesInput, checked.body)
    only = read_labels(body.variables) if body.variables else ()
    if isinstance(only, BadCommand):
        return input_problem([name_fault(only)])
    call = checked.call(receipt=receipt_of(checked, body.receipt))
    if refusal := await refuse_agent(api.verbs, call, checked.path["id"]):
        return refusal
    claim = await _claim(api, checked, call, only)
    if not isinstance(claim, Claim):
        return claim
    way = SealedAnswer(api.boxes, checked.key, checked.gone)
    leased = leases_in(api.verbs, claim, places_of(api.verbs, claim))
    failure = await hand_over(api.verbs, claim, way)
    return (
        failure_problem(failure, claim.id)
        if failure
        else Answered(200, _sealed(api, claim, checked, way.box, leased))
    )


async def _claim(
    api: ApiContext, checked: CheckedCall, call: Call, only: Sequence[Variable]
) -> Claim | Reply:
    """Claim the use, as soon as the person has pressed for it where the ruling asks for that."""
    request, until = checked.path["id"], time.monotonic() + checked.read(PressQuery, checked.query).wait
    with api.polls.one_of(call.by) as may_wait, api.watches.watch(request, checked.who.id) as watch:
        while True:
            claim = await claim_for_client(api.verbs, call, request, only)
            if not isinstance(claim, Refusal) or claim.reason != _TAP:
                return claim
            left = until - time.monotonic()
            if left <= 0 or watch.over or not may_wait:
                expires_in = seconds_until(claim.at, api.verbs.clock.now())
                return Answered(202, TapInfo(tap=checked.key, expires_in=expires_in))
            await watch.changed(left)
            if not await session_lives(api.verbs, checked.who):
                return Refusal(Reason.NO_SESSION)


def _sealed(
    api: ApiContext, claim: Claim, checked: CheckedCall, box: str, leased: Collection[Variable]
) -> ValuesInfo:
    assert claim.request
    left = seconds_until(claim.expires_at, api.verbs.clock.now())
    return ValuesInfo(
        grant=claim.id,
        operation=checked.key,
        values=box,
        once=claim.once,
        expires_at=rfc3339(claim.expires_at),
        ends_in=claim.request.duration.seconds if claim.once else left,
        use=claim.request.uses,
        leased=sorted(map(str, leased)),
    )


async def end_use(api: ApiContext, asked: CheckedCall) -> Reply:
    """End the logins that were made for one use."""
    use = whole_number(asked.path["use"])
    if use is None:
        return Refusal(Reason.UNKNOWN_ID, request=asked.path["id"])
    call = asked.call()
    if refusal := await refuse_pressed(api.verbs, call, "end_use", Act.ENDING):
        return refusal
    ended = await end_leases_of_use(api.verbs, call, asked.path["id"], use)
    return ended if isinstance(ended, Refusal) else Answered(200, EndedInfo(ended=ended))


async def end(api: ApiContext, asked: CheckedCall) -> Reply:
    """End it before its time."""
    call = asked.call()
    if refusal := await refuse_pressed(api.verbs, call, "revoke", Act.ENDING):
        return refusal
    outcome = await revoke_grant(api.verbs, call, asked.path["id"])
    if isinstance(outcome, Refusal):
        return outcome
    found = await api.verbs.requests.get(outcome.id)
    return Refusal(Reason.UNKNOWN_ID, request=outcome.id) if found is None else await _told(api, found)


async def _told(api: ApiContext, request: Request) -> Reply:
    if request.grant is None:
        return Refusal(Reason.NO_GRANT, request=request.id, state=request.state)
    return Answered(200, await tell_grant(api.verbs, request))
