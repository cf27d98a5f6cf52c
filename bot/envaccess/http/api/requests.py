"""Requests: file one, see how one's own stand, withdraw them."""

from typing import Final

from envaccess.application.agents.propose import own_proposal, propose, withdraw_proposal
from envaccess.application.gate import refuse_pressed, refuse_typed
from envaccess.application.people.sessions import session_lives
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.own import own_request
from envaccess.application.requests.status import show_status
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import Call
from envaccess.domain.command import Ask
from envaccess.domain.limits import Act
from envaccess.domain.proposal import Proposal
from envaccess.domain.receipt import Receipt, clean_receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Request
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.filing import read_filing
from envaccess.http.api.incoming import input_problem
from envaccess.http.api.models import FilingInput, ReceiptInput, RequestsInfo, WaitQuery
from envaccess.http.api.problems import HttpFault, fault_problem
from envaccess.http.api.views import tell_either, tell_request
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
    if call.principal.kind is ActorKind.AGENT:
        return await _propose(api, call, ask)
    filed = await open_request(api.verbs, call, ask)
    if isinstance(filed, Refusal):
        return filed
    return await _told(api, filed.id, 200 if filed.repeated else 201)


async def _propose(api: ApiContext, call: Call, ask: Ask) -> Reply:
    """An agent files nothing: its person is asked first, unless it has or waits for just this already."""
    found = await propose(api.verbs, call, ask)
    if isinstance(found, Refusal):
        return found
    return Answered(202 if isinstance(found, Proposal) else 200, await tell_either(api.verbs, found))


async def list_own(api: ApiContext, asked: CheckedCall) -> Reply:
    """What waits, what is live, and what ended in the last day; the newest first."""
    held = await show_status(api.verbs, asked.call(api.verbs.ids.operation()))
    if isinstance(held, Refusal):
        return held
    since = api.verbs.clock.now() - _DAY
    ended = [request for request in held.ended if (request.ended_at or request.decided_at) >= since]
    waiting = await api.verbs.proposals.of(asked.who.principal.key)
    found: list[Request | Proposal] = [*waiting, *held.pending, *held.live, *ended]
    return Answered(200, RequestsInfo(requests=[await tell_either(api.verbs, one) for one in found]))


async def show(api: ApiContext, asked: CheckedCall) -> Reply:
    """How one's own request stands, as soon as that is news."""
    found = await awaited(api, asked)
    if isinstance(found, (Request, Proposal)):
        return Answered(200, await tell_either(api.verbs, found))
    return found


async def cancel(api: ApiContext, asked: CheckedCall) -> Reply:
    """Withdraw one's own request."""
    call = asked.call()
    if refusal := await refuse_pressed(api.verbs, call, "cancel", Act.ENDING):
        return refusal
    proposal = await _proposal(api, call, asked.path["id"])
    if isinstance(proposal, Proposal) and proposal.is_open:
        withdrawn = await withdraw_proposal(api.verbs, call, proposal)
        told = withdrawn if isinstance(withdrawn, Refusal) else await tell_either(api.verbs, withdrawn)
        return told if isinstance(told, Refusal) else Answered(200, told)
    request = proposal.request if isinstance(proposal, Proposal) else ""
    outcome = await cancel_request(api.verbs, call, request or asked.path["id"])
    return outcome if isinstance(outcome, Refusal) else await _told(api, outcome.id, 200)


async def awaited(api: ApiContext, asked: CheckedCall) -> Request | Proposal | Reply:
    """One's own request, or what an agent wants to ask for, as soon as that is news to the client."""
    query = asked.read(WaitQuery, asked.query)

    async def read() -> Request | Proposal | Refusal:
        call, request = asked.call(api.verbs.ids.operation()), asked.path["id"]
        proposal = await _proposal(api, call, request)
        if isinstance(proposal, Refusal) or (proposal and not proposal.request):
            return proposal
        return await own_request(api.verbs, call, proposal.request if proposal else request, _TRIED)

    async def read_in_turn() -> Request | Proposal | Refusal:
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


async def _proposal(api: ApiContext, call: Call, proposal: str) -> Proposal | Refusal | None:
    """What an agent wants, or wanted, to ask for; None for others, and where there is none."""
    if call.principal.kind is not ActorKind.AGENT:
        return None
    return await own_proposal(api.verbs, call, proposal)


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
