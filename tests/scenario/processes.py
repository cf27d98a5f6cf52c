"""The real bot as a process of its own: `python -m envaccess`, its whole environment given by a test."""

import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from tests.scenario.harness import ScenarioHarness

ROOT = Path(__file__).parents[2]
LINES = 2
"""Web sockets that a bot holds."""

_STARTING = 20.0
_ENDING = 60.0
"""Seconds; only a process that hangs takes so long, however busy the machine."""


def environment(harness: ScenarioHarness, **more: str | None) -> dict[str, str]:
    """What the bot needs to serve this town; `more` adds settings, or takes one away with None."""
    given: dict[str, str | None] = {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "ENVACCESS_HOME": str(harness.home),
        "ENVACCESS_LOG_FORMAT": "json",
        "ENVACCESS_MASTER_KEYS": ",".join(base64.urlsafe_b64encode(key).decode() for key in harness.keys),
        "ENVACCESS_APPROVERS_CHANNEL": harness.approvers.id,
        "ENVACCESS_AUDIT_CHANNEL": harness.audit.id,
        "REDIS_URL": harness.redis_url,
        "SLACK_API_URL": harness.slack.api_url,
        "SLACK_APP_TOKEN": harness.slack.app_token,
        "SLACK_BOT_TOKEN": harness.slack.bot_token,
        "PORT": "0",
        "XDG_STATE_HOME": str(harness.home / "terminal"),
        **more,
    }
    return {name: value for name, value in given.items() if value is not None}


class Bot:
    """One process of the bot.

    Attributes:
        log: what it wrote to stderr, by line; an event is a dict, a sentence is `{"said": ...}`.
    """

    def __init__(self, harness: ScenarioHarness, process: asyncio.subprocess.Process) -> None:
        self._town = harness
        self.process = process
        self.log: list[dict[str, Any]] = []
        self.words = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr
        async for line in self.process.stderr:
            async with self.words:
                self.log.append(_parsed(line.decode()))
                self.words.notify_all()
        async with self.words:
            self.log.append({"event": "the process ended"})
            self.words.notify_all()

    async def says(self, event: str) -> dict[str, Any]:
        """Wait for an event of the log; returns it."""

        def found() -> dict[str, Any] | None:
            return next((line for line in self.log if line.get("event") == event), None)

        async with asyncio.timeout(_STARTING), self.words:
            await self.words.wait_for(lambda: found() or self._ended())
        line = found()
        assert line, f"no {event} in {self.log}"
        return line

    def _ended(self) -> bool:
        return any(line.get("event") == "the process ended" for line in self.log)

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask its own door, `/healthz` or `/readyz`."""
        port = (await self.says("listening"))["port"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}") as answer,
        ):
            return answer.status, await answer.json()

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()

    def terminate(self) -> None:
        """What a host says before it kills."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait until it has ended and all it said is read; returns its exit code."""
        async with asyncio.timeout(_ENDING):
            code = await self.process.wait()
            await self._reading
        self._town.printed += self.sentences
        return code

    @property
    def sentences(self) -> list[str]:
        """What it said that is no event of the log."""
        return [line["said"] for line in self.log if "said" in line]

    @property
    def traces(self) -> list[dict[str, Any]]:
        """Events with a traceback: faults that nobody foresaw."""
        return [line for line in self.log if "trace" in line or line.get("level") in {"error", "critical"}]


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {"said": line.rstrip("\n")}
    return found if isinstance(found, dict) else {"said": line}


async def start(harness: ScenarioHarness, **more: str | None) -> Bot:
    """Start a bot and wait for nothing; whoever starts it ends it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "envaccess",
        cwd=harness.home,
        env=environment(harness, **more),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    return Bot(harness, process)


@contextlib.asynccontextmanager
async def running(harness: ScenarioHarness, **more: str | None) -> AsyncIterator[Bot]:
    """A bot that takes payloads by Socket Mode; it is killed afterwards, if it still runs."""
    before = harness.slack.connections
    async with launched(harness, **more) as bot:
        connected = asyncio.create_task(harness.slack.connected(before + LINES, within=_STARTING))
        ended = asyncio.create_task(bot.process.wait())
        await asyncio.wait({connected, ended}, return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        await asyncio.gather(connected, return_exceptions=True)
        assert not ended.done(), bot.log
        ended.cancel()
        yield bot


@contextlib.asynccontextmanager
async def launched(harness: ScenarioHarness, **more: str | None) -> AsyncIterator[Bot]:
    """A bot that has been started, however far it came; it is killed afterwards, if it still runs."""
    bot = await start(harness, **more)
    try:
        yield bot
    finally:
        with contextlib.suppress(ProcessLookupError):
            bot.kill()
        await bot.ended()
