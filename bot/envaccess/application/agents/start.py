"""Start an agent: a person asks at their terminal, and nothing begins without their press in Slack.

An agent asks, and decides nothing. Its person counts as the one who asked (law 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.application.people.lock import lock_on
from envaccess.application.people.sessions import end_session
from envaccess.application.people.standing import refuse_ineligible, refuse_other_workspace, refuse_program
from envaccess.application.refuse import refuse
from envaccess.application.service_context import ServiceContext
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import Call
from envaccess.domain.lock import locked_out
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import Login, LoginState, NewAgent, PolledLogin, SessionEnd

_TRIED: Final = "agent"
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class WantedAgent:
    """What somebody wants to start.

    Attributes:
        name: what they call it.
        seconds: how long it shall live.
        sign_key: the public key that it will prove.
        seal_key: the public key that what it is given is sealed to.
        client: what its program says of itself, and its address.
    """

    name: str
    seconds: int
    sign_key: str
    seal_key: str
    client: Receipt


async def offer_agent(context: ServiceContext, call: Call, wanted: WantedAgent) -> Login | Refusal:
    """Ask the person in Slack whether this agent may begin; only they ask, at a terminal of theirs.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    if refusal := await _refuse(context, call):
        return refusal
    secrets = context.login_secrets
    if not secrets.are_keys(wanted.sign_key, wanted.seal_key):
        return Refusal(Reason.BAD_PROOF)
    for _ in range(_TRIES):
        new = NewAgent(
            f"ag_{context.ids.request()}",
            wanted.name,
            wanted.seconds,
            wanted.sign_key,
            wanted.seal_key,
            wanted.client,
            secrets.server_key,
        )
        found = await context.agents.offer(call.op, call.principal, call.origin.session, new)
        if found is not None:
            return found
    return Refusal(Reason.STORE_FULL)


async def pick_agent(
    context: ServiceContext, call: Call, agent: str, offer: str, *, start: bool
) -> Login | Refusal:
    """The person pressed *Start* or *Refuse*.

    Args:
        context: the ports.
        call: whose press.
        agent: its id.
        offer: the MAC of the offer that they were shown.
        start: which of the two.

    Raises:
        DirectoryError: Slack did not say who this is; nothing changed.
    """
    if refusal := await _refuse(context, call):
        return refusal
    found = await _own(context, call, agent)
    if isinstance(found, Refusal):
        return found
    if found.state is not LoginState.OFFERED or found.offer is None or found.offer.mac != offer:
        return Refusal(Reason.AGENT_OVER, state=found.state)
    return await context.agents.pick(call.op, call.principal, found, start=start, message=call.origin.message)


async def poll_agent(context: ServiceContext, agent: str, sign_key: str) -> PolledLogin | Refusal:
    """How an agent stands, for whoever proved its key; a token once its person has pressed *Start*.

    Each call gives a token anew, in the place of the last, until one was used.

    Raises:
        StoreError: the store did not answer.
    """
    found = await context.sessions.get(agent)
    if found is None or found.agent is None or found.offer is None or found.offer.sign_key != sign_key:
        return Refusal(Reason.AGENT_UNKNOWN)
    if found.state is not LoginState.CONFIRMED or await context.ended.saw_end(agent):
        return PolledLogin(found)
    digest, sealed = context.login_secrets.make_token(found.offer.seal_key, agent, ActorKind.AGENT)
    return PolledLogin(found, sealed if await context.sessions.bind(found, digest) else "")


async def own_agents(context: ServiceContext, call: Call) -> Sequence[Login] | Refusal:
    """A person's agents, the newest first.

    Raises:
        DirectoryError: Slack did not say who this is.
    """
    if refusal := await refuse_program(context, call, _TRIED):
        return refusal
    reason = await refuse_ineligible(context, call.by)
    if reason:
        return await refuse(context, call, _TRIED, Refusal(reason))
    return await context.agents.of(call.by)


async def end_agent(context: ServiceContext, call: Call, agent: str) -> int | Refusal:
    """End an agent, as its person; 0 where it had ended already. Nobody has to agree."""
    if refusal := await refuse_program(context, call, _TRIED):
        return refusal
    found = await _own(context, call, agent)
    if isinstance(found, Refusal):
        return found
    return await end_session(context, call, agent, SessionEnd.LOGOUT)


async def _own(context: ServiceContext, call: Call, agent: str) -> Login | Refusal:
    """An agent of whoever calls, however it stands."""
    found = await context.sessions.get(agent)
    if found is None or found.agent is None:
        return await refuse(context, call, _TRIED, Refusal(Reason.AGENT_UNKNOWN))
    if found.behind != call.by:
        return await refuse(context, call, _TRIED, Refusal(Reason.AGENT_NOT_YOURS))
    return found


async def _refuse(context: ServiceContext, call: Call) -> Refusal | None:
    """Why this person may start no agent: the store looks at locks again."""
    refusal = await refuse_program(context, call, _TRIED)
    refusal = refusal or await refuse_other_workspace(context, call, _TRIED)
    if refusal:
        return refusal
    reason = await refuse_ineligible(context, call.by)
    if reason:
        return await refuse(context, call, _TRIED, Refusal(reason))
    lock = await lock_on(context, call.by)
    return await refuse(context, call, _TRIED, locked_out(lock)) if lock else None
