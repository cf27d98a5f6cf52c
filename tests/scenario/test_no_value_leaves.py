"""No answer of the API, of the broker or of MCP's tools holds a value, whoever asks and whatever they send.

Persons, machines and agents have live access to one value. Everything that is sent to them, written to the
logs at their most detailed, and kept, is searched for it in each form that programs write (`run/forms.py`).
"""

import asyncio
import contextlib
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import aiohttp
import pytest

from envaccess.crypto.boxes import BoxKey, open_box, service_info
from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind, make_token, token_hash
from envaccess.domain.audit import ActorKind
from envaccess.domain.errors import BoxError
from envaccess.domain.principal import Principal
from envaccess.domain.programs import PipelineRun, Platform
from envaccess.domain.receipt import Receipt
from envaccess.domain.session import NewMachineSession, Session
from envaccess.domain.variable import Variable
from envaccess.store.sessions import RedisSessions
from tests.fakes.api import ApiClient
from tests.scenario import processes
from tests.scenario.agents import started
from tests.scenario.api_fuzzing import SERVICE, make_calls
from tests.scenario.brokers import let_ask
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.policies import last_event, write_policy
from tests.scenario.recording_proxy import RecordingProxy
from tests.scenario.terminal import FILING, approve, terminal, unsigned, values_in
from tests.scenario.test_http_mode import free_port
from tests.scenario.test_terminal_leaks import Evidence, log_of
from tests.scenario.watch import everything_stored
from tests.sentences.leaves import texts_sent

POLICY = """
version: 1
owners: {{'*/*': ['{alice}']}}
machines:
  deploy: {{issuer: github, repository_id: '456', owner_id: '123', ref: refs/heads/main,
           workflow_ref: acme/shop/.github/workflows/deploy.yml}}
services:
  shop: {{base: 'https://api.example.com', header: Authorization, format: 'Bearer {{value}}',
         variable: staging/DB_URL, allow: ['GET /v1/**']}}
rules:
  - {{match: 'staging/*', requesters: [anyone, agents], approvers: ['{bob}', '{carol}'], delivery: [broker]}}
  - {{match: 'production/*', requesters: [deploy], approvers: ['{bob}', '{carol}'], delivery: [ci],
     automatic: {{for: [deploy], max: 15m, times: 1, per: run}}}}
  - {{match: '*/*', approvers: ['{bob}', '{carol}']}}
"""
VALUE = 'value for tests "\u00e9"/+?&<> {} 0123456789'
DEPLOYED = Variable("production", "STRIPE_KEY")
SEALED = re.compile(r'"grant":\s*"(\w+)",\s*"operation":\s*"(\w+)",\s*"service":\s*"([^"]+)"')
RUN = "9f86d081884c7d65"
PIPELINE = PipelineRun(
    Platform.GITHUB, "acme/shop", "main", "4fd2a1c", "deploy.yml", "alice", "https://ci.example.com/runs/7"
)
GITHUB = "https://token.actions.githubusercontent.com"


async def asked_and_granted(harness: ScenarioHarness, client: ApiClient) -> str:
    """A person asks at a terminal, and another agrees; returns the grant's id."""
    filed = await client.post("/v1/requests", FILING)
    assert filed.status == 201, filed.text
    await approve(harness)
    shown = await client.get(f"/v1/requests/{filed.json['id']}?wait=25")
    assert shown.json["state"] == "approved", shown.text
    return str(filed.json["id"])


@contextlib.asynccontextmanager
async def pipeline(harness: ScenarioHarness, base: str) -> AsyncIterator[ApiClient]:
    """A run of the machine `deploy`, whose token was exchanged."""
    token = make_token(TokenKind.MACHINE)
    async with aiohttp.ClientSession() as http:
        client = ApiClient(base, http, token, ProofKey.generate(), BoxKey.generate(), "")
        new = NewMachineSession(
            id=f"ci_{secrets.token_hex(8)}",
            principal=Principal(ActorKind.MACHINE, "deploy", GITHUB, harness.alice.id, RUN),
            sign_key=client.key.public,
            seal_key=client.box.public,
            client=Receipt("runner-3", "ci", "envaccess", "127.0.0.1"),
            pipeline=PIPELINE,
            replay=secrets.token_hex(8),
            bound_to=client.key.public,
            token=token_hash(token),
            ends_at=int((time.time() + 900) * 1_000),
            entry=None,
        )
        opened = await RedisSessions(harness.runner, await harness.sealing()).exchange(new)
        assert isinstance(opened, Session), opened
        await unsigned(client, "GET", "/v1/whoami")
        yield client


