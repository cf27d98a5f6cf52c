"""What an agent wants to ask for: its person is asked first, and their press files it.

Until then there is no request, and nobody who decides hears of it. The person behind an agent counts as the
one who asks, so that they never approve what they let it ask (law 3).
"""

from typing import Final

from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.requests.filing import Prepared, open_request, prepare
from envaccess.application.service_context import ServiceContext
from envaccess.domain.call import BROKER, Call, Origin
from envaccess.domain.command import Ask
from envaccess.domain.outcome import Filed
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.proposal import DeclinedHow, NewProposal, Proposal, ProposalState
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, Request
from envaccess.domain.session import LoginState

_TRIED: Final = "request"
_TOGETHER: Final = "agents:"
_NO_START: Final = -1
_TRIES: Final = 5
_DECIDERS_MAX: Final = 20
_LIVE: Final = frozenset({GrantState.ACTIVE, GrantState.WAITING})


async def propose(context: ServiceContext, call: Call, ask: Ask) -> Proposal | Request | Refusal:
    """Ask an agent's person whether it may ask; what it has or waits for already is answered as it stands.

    What the policy refuses is told to the agent, and nobody is bothered with it.

    Raises:
        DirectoryError: Slack did not say who its person is, or who decides; nothing changed.
        StoreError: the store did not answer.
    """
    prepared = await prepare(context, call, ask)
    if isinstance(prepared, Refusal):
        return prepared
    if DeliveryMode.BROKER not in prepared.ruling.delivery:
        hint = ",".join(prepared.ruling.delivery)
        names = tuple(map(str, prepared.ask.variables))
        why = Refusal(Reason.DELIVERY, state=DeliveryMode.BROKER, hint=hint, names=names)
        return await refuse(context, call, _TRIED, why, names)
    if known := await _known(context, call, prepared):
        return known
    # Agents of one person count together, and apart from the person, whom no agent keeps from asking.
    if not await context.throttle.allow(f"{call.op}:agents", f"{_TOGETHER}{call.principal.behalf}"):
        return Refusal(Reason.SLOW_DOWN)
    for _ in range(_TRIES):
        new = _new(context, call, prepared)
        found = await context.proposals.propose(call.op, call.origin.session, new)
        if found is not None:
            return found
    return Refusal(Reason.STORE_FULL)


async def _known(context: ServiceContext, call: Call, prepared: Prepared) -> Request | None:
    """What the agent has, or has asked for, that is this already."""
    held = await context.requests.held_by(call.by)
    wanted = set(prepared.ask.variables)
    waits = (request for request in held.pending if set(request.variables) == wanted)
    lives = (request for request in held.live if request.grant in _LIVE and wanted <= set(request.variables))
    return next(lives, None) or next(waits, None)


def _new(context: ServiceContext, call: Call, prepared: Prepared) -> NewProposal:
    ask, origin = prepared.ask, call.origin
    assert origin.agent
    return NewProposal(
        id=context.ids.request(),
        agent=call.principal,
        session=origin.agent,
        seal_key=origin.seal_key,
        variables=ask.variables,
        named=prepared.named,
        duration=ask.duration,
        reason=ask.reason,
        start=_NO_START if ask.start is None else ask.start,
        receipt=origin.receipt or Receipt(),
        deciders=() if prepared.ruling.automatic else prepared.approvers[:_DECIDERS_MAX],
        automatic=prepared.ruling.automatic,
    )


async def answer_proposal(
    context: ServiceContext, call: Call, proposal: str, mac: str, *, let: bool
) -> Filed | Proposal | Refusal:
    """The person of an agent lets it ask, or does not; only what they were shown is filed.

    Args:
        context: what verbs act through.
        call: whose press.
        proposal: its id.
        mac: names what they were shown.
        let: whether it may ask.

    Raises:
        DirectoryError: Slack did not say who they are, or who decides; pressing again goes on.
        StoreError: the store did not answer; pressing again goes on.
    """
    found = await _pressed(context, call, proposal, mac)
    if isinstance(found, Refusal):
        return found
    message = call.origin.message
    if not let:
        return await context.proposals.decline(call.op, found, call.by, DeclinedHow.BUTTON, message=message)
    agreed = await context.proposals.agree(call.op, found, call.by, message)
    return agreed if isinstance(agreed, Refusal) else await _file(context, call, agreed)


async def _pressed(context: ServiceContext, call: Call, proposal: str, mac: str) -> Proposal | Refusal:
    """What they were shown, if they may answer it now."""
    refusal = await refuse_program(context, call, _TRIED)
    refusal = refusal or await refuse_other_workspace(context, call, _TRIED)
    if refusal:
        return refusal
    if reason := await refuse_ineligible(context, call.by):
        return await refuse(context, call, _TRIED, Refusal(reason))
    found = await context.proposals.get(proposal)
    if found is None:
        return await refuse(context, call, _TRIED, Refusal(Reason.PROPOSAL_UNKNOWN, request=proposal))
    if found.agent.behalf != call.by:
        return await refuse(context, call, _TRIED, Refusal(Reason.PROPOSAL_NOT_YOURS, request=proposal))
    state = found.as_of(context.clock.now())
    over = state in {ProposalState.FILED, ProposalState.DECLINED}
    if over or found.mac != mac or await context.ended.saw_end(proposal):
        return Refusal(Reason.PROPOSAL_OVER, request=proposal, state=state)
    return found


async def _file(context: ServiceContext, call: Call, proposal: Proposal) -> Filed | Refusal:
    """File what was agreed to, as the agent: once, however often this is repeated."""
    agent = await context.sessions.get(proposal.agent.id)
    session = agent.session if agent and agent.state is LoginState.CONFIRMED else None
    outcome: Filed | Refusal
    if session is None or session.principal != proposal.agent or session.seal_key != proposal.seal_key:
        outcome = Refusal(Reason.AGENT_OVER, state=LoginState.ENDED)
    else:
        outcome = await open_request(context, _as_agent(proposal), _asked(proposal), id_=proposal.id)
    if isinstance(outcome, Refusal) and outcome.reason is Reason.NO_SESSION:  # it ended meanwhile
        outcome = Refusal(Reason.AGENT_OVER, state=LoginState.ENDED)
    if isinstance(outcome, Refusal):
        refused = f"{call.op}:refused"
        await context.proposals.decline(refused, proposal, "bot", DeclinedHow.REFUSED, outcome.reason)
        return outcome
    await context.proposals.file(proposal, outcome.id)
    return outcome


def _as_agent(proposal: Proposal) -> Call:
    origin = Origin(
        surface=BROKER,
        session=proposal.agent.id,
        seal_key=proposal.seal_key,
        receipt=proposal.receipt,
        agent=proposal.session,
    )
    return Call(f"proposal:{proposal.id}", proposal.agent, origin)


def _asked(proposal: Proposal) -> Ask:
    start = None if proposal.start == _NO_START else proposal.start
    return Ask(proposal.variables, proposal.duration, proposal.reason, start)


async def own_proposal(context: ServiceContext, call: Call, proposal: str) -> Proposal | Refusal | None:
    """A proposal of this agent's; None where there is none."""
    found = await context.proposals.get(proposal)
    if found is None or found.agent.key == call.by:
        return found
    return await refuse(context, call, "status", Refusal(Reason.NOT_YOURS, request=proposal))


async def withdraw_proposal(context: ServiceContext, call: Call, proposal: Proposal) -> Proposal | Refusal:
    """An agent takes back what it wanted to ask for."""
    return await context.proposals.decline(call.op, proposal, call.by, DeclinedHow.WITHDRAWN)
