"""Law 3 by every way round it, and what an agent is kept from: by its token, its flood and its lock."""

import secrets
from functools import partial

import pytest

from envaccess.application import file_watch
from envaccess.domain.variable import Variable
from envaccess.yaml_file.file import digest_of
from tests.fakes.issuer import serving_issuer
from tests.scenario.agents import alices_agent, new_agent, offered, started
from tests.scenario.harness import ScenarioHarness
from tests.scenario.pipeline import FILING as DEPLOYING
from tests.scenario.pipeline import POLICY as PIPELINES
from tests.scenario.pipeline import job, signed_in
from tests.scenario.policies import audit_says, finds, later, pressed, shows, write_policy
from tests.scenario.terminal import FILING, api_bot, terminal
from tests.scenario.test_proposals import POLICY, let, question
from tests.scenario.test_services import called, granted
from tests.scenario.watch import heard, say, told

pytestmark = pytest.mark.usefixtures("quick_codes")
ESCALATING = POLICY.replace(
    "    approvers: [leads]\n",
    "    steps: [{{approvers: [{bob}], timeout: 30m, then: escalate, escalate: [leads]}}]\n",
)


async def test_time_calls_in_whoever_is_behind_and_they_approve_nothing(harness: ScenarioHarness) -> None:
    """By escalation and a duty at once: Bob hands his to Alice, whose agent asks, and does not answer."""
    assert ESCALATING != POLICY
    async with alices_agent(harness, policy_file=write_policy(harness, ESCALATING)) as found:
        assert (await found.agent.post("/v1/requests", FILING)).status == 202
        await let(harness, await question(harness))
        decision = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        await say(harness, "delegate @alice 2h", harness.bob)
        await later(harness, 30 * 60 + 1)
        await audit_says(harness, "request.escalated")
        press = await harness.alice.press(decision, "Approve", forged=True)
        assert "own" in await told(harness, press)
        await harness.heeded(partial(harness.carol.press, decision, "Approve"))
        await audit_says(harness, "grant.activated")


async def test_whoever_is_behind_a_pipeline_approves_nothing_by_a_duty_or_by_escalation(
    harness: ScenarioHarness,
) -> None:
    policy = PIPELINES.replace(
        "approvers: [{bob}, {carol}]",
        "steps: [{{approvers: [{bob}], timeout: 30m, then: escalate, escalate: [{carol}, {dana}]}}]",
    )
    async with serving_issuer() as issuer:
        file = write_policy(harness, policy, issuer=issuer.base)
        async with api_bot(harness, policy_file=file) as base, new_agent(base) as client:
            issuer.audience = base
            run = job(base, client.http)
            await signed_in(run, issuer, exp=int(issuer.now()) + 7_200)
            assert (await run.post("/v1/requests", DEPLOYING)).status == 201
            decision = await harness.until(lambda: harness.bob.find("[ Approve ]"))
            await say(harness, "delegate @carol 2h", harness.bob)
            assert "your own" in await pressed(harness, harness.carol, decision, "Approve")
            await later(harness, 30 * 60 + 1)
            await audit_says(harness, "request.escalated")
            assert "your own" in await pressed(harness, harness.carol, decision, "Approve")
    assert "request.approved" not in await harness.tags()


NOT_FOR_AGENTS = {
    ("GET", "/v1/agents"): (403, "persons_only"),
    ("POST", "/v1/agents"): (422, "input_invalid"),
    ("POST", "/v1/agents/{id}/end"): (403, "persons_only"),
    ("PUT", "/v1/variables/{environment}/{name}"): (403, "persons_only"),
    ("GET", "/v1/requests/{id}"): (403, "not_yours"),
    ("POST", "/v1/requests/{id}/cancel"): (403, "not_yours"),
    ("GET", "/v1/grants/{id}"): (403, "not_yours"),
    ("POST", "/v1/grants/{id}/values"): (403, "not_for_agents"),
    ("POST", "/v1/grants/{id}/services/{name}"): (403, "not_yours"),
    ("POST", "/v1/grants/{id}/uses/{use}/end"): (403, "not_yours"),
    ("POST", "/v1/grants/{id}/end"): (403, "persons_only"),
    ("POST", "/v1/calls"): (403, "not_yours"),
}
"""What an agent is answered about what its own person has, by address."""
FOR_AGENTS = {
    ("POST", "/v1/logins"), ("GET", "/v1/logins/{login}"), ("POST", "/v1/token"), ("GET", "/v1/agents/{id}"),
    ("DELETE", "/v1/session"), ("GET", "/v1/whoami"), ("GET", "/v1/variables"), ("POST", "/v1/requests"),
    ("GET", "/v1/requests"), ("GET", "/v1/services"),
}  # fmt: skip
"""What needs no session, or is an agent's own."""


