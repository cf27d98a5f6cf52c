"""A thousand terminals that wait for a decision: what they cost the bot, and whom a change wakes.

Each is a connection of its own with a long poll of 25 seconds, asked anew when it is over, as the product's
client does. A principal may have 64 calls that wait, so they are shared out among people.
"""

import asyncio
import contextlib
import os
import resource
import secrets
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks import terminals
from benchmarks.children import quiet, until
from benchmarks.harness import BenchmarkHarness, Bot, open_harness
from benchmarks.machine import Cores, cpu_seconds, resident_bytes
from benchmarks.payloads import VARIABLE_NAMES, new_people
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.client.api import WAIT_SECONDS, new_operation
from envaccess.client.session_file import StoredSession
from envaccess.crypto.proofs import make_proof

_PEOPLE, _REQUESTS, _EACH = 20, 2, 25
"""People, requests of each, and terminals that wait for each request."""
_CLIENTS = _PEOPLE * _REQUESTS * _EACH
_COMING_SECONDS = 10.0
"""In which they come one by one: a thousand people do not press Enter at once."""
_STILL_SECONDS = 5.0
"""Shorter than a poll: nobody asks anew meanwhile."""
_WAKE_SECONDS = 10.0
_BUSY = 503
_FILES = 4_096
"""Descriptors: of this process for its half of the connections, and of the bot that it starts."""


@dataclass(slots=True)
class _Waiter:
    """A terminal that waits for a change of a request.

    Attributes:
        version: the one that it knows.
        polls: how often a poll of it was over.
        refusals: how often the bot had too much to do (503).
        pausing: whether it is about to ask again after that.
        woken_at: when it was told of another version (`time.perf_counter`); 0 until then.
    """

    session: StoredSession
    request: str
    version: int
    polls: int = 0
    refusals: int = 0
    pausing: bool = False
    woken_at: float = 0.0

    async def wait(self, http: aiohttp.ClientSession, nonce: str, after: float) -> None:
        """Come after some seconds, and poll until it is told of a change."""
        await asyncio.sleep(after)
        path, query = f"/v1/requests/{self.request}", f"wait={WAIT_SECONDS}&version={self.version}"
        while not self.woken_at:
            headers, began = self._headers(path, nonce), time.perf_counter()
            async with http.get(f"{self.session.url}{path}?{query}", headers=headers) as answer:
                nonce, told = answer.headers["DPoP-Nonce"], await answer.json(content_type=None)
            self.polls += time.perf_counter() - began >= WAIT_SECONDS
            if answer.status == _BUSY:
                await self._pause()
                continue
            assert answer.status == 200, told
            if told["version"] != self.version:
                self.woken_at = time.perf_counter()

    async def _pause(self) -> None:
        """As the client: not all at once."""
        self.refusals, self.pausing = self.refusals + 1, True
        await asyncio.sleep(0.25 + secrets.randbelow(1_750) / 1_000)
        self.pausing = False

    def _headers(self, path: str, nonce: str) -> dict[str, str]:
        url, jti, now = f"{self.session.url}{path}", secrets.token_hex(8), int(time.time())
        token = self.session.token
        proof = make_proof(self.session.sign_key, "GET", url, now=now, jti=jti, nonce=nonce, token=token)
        return {"Authorization": f"DPoP {token}", "DPoP": proof}


@dataclass(frozen=True, slots=True)
class _Cost:
    """What they cost.

    Attributes:
        still: part of a core while all wait and none asks anew.
        polling: part of a core over a whole poll, in which each asks anew once.
        memory: bytes a client.
        refusals: polls for which the bot had too much to do.
    """

    still: float
    polling: float
    memory: float
    refusals: int


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:  # noqa: ARG001 - always a thousand
    """Let them wait, measure the bot over a whole poll, then withdraw one of the requests."""
    with _many_files():
        async with open_harness(cores, folder, slack_limits=False) as harness, harness.bot(api=True) as bot:
            waiters = await _waiters(harness, bot)
            alone, before = await _share(bot), _memory(bot)
            async with _waiting(bot, waiters):
                cost = await _measure(bot, waiters, before)
                times = await _wake(harness, bot, waiters)
    return [*_cost_rows(cost, alone), *_wake_rows(times)]


