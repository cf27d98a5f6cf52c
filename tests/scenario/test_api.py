"""Asked at a terminal, approved in Slack, and the value opens with the terminal's key alone."""

import asyncio
import contextlib
import secrets

import aiohttp
import pytest

from envaccess.crypto.boxes import BoxKey, open_box, values_info
from envaccess.crypto.proofs import ProofKey
from envaccess.domain.errors import BoxError
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.terminal import FILING, api_bot, approve, terminal, values_in
from tests.scenario.test_http_mode import free_port
from tests.scenario.watch import everything_stored

VALUES = "/v1/grants/{}/values"


async def test_asked_at_a_terminal_approved_in_slack_and_opened_by_the_terminal_alone(
    harness: ScenarioHarness, capfd: pytest.CaptureFixture[str]
) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice:
        assert (await alice.get("/v1/whoami")).json["principal"] == f"person:{harness.alice.id}"
        filed = await alice.post("/v1/requests", FILING)
        assert filed.status == 201, filed.text
        assert {person["id"] for person in filed.json["waiting_for"]} == {harness.bob.id, harness.carol.id}
        request, version = filed.json["id"], filed.json["version"]
        waiting = asyncio.create_task(alice.get(f"/v1/requests/{request}?wait=25&version={version}"))
        await approve(harness)
        assert (await waiting).json["grant"]["state"] == "active"
        answer = await alice.post(VALUES.format(request), key="use-1")
        assert values_in(alice, answer, "use-1") == {str(STRIPE): harness.values[STRIPE]}
        with pytest.raises(BoxError):
            open_box(BoxKey.generate(), answer.json["values"], values_info(request, "use-1"))
        assert (await alice.post(f"/v1/grants/{request}/end")).json["state"] == "revoked"
        assert (await alice.post(VALUES.format(request))).reason == "grant_ended"
    assert "grant.revealed" in await harness.tags()
    stored = str(await everything_stored(harness))
    said = "".join(capfd.readouterr()) + stored
    assert harness.values[STRIPE] not in said
    assert alice.token not in said


async def test_a_stolen_token_a_replayed_proof_and_a_guessed_key_open_nothing(
    harness: ScenarioHarness,
) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice:
        headers = alice.headers("GET", "/v1/whoami")
        assert (await alice.send("GET", "/v1/whoami", headers)).status == 200
        assert (await alice.send("GET", "/v1/whoami", headers)).reason == "proof_used"
        own, alice.key = alice.key, ProofKey.generate()
        assert (await alice.get("/v1/requests")).status == 401
        alice.key = own
        assert (await alice.get("/v1/requests")).status == 200


async def test_identical_posts_at_once_file_one_request(
    harness: ScenarioHarness, request: pytest.FixtureRequest
) -> None:
    """Two at once, each time under another key; `--changes-tried=200` tries so many."""
    times = max(20, request.config.getoption("--changes-tried"))
    async with api_bot(harness) as base, terminal(harness, base) as alice:
        for _ in range(times):
            key = secrets.token_hex(8)
            answers = await asyncio.gather(*(alice.post("/v1/requests", FILING, key=key) for _ in range(2)))
            assert len({answer.json["id"] for answer in answers}) == 1, answers
            filed = answers[0].json["id"]
            assert (await alice.post(f"/v1/requests/{filed}/cancel")).status == 200
            await harness.move_clock(60.1)
            alice.nonce = (await alice.get("/v1/whoami")).headers["DPoP-Nonce"]
    created = [event for event in await harness.events() if event.event == "request.created"]
    assert len(created) == times


async def test_who_waits_is_answered_at_once_when_the_bot_stops_and_goes_on_with_the_next(
    harness: ScenarioHarness,
) -> None:
    """Nothing of a session is in a process; and nothing is filed twice."""
    async with contextlib.AsyncExitStack() as stack:
        async with api_bot(harness) as base:
            alice = await stack.enter_async_context(terminal(harness, base))
            filed = (await alice.post("/v1/requests", FILING, key="one")).json
            path = f"/v1/requests/{filed['id']}?wait=25&version={filed['version']}"
            waiting = asyncio.create_task(alice.get(path))
            await alice.get("/v1/whoami")  # by then the other call waits
        assert (await waiting).json["state"] == "pending"
        async with harness.bot(port=int(base.rpartition(":")[2]), api_url=base):
            again = await alice.post("/v1/requests", FILING, key="one")
            assert again.json["id"] == filed["id"]
            waiting = asyncio.create_task(alice.get(path))
            await approve(harness)
            assert (await waiting).json["state"] == "approved"
    assert (await harness.tags()).count("request.created") == 1


async def test_who_waits_is_answered_at_once_when_their_session_ends_elsewhere(
    harness: ScenarioHarness,
) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice, terminal(harness, base) as other:
        filed = (await alice.post("/v1/requests", FILING)).json
        path = f"/v1/requests/{filed['id']}?wait=25&version={filed['version']}"
        waiting = asyncio.create_task(alice.get(path))
        await alice.get("/v1/whoami")  # by then the other call waits
        leaving = {**other.headers("DELETE", "/v1/session"), "Idempotency-Key": "out"}
        assert (await other.send("DELETE", "/v1/session?all=true", leaving)).json == {"ended": 2}
        answer = await waiting
        assert (answer.status, answer.reason) == (401, "no_session")
        assert filed["id"] not in answer.text


async def test_without_its_setting_there_is_no_api(harness: ScenarioHarness) -> None:
    port = free_port()
    document = f"http://127.0.0.1:{port}/v1/openapi.json"
    async with harness.bot(port=port), aiohttp.ClientSession() as http, http.get(document) as answer:
        assert answer.status == 404
