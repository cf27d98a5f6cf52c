"""No answer of the API, of the broker or of MCP's tools holds a value, whoever asks and whatever they send.

Persons, machines and agents have live access to one value. Everything that is sent to them, written to the
logs at their most detailed, and kept, is searched for it in each form that programs write (`run/forms.py`).
"""

import asyncio
from pathlib import Path

import pytest

from tests.fakes.api import ApiClient
from tests.scenario import processes
from tests.scenario.api_fuzzing import make_calls
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import write_policy
from tests.scenario.recording_proxy import RecordingProxy
from tests.scenario.terminal import FILING, approve, terminal, values_in
from tests.scenario.test_http_mode import free_port
from tests.scenario.test_terminal_leaks import Evidence, log_of
from tests.scenario.watch import everything_stored

POLICY = """
version: 1
owners: {{'*/*': ['{alice}']}}
rules:
  - {{match: '*/*', approvers: ['{bob}', '{carol}']}}
"""
VALUE = 'value for tests "\u00e9"/+?& {} 0123456789'


async def asked_and_granted(harness: ScenarioHarness, client: ApiClient) -> str:
    """A person asks at a terminal, and another agrees; returns the grant's id."""
    filed = await client.post("/v1/requests", FILING)
    assert filed.status == 201, filed.text
    await approve(harness)
    shown = await client.get(f"/v1/requests/{filed.json['id']}?wait=25")
    assert shown.json["state"] == "approved", shown.text
    return str(filed.json["id"])


async def test_no_call_of_the_api_shows_a_value_but_in_a_box(
    harness: ScenarioHarness, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    await harness.store(STRIPE, VALUE)
    evidence, port = Evidence([VALUE]), free_port()
    proxy, examples = RecordingProxy(port), request.config.getoption("--api-examples")
    told = {"PORT": str(port), "ENVACCESS_API_URL": proxy.url, "ENVACCESS_LOG_LEVEL": "debug"}
    told["ENVACCESS_POLICY_FILE"] = str(write_policy(harness, POLICY))
    async with (
        proxy.serving(),
        processes.running(harness, **told) as bot,
        terminal(harness, proxy.url) as alice,
        terminal(harness, proxy.url, harness.dana) as dana,
    ):
        grant = await asked_and_granted(harness, alice)
        for client in (alice, dana):
            seen = await asyncio.to_thread(make_calls, client, [grant], examples)
            evidence.keep(answers="\n".join(seen).encode())
        answer = await alice.post(f"/v1/grants/{grant}/values", {}, key="the-last")
        assert values_in(alice, answer, "the-last") == {"default/STRIPE_KEY": VALUE}, "it is still live"
    evidence.keep(log=log_of(bot), asked=bytes(proxy.asked), answered=bytes(proxy.answered))
    evidence.keep(store=str(await everything_stored(harness)).encode())
    evidence.keep_files(harness, tmp_path)
    assert evidence.found() == []
    assert b"STRIPE_KEY" in evidence.seen["answers"]
    assert all(evidence.seen.get(what) for what in ("answers", "log", "asked", "answered", "store"))