async def test_an_agents_token_opens_nothing_that_is_its_persons(harness: ScenarioHarness) -> None:
    """Each address of the API is in one of the two lists: a new one has to be put into the right one."""
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        asked = (await found.alice.post("/v1/requests", {**FILING, "variables": ["STRIPE_KEY"]})).json["id"]
        async with found.agent.http.get(f"{found.base}/v1/openapi.json") as answer:
            paths = (await answer.json())["paths"]
        there = {(method.upper(), path) for path, methods in paths.items() for method in methods}
        assert {pair for pair in there if pair[0] != "PARAMETERS"} == {*NOT_FOR_AGENTS, *FOR_AGENTS}
        for (method, path), expected in NOT_FOR_AGENTS.items():
            id_, name = (found.id, "") if "agents" in path else (asked, "stripe")
            name = "STRIPE_KEY" if "variables" in path else name
            path = path.format(id=id_, name=name, environment="default", use=1)  # noqa: PLW2901 - the address itself
            body = {"value": "A" * 40} if method == "PUT" else called(asked) if "calls" in path else {}
            headers = found.agent.headers(method, path) | {"Idempotency-Key": secrets.token_hex(8)}
            reply = await found.agent.send(
                method, path, headers, **({} if method == "GET" else {"json": body})
            )
            assert (reply.status, reply.reason) == expected, (method, path, reply.text)
        async with new_agent(found.base) as another:
            assert (await offered(found.agent, another)).reason == "persons_only", "no agent starts agents"


async def test_no_agent_ends_anothers_access_by_what_it_reports(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        grant = await granted(harness, found)
        async with (
            terminal(harness, found.base, harness.alice) as alice,
            started(harness, found.base, alice) as (other, _, _),
        ):
            answer = await other.post("/v1/calls", called(grant, blocked="echo"))
            assert (answer.status, answer.reason) == (403, "not_yours")
        [refused] = [event for event in await harness.events() if event.event == "access.refused"]
        assert (refused.detail["tried"], refused.behind) == ("calls", harness.alice.id)
        assert (await found.agent.get(f"/v1/grants/{grant}")).json["state"] == "active"


async def test_a_flood_of_an_agent_is_slowed_down_and_leaves_its_person_room(
    harness: ScenarioHarness,
) -> None:
    """A prompt that was injected must not keep Alice from asking, nor from an emergency (law 16)."""
    names = [f"V{number}" for number in range(30)]
    for name in names:
        await harness.store(Variable("default", name))
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        flood = [await found.agent.post("/v1/requests", {**FILING, "variables": [name]}) for name in names]
        reasons = [answer.reason for answer in flood if answer.status == 429]
        assert set(reasons) == {"too_many_proposals", "slow_down"}
        assert len(reasons) == 25
        assert "Filed as request" in heard(harness, await harness.ask("STRIPE_KEY 1h my own work"))
    assert (await harness.tags()).count("request.proposed") == 5


async def test_a_lock_on_an_agent_ends_it_and_what_it_wants_and_has(harness: ScenarioHarness) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        grant = await granted(harness, found)
        other = (await found.agent.post("/v1/requests", {**FILING, "variables": ["staging/DB_URL"]})).json[
            "id"
        ]
        asks = await finds(harness, harness.alice, "DB_URL", "[ Let it ask ]")
        assert "Only" in await say(harness, f"lock agent:{found.id} it went wild", harness.alice)
        assert "is locked. 1 live grant ended" in await say(
            harness, f"lock agent:{found.id} it went wild", harness.dana
        )
        await audit_says(harness, "principal.locked", found.id)
        press = await harness.alice.press(asks, "Let it ask", shown=asks.revisions[0], forged=True)
        assert "This is over" in await told(harness, press)
        assert (await found.agent.get("/v1/whoami")).status == 401
        await shows(harness, found.message, "*has ended.*")
        await say(harness, f"unlock agent:{found.id}", harness.dana)
        assert (await found.agent.get("/v1/whoami")).status == 401, "what ended stays ended"
    ended = {
        event.request: event.event for event in await harness.events() if event.request in {grant, other}
    }
    assert ended == {grant: "grant.revoked", other: "request.declined"}


async def test_what_an_agent_wants_is_ruled_by_the_policy_of_the_press(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(file_watch, "SETTLE_SECONDS", 0.02)
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        id_ = (await found.agent.post("/v1/requests", FILING)).json["id"]
        message = await question(harness)
        file = write_policy(harness, POLICY.replace("max: 2h", "max: 30m"))
        await audit_says(harness, "`policy.loaded`", digest_of(file.read_text())[:12])
        press = await harness.alice.press(message, "Let it ask")
        assert "at most 30 minutes" in await told(harness, press)
        answer = (await found.agent.get(f"/v1/requests/{id_}")).json
        assert answer["state"] == "declined"
    assert "request.created" not in await harness.tags()
