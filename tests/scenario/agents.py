"""An agent of Alice's that reaches the real bot by its API, with real keys."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from envaccess.crypto.boxes import BoxKey, open_box, token_info
from envaccess.crypto.proofs import ProofKey
from slack_emulator import Message
from tests.fakes.api import ApiClient, ApiReply
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import finds
from tests.scenario.terminal import api_bot, terminal, unsigned

START = "*Start agent* `review`"


async def offered(alice: ApiClient, agent: ApiClient, **more: Any) -> ApiReply:
    """Alice's terminal asks for an agent with these keys to be started."""
    body = {"name": "review", "seconds": 3_600, "host": "lenovo-7", "user": "alice", "program": "claude"}
    keys = {"sign_key": agent.key.public, "seal_key": agent.box.public}
    return await alice.post("/v1/agents", {**body, **keys, **more})


async def polled(agent: ApiClient, id_: str, wait: int = 25) -> ApiReply:
    """How it stands, for whoever has its key."""
    return await unsigned(agent, "GET", f"/v1/agents/{id_}?wait={wait}")


@contextlib.asynccontextmanager
async def new_agent(base: str) -> AsyncIterator[ApiClient]:
    """A program with keys that nobody knows yet."""
    async with aiohttp.ClientSession() as http:
        yield ApiClient(base, http, "", ProofKey.generate(), BoxKey.generate(), "")


@contextlib.asynccontextmanager
async def started(
    harness: ScenarioHarness, base: str, alice: ApiClient, **more: Any
) -> AsyncIterator[tuple[ApiClient, str, Message]]:
    """An agent that Alice started: its client, its id, and the message about it."""
    async with new_agent(base) as agent:
        asked = await offered(alice, agent, **more)
        assert asked.status == 202, asked.text
        id_, question = asked.json["id"], await finds(harness, harness.alice, START, "[ Start ]")
        waiting = asyncio.create_task(polled(agent, id_))
        await harness.heeded(partial(harness.alice.press, question, "Start"))
        found = await waiting
        assert found.json["state"] == "confirmed", found.text
        agent.token = open_box(agent.box, found.json["token"], token_info(id_)).decode()
        yield agent, id_, question


@dataclass(frozen=True)
class AgentHarness:
    """Alice's terminal, and her agent.

    Attributes:
        message: what she sees of it.
    """

    base: str
    alice: ApiClient
    agent: ApiClient
    id: str
    message: Message


@contextlib.asynccontextmanager
async def alices_agent(
    harness: ScenarioHarness, seconds: int = 3_600, **more: Any
) -> AsyncIterator[AgentHarness]:
    """The real bot, and an agent that Alice started."""
    async with (
        api_bot(harness, **more) as base,
        terminal(harness, base) as alice,
        started(harness, base, alice, seconds=seconds) as (agent, id_, message),
    ):
        yield AgentHarness(base, alice, agent, id_, message)


async def sign_out(client: ApiClient, query: str = "") -> ApiReply:
    """End this session, or with `?all=1` every one of its person."""
    headers = client.headers("DELETE", "/v1/session") | {"Idempotency-Key": secrets.token_hex(8)}
    return await client.send("DELETE", f"/v1/session{query}", headers)
