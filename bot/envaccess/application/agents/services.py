"""Services: what an agent's broker calls with a value that the agent never sees."""

from collections.abc import Sequence
from typing import Final

from envaccess.application.grants.client_claim import claim_for_client
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import ActorKind
from envaccess.domain.broker_calls import ECHO, BrokerCall, clean_calls, clean_service
from envaccess.domain.call import Call
from envaccess.domain.outcome import Claim
from envaccess.domain.policy.services import Service
from envaccess.domain.refusal import Reason, Refusal

_TRIED: Final = "reveal"
_CALLS: Final = "calls"


async def refuse_agent(context: ServiceContext, call: Call, request: str) -> Refusal | None:
    """Why whoever calls gets no value as it is; None where no agent calls."""
    if call.principal.kind is not ActorKind.AGENT:
        return None
    return await refuse(context, call, _TRIED, Refusal(Reason.NOT_FOR_AGENTS, request=request))


def services_now(context: ServiceContext) -> Sequence[Service]:
    """The services of the policy of now."""
    return context.rulebook.current.services


async def claim_for_service(
    context: ServiceContext, call: Call, request: str, name: str
) -> tuple[Claim, Service] | Refusal:
    """Claim a use of this grant for one service, whose variable must be among those of the grant.

    Raises:
        DirectoryError: Slack did not say who its person is; nothing was claimed.
        StoreError: see `ports.grants.Reveals`.
    """
    if call.principal.kind is not ActorKind.AGENT:
        return await refuse(context, call, _TRIED, Refusal(Reason.AGENTS_ONLY, request=request))
    service = next((one for one in services_now(context) if one.name == name), None)
    found = await context.requests.get(request)
    if found and found.requester != call.by:
        return await refuse(context, call, _TRIED, Refusal(Reason.NOT_YOURS, request=request))
    if service is None or (found and service.variable not in found.variables):
        return await refuse(context, call, _TRIED, Refusal(Reason.NO_SERVICE, request=request))
    only = () if found and found.duration.once else (service.variable,)
    claim = await claim_for_client(context, call, request, only)
    return claim if isinstance(claim, Refusal) else (claim, service)


async def note_calls(
    context: ServiceContext, call: Call, grant: str, service: str, calls: Sequence[BrokerCall]
) -> Refusal | None:
    """Write down what a broker called with a grant of its agent's; one whose value came back ends.

    Raises:
        StoreError: see `ports.grants.Reveals`.
    """
    if call.principal.kind is not ActorKind.AGENT:
        return await refuse(context, call, _CALLS, Refusal(Reason.AGENTS_ONLY, request=grant))
    echo = any(one.blocked == ECHO for one in calls)
    return await context.proposals.note_calls(
        call.op,
        call.by,
        grant,
        clean_service(service),
        clean_calls(calls),
        echo=echo,
        behind=call.principal.behalf,
    )