@contextlib.contextmanager
def _many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raised = max(soft, _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _waiters(harness: BenchmarkHarness, bot: Bot) -> list[_Waiter]:
    """Everybody signed in, their requests filed and drawn."""
    people, state = new_people(_PEOPLE, 1), harness.folder / "state"
    sessions = [await terminals.sign_in(harness, bot, person, state) for person in people]
    asked = [
        (session, await terminals.file(session, bot, name, state))
        for session in sessions
        for name in VARIABLE_NAMES[:_REQUESTS]
    ]
    await quiet(bot.process)
    return [_Waiter(session, filed.id, filed.version) for session, filed in asked for _ in range(_EACH)]


@contextlib.asynccontextmanager
async def _waiting(bot: Bot, waiters: Sequence[_Waiter]) -> AsyncIterator[None]:
    """All of them wait, until the end of the block."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        async with http.get(f"{bot.api}/v1/whoami") as answer:
            nonce = answer.headers["DPoP-Nonce"]
        async with asyncio.TaskGroup() as group:  # whoever fails ends the run
            tasks = [
                group.create_task(waiter.wait(http, nonce, _COMING_SECONDS * place / _CLIENTS))
                for place, waiter in enumerate(waiters)
            ]
            await asyncio.sleep(_COMING_SECONDS)
            yield
            for task in tasks:
                task.cancel()


async def _measure(bot: Bot, waiters: Sequence[_Waiter], before: int) -> _Cost:
    """Of the bot's process alone, from when all of them wait until each of them waits again."""
    await _settled(bot, waiters)
    memory = (_memory(bot) - before) / _CLIENTS
    used, still = _cpu(bot), await _share(bot)
    await until(lambda: _all_of(waiter.polls for waiter in waiters), 2 * WAIT_SECONDS)
    await _settled(bot, waiters)
    assert {(waiter.polls, waiter.woken_at) for waiter in waiters} == {(1, 0.0)}, "not all waited, once each"
    refusals = sum(waiter.refusals for waiter in waiters)
    return _Cost(still, (_cpu(bot) - used) / WAIT_SECONDS, memory, refusals)


async def _share(bot: Bot) -> float:
    """The part of a core that it uses over some seconds."""
    began, used = time.perf_counter(), _cpu(bot)
    await asyncio.sleep(_STILL_SECONDS)
    return (_cpu(bot) - used) / (time.perf_counter() - began)


async def _settled(bot: Bot, waiters: Sequence[_Waiter]) -> None:
    """All wait: neither they nor the bot have more to do."""
    busy = True
    while busy:
        await quiet(os.getpid())
        await quiet(bot.process)
        busy = any(waiter.pausing for waiter in waiters)


async def _wake(harness: BenchmarkHarness, bot: Bot, waiters: Sequence[_Waiter]) -> list[float]:
    """Withdraw one request; milliseconds until each of those that wait for it was told, and nobody else."""
    one = waiters[0]
    with terminals.open_terminal(one.session, bot, harness.folder / "state") as terminal:
        began = time.perf_counter()
        await asyncio.to_thread(terminal.cancel, one.request, new_operation())
    wanted = [waiter for waiter in waiters if waiter.request == one.request]
    await until(lambda: _all_of(waiter.woken_at for waiter in wanted), _WAKE_SECONDS, every=0.01)
    await _settled(bot, waiters)
    woken = [waiter for waiter in waiters if waiter.woken_at]
    assert woken == wanted, f"{len(woken)} were woken by a change that {len(wanted)} waited for"
    return [(waiter.woken_at - began) * 1_000 for waiter in wanted]


async def _all_of(signs: Iterable[float]) -> bool:
    return all(signs)


def _cpu(bot: Bot) -> float:
    used = cpu_seconds(bot.process)
    assert used is not None, "this system does not say what a process uses"
    return used


def _memory(bot: Bot) -> int:
    used = resident_bytes(bot.process)
    assert used is not None, "this system does not say what a process uses"
    return used


def _cost_rows(cost: _Cost, alone: float) -> list[Row]:
    beside = f"nobody waits {alone:.1%}"

    def share(what: str, part: float, bound: float) -> Row:
        return Row(what, f"{part:.1%} of a core", beside, None, Goal(bound, unit=" %"), part * 100)

    return [
        share(f"{_CLIENTS:,} terminals that wait, nobody asks anew", cost.still, 2),
        share(f"{_CLIENTS:,} terminals that wait, each asks anew every {WAIT_SECONDS} s", cost.polling, 5),
        Row("memory of the bot, a terminal that waits", f"{cost.memory / 1024:.1f} KiB"),
        Row("polls that were told to come again (503)", f"{cost.refusals:,} of {2 * _CLIENTS:,}"),
    ]


def _wake_rows(times: Sequence[float]) -> list[Row]:
    what = f"a change, to those that wait for it told ({len(times)} of {_CLIENTS:,}, no others), p50"
    return [Row(what, milliseconds(middle(times)), f"the last of them {milliseconds(max(times))}")]
