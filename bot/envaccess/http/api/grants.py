"""Grants: how one's own stand, and their end."""

from envaccess.application.gate import refuse_pressed
from envaccess.application.grants.revoke import revoke_grant
from envaccess.domain.limits import Act
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.requests import awaited
from envaccess.http.api.views import tell_grant


async def show(api: ApiContext, asked: CheckedCall) -> Reply:
    """How the access stands, as soon as that is news."""
    found = await awaited(api, asked)
    return await _told(api, found) if isinstance(found, Request) else found


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
