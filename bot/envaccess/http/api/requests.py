"""Requests: file one, see how one's own stand, withdraw them."""

from typing import Final

from envaccess.application.gate import refuse_pressed, refuse_typed
from envaccess.application.people.sessions import session_lives
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.own import own_request
from envaccess.application.requests.status import show_status
from envaccess.domain.limits import Act
from envaccess.domain.receipt import Receipt, clean_receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.filing import read_filing
from envaccess.http.api.incoming import input_problem
from envaccess.http.api.models import FilingInput, ReceiptInput, RequestsInfo, WaitQuery
from envaccess.http.api.problems import HttpFault, fault_problem
from envaccess.http.api.views import tell_request
from envaccess.http.api.waiting import wait_for_change

_TRIED: Final = "status"
_DAY: Final = 24 * 3_600_000


async def file(api: ApiContext, asked: CheckedCall) -> Reply:
    """File a request, or find the same one that is pending."""
    body = asked.read(FilingInput, asked.body)
    call = asked.call(receipt=receipt_of(asked, body.receipt))
    if refusal := await refuse_typed(api.verbs, call, "request", Act.COMMAND):
        return refusal
    ask = read_filing(body)
    if isinstance(ask, list):
        return input_problem(ask)
    filed = await open_request(api.verbs, call, ask)
    if isinstance(filed, Refusal):
        return filed
    return await _told(api, filed.id, 200 if filed.repeated else 201)


async def list_own(api: ApiContext, asked: CheckedCall) -> Reply:
    """What waits, what is live, and what ended in the last day; the newest first."""
    held = await show_status(api.verbs, asked.call(api.verbs.ids.operation()))
    if isinstance(held, Refusal):
        return held
    since = api.verbs.clock.now() - _DAY
    ended = [request for request in held.ended if (request.ended_at or request.decided_at) >= since]
    found = [*held.pending, *held.live, *ended]
    return Answered(200, RequestsInfo(requests=[await tell_request(api.verbs, request) for request in found]))


async def show(api: ApiContext, asked: CheckedCall) -> Reply:
    """How one's own request stands, as soon as that is news."""
    found = await awaited(api, asked)
    if isinstance(found, Request):
        return Answered(200, await tell_request(api.verbs, found))
    return found


async def cancel(api: ApiContext, asked: CheckedCall) -> Reply:
    """Withdraw one's own request."""
    call = asked.call()
    if refusal := await refuse_pressed(api.verbs, call, "cancel", Act.ENDING):
        return refusal
    outcome = await cancel_request(api.verbs, call, asked.path["id"])
    return outcome if isinstance(outcome, Refusal) else await _told(api, outcome.id, 200)


async def awaited(api: ApiContext, asked: CheckedCall) -> Request | Reply:
    """One's own request, once it is another one than the client knows, or when that waited long enough."""
    query = asked.read(WaitQuery, asked.query)

    async def read() -> Request | Refusal:
        return await own_request(api.verbs, asked.call(api.verbs.ids.operation()), asked.path["id"], _TRIED)

    async def read_in_turn() -> Request | Refusal:
        async with api.turns.polls:
            return await read()

    async def lives() -> bool:
        async with api.turns.polls:
            return await session_lives(api.verbs, asked.who)

    if not query.wait:
        return await read()
    with (
        api.polls.one_of(asked.who.principal.key) as may_wait,
        api.watches.watch(asked.path["id"], asked.who.id) as watch,
    ):
        if not may_wait:
            return fault_problem(HttpFault.POLLS)
        return await wait_for_change(
            watch, read_in_turn, lives, query.version, query.wait, api.verbs.clock.now
        )


def receipt_of(asked: CheckedCall, said: ReceiptInput) -> Receipt:
    """From where a call came: what the client says, and the address that we saw."""
    return clean_receipt(
        said.host or asked.who.host, said.user or asked.who.user, said.program, asked.address
    )


async def _told(api: ApiContext, request: str, status: int) -> Reply:
    """The request as it stands after what was done with it."""
    found = await api.verbs.requests.get(request)
    if found is None:
        return Refusal(Reason.UNKNOWN_ID, request=request)
    return Answered(status, await tell_request(api.verbs, found))
