"""Services: an agent's broker gets one in a box, reports what it called, and an echo ends the grant."""

import json
import secrets
from functools import partial
from typing import Any

import pytest

from envaccess.crypto.boxes import open_box, service_info
from tests.scenario.agents import AgentHarness, alices_agent
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, finds, last_event, write_policy
from tests.scenario.terminal import FILING
from tests.scenario.test_proposals import POLICY, let

pytestmark = pytest.mark.usefixtures("quick_codes")


async def granted(harness: ScenarioHarness, found: AgentHarness, duration: str = "1h") -> str:
    answer = await found.agent.post("/v1/requests", {**FILING, "duration": duration})
    await let(harness, await finds(harness, harness.alice, "[ Let it ask ]"))
    decision = await harness.until(lambda: harness.bob.find("[ Approve ]"))
    await harness.heeded(partial(harness.bob.press, decision, "Approve"))
    return str(answer.json["id"])


def called(grant: str, **more: Any) -> dict[str, Any]:
    one = {"method": "GET", "host": "api.stripe.com", "path": "/v1/charges/1?key=x", "status": 200}
    return {"grant": grant, "service": "stripe", "calls": [{**one, "blocked": "", "times": 3, **more}]}


async def test_a_service_leaves_in_one_box_for_the_agents_key(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        (listed,) = (await found.agent.get("/v1/services")).json["services"]
        assert (listed["name"], listed["variable"]) == ("stripe", "STRIPE_KEY")
        grant, key = await granted(harness, found), secrets.token_hex(8)
        path = f"/v1/grants/{grant}/services/stripe"
        answer = await found.agent.post(path, {}, key)
        assert answer.status == 200, answer.text
        box = open_box(found.agent.box, answer.json["service"], service_info(grant, "stripe", key))
        assert json.loads(box) == {
            "value": harness.values[STRIPE],
            "base": "https://api.stripe.com",
            "header": "Authorization",
            "format": "Bearer {value}",
            "allow": ["GET /v1/charges/**"],
            "leased": False,
        }
        assert harness.values[STRIPE] not in answer.text
        revealed = await last_event(harness, "grant.revealed")
        assert (str(revealed.actor), revealed.detail["how"]) == (f"agent:{found.id}", "broker")
        assert (await found.agent.post(f"{path}2", {})).json["reason"] == "no_service"
        assert (await found.alice.post(path, {})).json["reason"] == "agents_only"


async def test_a_single_use_is_made_once_and_its_broker_is_told_how_long_it_may_go_on(
    harness: ScenarioHarness,
) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        grant = await granted(harness, found, "once")
        path = f"/v1/grants/{grant}/services/stripe"
        used = (await found.agent.post(path, {})).json
        assert (used["once"], used["ends_in"]) == (True, 900)
        told = (await found.agent.get(f"/v1/grants/{grant}")).json
        assert (told["state"], told["once"]) == ("used_up", True)
        assert 800 < told["ends_in"] <= 900
        assert (await found.agent.post(path, {})).json["reason"] == "grant_ended"
        assert (await found.agent.post("/v1/calls", called(grant))).status == 200, (
            "it is reported all the same"
        )


async def test_calls_are_events_and_an_echo_ends_the_grant(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        grant = await granted(harness, found)
        assert (await found.agent.post("/v1/calls", called(grant))).json == {"noted": 3}
        noted = await last_event(harness, "broker.called")
        assert (noted.detail["path"], noted.detail["times"]) == ("/v1/charges/1", "3")
        assert (await found.alice.post("/v1/calls", called(grant))).json["reason"] == "agents_only"
        assert (await found.agent.post("/v1/calls", called(grant, blocked="echo"))).status == 200
        ended = await last_event(harness, "grant.revoked")
        assert (ended.request, ended.detail["why"]) == (grant, "echo")
        assert (await found.agent.get(f"/v1/grants/{grant}")).json["state"] == "revoked"
        await audit_says(harness, "broker.blocked", "`STRIPE_KEY`")