async def agent_granted(harness: ScenarioHarness, agent: ApiClient) -> str:
    """An agent asks, its person lets it, and another agrees; returns the grant's id."""
    wanted = {"variables": ["staging/DB_URL"], "duration": "1h", "reason": "debugging a failed refund"}
    proposed = await agent.post("/v1/requests", wanted)
    await let_ask(harness)
    await approve(harness)
    shown = await agent.get(f"/v1/requests/{proposed.json['id']}?wait=25")
    assert shown.json["state"] == "approved", shown.text
    return str(proposed.json["id"])


def boxes(answers: Sequence[str]) -> list[tuple[str, ...]]:
    """The sealed services in these answers: each box, and what it is sealed for."""
    return [found.groups() for answer in answers for found in SEALED.finditer(answer)]


async def run_granted(client: ApiClient) -> str:
    """A run asks for what the policy gives it; returns the grant's id."""
    wanted = {"variables": ["production/STRIPE_KEY"], "duration": "15m", "reason": "deploy the shop"}
    filed = await client.post("/v1/requests", wanted)
    assert (filed.status, filed.json["state"]) == (201, "approved"), filed.text
    return str(filed.json["id"])


async def test_no_call_of_the_api_shows_a_value_but_in_a_box_for_whoever_may_have_it(
    harness: ScenarioHarness, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    values = [VALUE, VALUE[::-1], f"{VALUE} of an agent"]
    for variable, value in zip((STRIPE, DEPLOYED, DB), values, strict=True):
        await harness.store(variable, value)
    evidence, port = Evidence(values), free_port()
    proxy, examples = RecordingProxy(port), request.config.getoption("--api-examples")
    told = {"PORT": str(port), "ENVACCESS_API_URL": proxy.url, "ENVACCESS_LOG_LEVEL": "debug"}
    told["ENVACCESS_POLICY_FILE"] = str(write_policy(harness, POLICY))
    async with (
        proxy.serving(),
        processes.running(harness, **told) as bot,
        terminal(harness, proxy.url) as alice,
        terminal(harness, proxy.url, harness.dana) as dana,
        started(harness, proxy.url, alice) as (agent, _, _),
        started(harness, proxy.url, alice) as (another, _, _),
        pipeline(harness, proxy.url) as run,
    ):
        grant, deployed = await asked_and_granted(harness, alice), await run_granted(run)
        brokered = await agent_granted(harness, agent)
        path = f"/v1/grants/{brokered}/services/{SERVICE}"
        assert (await another.post(path)).json["reason"] == "not_yours"
        refused = await last_event(harness, "access.refused")
        assert (refused.behind, refused.detail["why"]) == (harness.alice.id, "not_yours")
        callers = (alice, dana, agent, run)
        answers = await asyncio.to_thread(make_calls, callers, [brokered, grant, deployed], examples)
        sealed = {}
        for client, seen in zip(callers, answers, strict=True):
            evidence.keep(answers="\n".join(seen).encode())
            sealed[client.token] = boxes(seen)
        assert sealed[agent.token], "the agent's own calls were given the service"
        for id_, key, box in sealed.pop(agent.token):
            info = service_info(id_, SERVICE, key)
            assert json.loads(open_box(agent.box, box, info))["value"] == values[2]
            for client in (alice, dana, run, another):
                with pytest.raises(BoxError):
                    open_box(client.box, box, info)
        assert list(sealed.values()) == [[], [], []]
        await still_live(alice, grant, {"default/STRIPE_KEY": values[0]})
        await still_live(run, deployed, {"production/STRIPE_KEY": values[1]})
        assert boxes([(await agent.post(path)).text])
    evidence.keep(log=log_of(bot), asked=bytes(proxy.asked), answered=bytes(proxy.answered))
    evidence.keep(store=str(await everything_stored(harness)).encode())
    evidence.keep(slack="\n".join(texts_sent(harness.slack)).encode())
    evidence.keep_files(harness, tmp_path)
    assert evidence.found() == []
    assert b"STRIPE_KEY" in evidence.seen["answers"]
    looked_at = ("answers", "log", "asked", "answered", "store", "slack")
    assert all(evidence.seen.get(what) for what in looked_at)


async def still_live(client: ApiClient, grant: str, values: Mapping[str, str]) -> None:
    """Whoever has access still has it, after all that was tried."""
    answer = await client.post(f"/v1/grants/{grant}/values", {}, key="the-last")
    assert values_in(client, answer, "the-last") == values
