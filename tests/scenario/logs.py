"""The real bot in this process, with its log at hand: a bad day is one line a fault, never a traceback."""

import contextlib
import logging
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import aiohttp
from structlog.testing import capture_logs

from tests.scenario.harness import ScenarioHarness

Log = list[MutableMapping[str, Any]]


class _Others(logging.Handler):
    """Keeps what other libraries log: asyncio tells there of exceptions that nobody awaited."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(self.format(record))


@contextlib.asynccontextmanager
async def serving(harness: ScenarioHarness, **more: Any) -> AsyncIterator[Log]:
    """Serve this town; yields the log, and fails afterwards on any fault that nobody foresaw."""
    others = _Others()
    logging.getLogger().addHandler(others)
    try:
        with capture_logs() as log:
            async with harness.bot(**more):
                yield log
    finally:
        logging.getLogger().removeHandler(others)
    assert [line for line in log if line.get("exc_info")] == []
    assert others.heard == []


def told(log: Log, event: str) -> Log:
    """The lines of one event."""
    return [line for line in log if line["event"] == event]


async def readiness(log: Log) -> tuple[int, list[str]]:
    """What `/readyz` of the bot that writes this log says now: its status, and what fails."""
    (listening,) = told(log, "listening")
    url = f"http://127.0.0.1:{listening['port']}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, (await answer.json())["failing"]
