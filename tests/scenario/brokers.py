"""The real broker of an agent of Alice's, as a process on a unix socket, and a service that it calls."""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from envaccess.client.session_file import SessionFile, StoredSession
from slack_emulator import Message
from tests.fakes.api import ApiClient
from tests.fakes.http_service import HttpService
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import finds, write_policy
from tests.scenario.watch import buttons, id_on
from tests.unit.broker.brokered import Answered

VALUE = "value-for-tests/of+a=service&<more>'s"
"""What it looks like is different in each form that programs write, and it may stand in a header."""
POLICY = """
version: 1
services:
  shop:
    base: {base}
    header: Authorization
    format: 'Bearer {{value}}'
    variable: STRIPE_KEY
    allow: ['GET /things/**', 'POST /things/**']
rules:
  - name: agents
    match: '*/*'
    requesters: [anyone, agents]
    approvers: [{alice}, {bob}, {carol}]
    max: 2h
    delivery: [reveal, broker]
"""
WANTED = {"variables": ["STRIPE_KEY"], "duration": "1h", "reason": "debugging a failed refund"}
QUESTION = "Your agent `review` on"
_AT_DEBUG = "import logging, sys; logging.basicConfig(level=logging.DEBUG)\n"
LOGGED_COMMAND = f"{_AT_DEBUG}from envaccess.cli import main; main(sys.argv[1:])"
"""`envaccess`, with the logs of all libraries at their most detailed."""


def agents_policy(harness: ScenarioHarness, service: HttpService) -> Path:
    """A policy by which agents may ask, and that names the service."""
    return write_policy(harness, POLICY, base=service.base)


@dataclass
class AgentBroker:
    """The broker's process, and whoever calls it.

    Attributes:
        url: its address, as it said it.
        started: the message by which Alice started it.
        errors: where it writes to, at its most detailed.
        answered: every byte that it answered.
    """

    harness: ScenarioHarness
    process: asyncio.subprocess.Process
    url: str
    started: Message
    errors: Path
    answered: bytearray = field(default_factory=bytearray)

    async def open(
        self, method: str, target: str, *headers: str, body: bytes = b""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request; what comes is for the caller to read."""
        reading, writing = await asyncio.open_unix_connection(self.url.removeprefix("unix:"))
        length = (f"Content-Length: {len(body)}",) if body else ()
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers, *length, "", ""]
        writing.write("\r\n".join(lines).encode() + body)
        return reading, writing

    async def rest(self, reading: asyncio.StreamReader) -> bytes:
        """All that still comes, until it is over or broken off."""
        found = b""
        with contextlib.suppress(ConnectionError):
            while part := await reading.read(65_536):
                found += part
                self.answered += part
        return found

    async def call(self, method: str, target: str, *headers: str, body: bytes = b"") -> Answered:
        """Send a request, and its whole answer."""
        reading, writing = await self.open(method, target, "Connection: close", *headers, body=body)
        try:
            return Answered(await self.rest(reading))
        finally:
            writing.close()

    async def ask(self, method: str, path: str, told: Any = None) -> Any:
        """What the broker answers of itself."""
        headers = () if told is None else ("Content-Type: application/json",)
        body = b"" if told is None else json.dumps(told).encode()
        return json.loads((await self.call(method, f"/_envaccess/{path}", *headers, body=body)).body)

    async def granted(self, wanted: Any = None) -> str:
        """The agent asks, Alice lets it, Bob approves; returns the request's id."""
        id_ = (await self.ask("POST", "requests", wanted or WANTED))["id"]
        await let_ask(self.harness)
        decision = await decision_on(self.harness, id_)
        await self.harness.heeded(partial(self.harness.bob.press, decision, "Approve"))
        assert (await self.ask("GET", f"requests/{id_}"))["state"] == "approved"
        return str(id_)


async def let_ask(harness: ScenarioHarness) -> None:
    """Alice lets her agent ask what it wants to ask now."""
    question = await finds(harness, harness.alice, QUESTION, "[ Let it ask ]")
    await harness.heeded(partial(harness.alice.press, question, "Let it ask"))
    await harness.until(lambda: not buttons(question))


async def decision_on(harness: ScenarioHarness, request: str) -> Message:
    """The message on which people decide about this request."""

    def look() -> Message | None:
        waiting = [message for message in harness.bob.sees() if "Approve" in buttons(message)]
        return next((message for message in waiting if id_on(message) == request), None)

    return await harness.until(look)


@contextlib.asynccontextmanager
async def agents_broker(
    harness: ScenarioHarness, alice: ApiClient, *words: str
) -> AsyncIterator[AgentBroker]:
    """Alice starts an agent by `envaccess WORDS...` and presses Start; killed afterwards if it still runs."""
    with tempfile.TemporaryDirectory() as made:  # short enough for the path of a socket
        folder = Path(made)
        session = StoredSession(alice.base, alice.token, alice.key, alice.box, person=harness.alice.id)
        SessionFile(folder / "state").save(session)
        errors = folder / "errors"
        with errors.open("wb") as written:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", LOGGED_COMMAND, *words, "review", "--for", "1h"),
                *("--listen", f"unix:{folder}/own/b.sock"),
                env={"PATH": os.defpath, "ENVACCESS_STATE_DIR": str(folder / "state"), "HOME": made},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=written,
            )
        try:
            started = await finds(harness, harness.alice, "*Start agent* `review`", "[ Start ]")
            await harness.heeded(partial(harness.alice.press, started, "Start"))
            assert process.stdout
            url = (await process.stdout.readline()).decode().strip()
            assert url.startswith("unix:"), errors.read_text()
            yield AgentBroker(harness, process, url, started, errors)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
