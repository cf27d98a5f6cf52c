"""A rolling upgrade and downgrade under load, behind a balancer: what was acked is there, once.

Two processes of one version are replaced by two of the other, one after the other, and back again, while
people file. Without `--before` both versions are this checkout.
"""

import asyncio
import contextlib
import os
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.children import ROOT, ChildError
from benchmarks.harness import BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores
from benchmarks.payloads import PER_PERSON, commands, new_people
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row
from envaccess.domain.audit import NO_EVENT, Tag
from envaccess.store.trail import RedisTrail

REPLICAS = 2
SENDERS = 4
DRAIN_SECONDS = 3
_LOOK_SECONDS = 0.1
"""Between two looks of the balancer at `/readyz`: shorter than the draining."""
_PAUSE_SECONDS = 0.05
"""Between two commands."""
_SLACK_WAITS = 3.0
"""Seconds until Slack gives an ack up."""
_FILED = re.compile(rb"Filed as request `([a-z0-9]{8})`")
_PAGE = 1_000


@dataclass
class Balancer:
    """Sends each command to one that was ready when it last looked, in turn.

    Attributes:
        ports: all that it knows.
        ready: those that were ready.
        look: seconds between two looks.
    """

    ports: list[int] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    turn: int = 0
    look: float = _LOOK_SECONDS

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            answers = [await _is_ready(port) for port in self.ports]
            self.ready = [port for port, fine in zip(self.ports, answers, strict=False) if fine]
            await asyncio.sleep(self.look)

    async def send(self, request: bytes) -> bytes:
        """The whole answer; nothing where there is none in time."""
        self.turn += 1
        port = self.ready[self.turn % len(self.ready)] if self.ready else 0
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_SLACK_WAITS):
                return await _exchange(port, request)
        return b""


async def _is_ready(port: int) -> bool:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_SLACK_WAITS):
            answer = await _exchange(port, b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            return answer.startswith(b"HTTP/1.1 200")
    return False


async def _exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        return await reader.read()
    finally:
        writer.close()


@dataclass
class Filed:
    """What people were told.

    Attributes:
        ids: of the requests.
        lost: commands without an ack, or with another one.
    """

    ids: list[str] = field(default_factory=list)
    lost: int = 0


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Up, and down again."""
    versions = (scale.before or ROOT, ROOT)
    async with open_harness(cores, folder) as harness:
        balancer, filed = Balancer(), Filed()
        async with _working(balancer.watch()), contextlib.AsyncExitStack() as stack:
            bots = [await _start(harness, balancer, versions[0], stack) for _ in range(REPLICAS)]
            count = scale.filings * 16
            requests = commands(new_people(count, PER_PERSON), count)
            async with _working(_file(balancer, iter(requests), filed)):
                for version in (versions[1], versions[0]):
                    bots = await _roll(harness, balancer, version, bots, stack)
        created = await _created(harness)
    twice = sum(count > 1 for count in created.values())
    missing = sum(id_ not in created for id_ in filed.ids)
    told = f"{len(filed.ids)} acked"
    none = Goal(0)
    return [
        Row(
            "rolling up and down: commands without an ack",
            str(filed.lost),
            told,
            goal=none,
            number=filed.lost,
        ),
        Row("the same: acked, and not in the audit stream", str(missing), told, goal=none, number=missing),
        Row("the same: in the audit stream more than once", str(twice), told, goal=none, number=twice),
    ]


@contextlib.asynccontextmanager
async def _working(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _start(
    harness: BenchmarkHarness, balancer: Balancer, version: Path, stack: contextlib.AsyncExitStack
) -> Bot:
    bot = await stack.enter_async_context(_ending(harness, version))
    balancer.ports.append(bot.port)
    while bot.port not in balancer.ready:  # noqa: ASYNC110 - it looks again and again
        await asyncio.sleep(_LOOK_SECONDS)
    return bot


@contextlib.asynccontextmanager
async def _ending(harness: BenchmarkHarness, version: Path) -> AsyncIterator[Bot]:
    """It may end by itself: it is told to."""
    with contextlib.suppress(ChildError):
        async with harness.bot(checkout=version, drain=DRAIN_SECONDS) as bot:
            yield bot


async def _roll(
    harness: BenchmarkHarness,
    balancer: Balancer,
    version: Path,
    bots: Sequence[Bot],
    stack: contextlib.AsyncExitStack,
) -> list[Bot]:
    """Replace one after the other: the new one first."""
    fresh = []
    for old in bots:
        fresh.append(await _start(harness, balancer, version, stack))
        os.kill(old.process, signal.SIGTERM)
        while await _answers(old.port):  # noqa: ASYNC110 - the same
            await asyncio.sleep(_LOOK_SECONDS)
        balancer.ports.remove(old.port)
    return fresh


async def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        await _exchange(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        return True
    return False


async def _file(balancer: Balancer, requests: Iterator[bytes], filed: Filed) -> None:
    await asyncio.gather(*(_file_some(balancer, requests, filed) for _ in range(SENDERS)))


async def _file_some(balancer: Balancer, requests: Iterator[bytes], filed: Filed) -> None:
    for request in requests:
        found = _FILED.search(await balancer.send(request))
        if found:
            filed.ids.append(found[1].decode())
        else:
            filed.lost += 1
        await asyncio.sleep(_PAUSE_SECONDS)


async def _created(harness: BenchmarkHarness) -> Counter[str]:
    """How often each request is in the audit stream."""
    trail, cursor, found = RedisTrail(harness.runner), NO_EVENT, Counter[str]()
    while events := await trail.after(cursor, _PAGE):
        found.update(event.request for event in events if event.event == Tag.REQUEST_CREATED)
        cursor = events[-1].id
    return found
