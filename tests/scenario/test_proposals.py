"""What an agent wants to ask for: its person lets it ask, or not; and never approves it."""

import asyncio
from functools import partial
from typing import Any

import pytest

from envaccess.domain.proposal import PROPOSAL_SECONDS
from slack_emulator import Message
from tests.fakes.api import ApiReply
from tests.scenario.agents import AgentHarness, alices_agent
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, finds, last_event, later, shows, write_policy
from tests.scenario.watch import buttons, refusals, say, told

pytestmark = pytest.mark.usefixtures("quick_codes")

POLICY = """
version: 1
groups:
  leads: [{bob}, {carol}, {alice}]
security: [{dana}]
services:
  stripe:
    base: https://api.stripe.com
    header: Authorization
    format: 'Bearer {{value}}'
    variable: STRIPE_KEY
    allow: ['GET /v1/charges/**']
rules:
  - name: agents
    match: '*/*'
    requesters: [anyone, agents]
    approvers: [leads]
    max: 2h
    delivery: [reveal, broker]
"""
QUESTION = "*Your agent* `review`"
ASKS = "Your agent `review` on `lenovo-7` wants to ask for `STRIPE_KEY` for 1 hour."
FILING = {"variables": ["STRIPE_KEY"], "duration": "1h", "reason": "reading a failed <!channel> charge"}


async def proposed(found: AgentHarness, **more: Any) -> ApiReply:
    answer = await found.agent.post("/v1/requests", {**FILING, **more})
    assert (answer.status, answer.json["state"]) == (202, "proposed"), answer.text
    return answer


async def question(harness: ScenarioHarness) -> Message:
    return await finds(harness, harness.alice, ASKS, "[ Let it ask ]")


async def let(harness: ScenarioHarness, message: Message) -> None:
    await harness.heeded(partial(harness.alice.press, message, "Let it ask"))


async def test_nothing_is_filed_before_its_person_lets_it_ask_and_then_others_decide(
    harness: ScenarioHarness,
) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        id_ = (await proposed(found, receipt={"program": "claude"})).json["id"]
        message = await question(harness)
        await shows(
            harness,
            message,
            "Why, as the agent says: reading a failed <!channel> charge",
            "@bob",
            "can decide",
            "you cannot approve it yourself",
        )
        assert "request.created" not in await harness.tags()
        assert not harness.bob.find("[ Approve ]")
        waiting = asyncio.create_task(found.agent.get(f"/v1/requests/{id_}?wait=25&version=0"))
        assert (await waiting).json["state"] == "proposed"
        version = waiting.result().json["version"]
        changed = asyncio.create_task(found.agent.get(f"/v1/requests/{id_}?wait=25&version={version}"))
        await let(harness, message)
        await shows(harness, message, "*You let it ask.*")
        assert buttons(message) == []
        assert (await changed).json["id"] == id_
        assert (await found.agent.get(f"/v1/requests/{id_}")).json["state"] == "pending"
        decision = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        press = await harness.alice.press(decision, "Approve", forged=True)
        assert "own" in await told(harness, press)
        await harness.heeded(partial(harness.bob.press, decision, "Approve"))
        assert (await found.agent.get(f"/v1/requests/{id_}")).json["grant"]["state"] == "active"
        consented = await last_event(harness, "request.consented")
        assert (str(consented.actor), consented.requester) == (
            f"person:{harness.alice.id}",
            f"agent:{found.id}",
        )
        again = await found.agent.post("/v1/requests", FILING)
        assert (again.status, again.json["id"]) == (200, id_)
    assert (await harness.tags()).count("request.proposed") == 1


async def test_no_files_nothing_and_the_agent_is_told(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        id_ = (await proposed(found)).json["id"]
        message = await question(harness)
        await harness.heeded(partial(harness.alice.press, message, "No"))
        await shows(harness, message, "*Nothing was asked.* You said no")
        answer = (await found.agent.get(f"/v1/requests/{id_}")).json
        assert (answer["state"], answer["decision_reason"]) == ("declined", "Your person said no.")
        await audit_says(harness, "request.declined", "@alice did not let", "`STRIPE_KEY`")
    assert "request.created" not in await harness.tags()


async def test_an_unanswered_question_is_over_after_a_quarter_of_an_hour(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        id_ = (await proposed(found)).json["id"]
        message = await question(harness)
        await later(harness, PROPOSAL_SECONDS + 0.1)
        await shows(harness, message, "You did not answer in time")
        assert (await found.agent.get(f"/v1/requests/{id_}")).json["state"] == "declined"


async def test_the_agent_takes_it_back(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        id_ = (await proposed(found)).json["id"]
        message = await question(harness)
        assert (await found.agent.post(f"/v1/requests/{id_}/cancel")).json["state"] == "declined"
        await shows(harness, message, "The agent took it back")


async def test_somebody_else_cannot_let_it_ask(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        id_ = (await proposed(found)).json["id"]
        message = await question(harness)
        press = await harness.bob.press(message, "Let it ask", forged=True)
        assert "somebody else's agent" in await told(harness, press)
        assert (await found.agent.get(f"/v1/requests/{id_}")).json["state"] == "proposed"
    assert [event.detail["why"] for event in await refusals(harness)] == ["proposal_not_yours"]
    assert "request.created" not in await harness.tags()


async def test_what_the_policy_refuses_is_told_to_the_agent_and_bothers_nobody(
    harness: ScenarioHarness,
) -> None:
    policy = POLICY.replace("[reveal, broker]", "[broker]").replace("max: 2h", "max: 30m")
    async with alices_agent(harness, policy_file=write_policy(harness, policy)) as found:
        answer = await found.agent.post("/v1/requests", FILING)
        assert (answer.status, answer.json["reason"]) == (422, "too_long")
        assert (await found.agent.get("/v1/requests")).json == {"requests": []}
    assert "request.proposed" not in await harness.tags()


async def test_a_handed_over_duty_does_not_let_the_person_approve(harness: ScenarioHarness) -> None:
    policy = POLICY.replace("[{bob}, {carol}, {alice}]", "[{bob}, {carol}]")
    async with alices_agent(harness, policy_file=write_policy(harness, policy)) as found:
        await say(harness, "delegate @alice 1h", harness.bob)
        await proposed(found)
        await let(harness, await question(harness))
        decision = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        press = await harness.alice.press(decision, "Approve", forged=True)
        assert "own" in await told(harness, press)
    assert "request.approved" not in await harness.tags()


async def test_the_end_of_the_agent_ends_what_it_asked_for_and_has(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        await proposed(found)
        await let(harness, await question(harness))
        decision = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        await harness.heeded(partial(harness.bob.press, decision, "Approve"))
        await harness.heeded(partial(harness.alice.press, found.message, "End it"))
        await audit_says(harness, "grant.revoked", "because the session that asked for it is over")
    assert (await last_event(harness, "grant.revoked")).variables == (str(STRIPE),)


async def test_an_agent_gets_no_values(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        id_ = (await proposed(found)).json["id"]
        await let(harness, await question(harness))
        decision = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        await harness.heeded(partial(harness.bob.press, decision, "Approve"))
        answer = await found.agent.post(f"/v1/grants/{id_}/values", {})
        assert (answer.status, answer.json["reason"]) == (403, "not_for_agents")
        assert "broker" in answer.json["hint"]
    assert "grant.revealed" not in await harness.tags()
