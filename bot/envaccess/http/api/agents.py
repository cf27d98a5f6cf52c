"""Agents: ask for one to be started, see how it stands, list one's own, end one."""

import time
from typing import Any

from envaccess.application.agents.start import WantedAgent, end_agent, offer_agent, own_agents, poll_agent
from envaccess.application.gate import refuse_pressed, refuse_typed
from envaccess.domain.limits import Act
from envaccess.domain.receipt import clean_receipt
from envaccess.domain.refusal import Refusal
from envaccess.domain.session import Login, LoginState, PolledLogin
from envaccess.http.api.context import Answered, ApiContext, CheckedCall, Reply
from envaccess.http.api.models import (
    AgentInfo,
    AgentInput,
    AgentsInfo,
    EndedInfo,
    PressQuery,
    StartedAgentInfo,
)
from envaccess.http.api.problems import HttpFault, fault_problem
from envaccess.http.api.views import seconds_until


async def offer(api: ApiContext, asked: CheckedCall) -> Reply:
    """Ask the person in Slack whether this agent may begin."""
    body, call = asked.read(AgentInput, asked.body), asked.call()
    if refusal := await refuse_typed(api.verbs, call, "agent", Act.COMMAND):
        return refusal
    client = clean_receipt(body.host, body.user, body.program, asked.address)
    wanted = WantedAgent(body.name, body.seconds, body.sign_key, body.seal_key, client)
    found = await offer_agent(api.verbs, call, wanted)
    return found if isinstance(found, Refusal) else Answered(202, _info(api, found))


async def poll(api: ApiContext, asked: CheckedCall) -> Reply:
    """How an agent stands, as soon as its person has pressed; for whoever proves its key."""
    wait, agent = asked.read(PressQuery, asked.query).wait, asked.path["id"]
    until = time.monotonic() + wait
    with api.polls.one_of(f"login:{asked.sign_key}") as may_wait, api.watches.watch(agent) as watch:
        if not may_wait:
            return fault_problem(HttpFault.POLLS)
        found = await _read(api, agent, asked.sign_key)
        while isinstance(found, PolledLogin) and found.login.state is LoginState.OFFERED:
            left = min(until - time.monotonic(), _left(api, found.login))
            if left <= 0 or watch.over:
                break
            await watch.changed(left)
            found = await _read(api, agent, asked.sign_key)
    return found if isinstance(found, Refusal) else Answered(200, _started(api, found))


async def list_own(api: ApiContext, asked: CheckedCall) -> Reply:
    """The person's agents, the newest first."""
    found = await own_agents(api.verbs, asked.call(api.verbs.ids.operation()))
    if isinstance(found, Refusal):
        return found
    return Answered(200, AgentsInfo(agents=[_info(api, agent) for agent in found]))


async def end(api: ApiContext, asked: CheckedCall) -> Reply:
    """End one of one's agents."""
    call = asked.call()
    if refusal := await refuse_pressed(api.verbs, call, "agent", Act.ENDING):
        return refusal
    ended = await end_agent(api.verbs, call, asked.path["id"])
    return ended if isinstance(ended, Refusal) else Answered(200, EndedInfo(ended=ended))


def _left(api: ApiContext, agent: Login) -> float:
    """Seconds until the question is certainly over."""
    return (agent.expires_at - api.verbs.clock.now()) / 1_000 + 1


async def _read(api: ApiContext, agent: str, sign_key: str) -> PolledLogin | Refusal:
    async with api.turns.polls:
        return await poll_agent(api.verbs, agent, sign_key)


def _info(api: ApiContext, agent: Login) -> AgentInfo:
    return AgentInfo(**_facts(api, agent))


def _started(api: ApiContext, found: PolledLogin) -> StartedAgentInfo:
    assert found.login.offer
    return StartedAgentInfo(
        **_facts(api, found.login),
        person=found.login.behind,
        server_key=found.login.offer.server_key,
        workspace=api.verbs.directory.workspace,
        workspace_name=api.workspace_name,
        token=found.token or None,
    )


def _facts(api: ApiContext, agent: Login) -> dict[str, Any]:
    assert agent.agent
    now, state = api.verbs.clock.now(), agent.state
    ends_at = agent.session.ends_at if agent.session and state is LoginState.CONFIRMED else 0
    return {
        "id": agent.id,
        "name": agent.agent.name,
        "state": state,
        "host": agent.agent.host,
        "expires_in": seconds_until(agent.expires_at, now) if state is LoginState.OFFERED else 0,
        "ends_in": seconds_until(ends_at, now),
    }
