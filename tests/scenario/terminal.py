"""Somebody at a terminal, signed in to the real bot by its API, with real keys."""

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from envaccess.crypto.boxes import BoxKey, open_box, token_info, values_info
from envaccess.crypto.login_codes import make_code, make_offer, secret_hash
from envaccess.crypto.proofs import ProofKey
from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal
from envaccess.domain.session import CodeDigest
from envaccess.store.sessions import RedisSessions
from slack_emulator import User
from tests.fakes.api import ApiClient, ApiReply
from tests.scenario.harness import ScenarioHarness
from tests.scenario.test_http_mode import free_port

LOGIN_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{5}-[0-9A-Z]{5}\b")
FILING = {"variables": ["STRIPE_KEY"], "duration": "1h", "reason": "debugging a failed refund"}


async def approve(harness: ScenarioHarness) -> None:
    """Bob approves what waits for him."""
    message = await harness.until(lambda: harness.bob.find("[ Approve ]"))
    await harness.heeded(lambda: harness.bob.press(message, "Approve"))


@contextlib.asynccontextmanager
async def api_bot(harness: ScenarioHarness, **more: Any) -> AsyncIterator[str]:
    """The real bot in Socket Mode with the API; yields its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with harness.bot(port=port, api_url=base, **more):
        yield base


@contextlib.asynccontextmanager
async def terminal(harness: ScenarioHarness, base: str, user: User | None = None) -> AsyncIterator[ApiClient]:
    """A terminal that is signed in, by default as Alice: it offers over the API, she picks in the store."""
    who = Principal(ActorKind.PERSON, (user or harness.alice).id, harness.slack.team_id)
    store, code = RedisSessions(harness.runner, await harness.sealing()), make_code()
    login = f"se_{secrets.token_hex(4)}"
    await store.start(secrets.token_hex(8), who, login, CodeDigest(code.lookup, secret_hash(code)))
    async with aiohttp.ClientSession() as http:
        client = ApiClient(base, http, "", ProofKey.generate(), BoxKey.generate(), "")
        keys = {"sign_key": client.key.public, "seal_key": client.box.public}
        body = {"code": make_offer(code, *keys.values()).text, **keys, "host": "lenovo-7", "user": "alice"}
        offered = await unsigned(client, "POST", "/v1/logins", body)
        assert (offered.status, offered.json["id"]) == (201, login), offered.text
        found = await store.get(login)
        assert found
        assert found.offer
        waiting = asyncio.create_task(_left_offered(client, login))
        await store.pick(secrets.token_hex(8), who, found, found.offer.number, "")
        polled = await waiting
        assert polled.json["state"] == "confirmed", polled.text
        client.token = open_box(client.box, polled.json["token"], token_info(login)).decode()
        yield client


async def _left_offered(client: ApiClient, login: str) -> ApiReply:
    """Wait as a terminal does: asked again where the offer itself was the change that ended a wait."""
    while True:
        polled = await unsigned(client, "GET", f"/v1/logins/{login}?wait=25")
        if polled.json.get("state") != "offered":
            return polled


async def unsigned(client: ApiClient, method: str, path: str, body: Any = None) -> ApiReply:
    """A call that proves the key alone, with the nonce that the first answer brings."""
    for _ in range(2):
        headers = {"DPoP": client.proof(method, path.partition("?")[0])}
        answer = await client.send(method, path, headers, **({"json": body} if body is not None else {}))
        client.nonce = answer.headers["DPoP-Nonce"]
        if answer.status != 401:
            break
    return answer


def values_in(client: ApiClient, answer: ApiReply, key: str) -> dict[str, str]:
    """The values of an answer, as only this terminal opens them."""
    assert answer.status == 200, answer.text
    info = values_info(answer.json["grant"], key)
    found: dict[str, str] = json.loads(open_box(client.box, answer.json["values"], info))
    return found
