"""What goes wrong every two minutes: a process of the product is killed, and the store fails over."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable, Sequence
from time import sleep

import redis

from benchmarks.simulated.fleet import Office
from benchmarks.simulated.history import Fault
from tests.fakes.redis_servers import SERVICE, Server, Watched, until

_STOPPED_SECONDS = 10.0
_DOWN_AFTER = 3_000
"""Milliseconds of silence after which a Sentinel calls a server down: longer than a busy machine's pauses."""
_LOOK_SECONDS = 0.5


def planned(servers: Watched, primary: Server) -> None:
    """An operator lets another one take over."""
    del primary
    servers.sentinels[0].client.execute_command("SENTINEL", "FAILOVER", SERVICE)


def killed(servers: Watched, primary: Server) -> None:
    """`kill -9`; it comes back empty, as a replica of the next one."""
    primary.kill()
    _another(servers, primary)
    primary.start()


def stopped(servers: Watched, primary: Server) -> None:
    """It answers nothing for some seconds, and goes on as if nothing had happened."""
    with primary.stopped():
        sleep(_STOPPED_SECONDS)
    _another(servers, primary)


FAILOVERS: tuple[tuple[str, Callable[[Watched, Server], None]], ...] = (
    ("planned failover", planned),
    ("kill -9 of the primary", killed),
    ("SIGSTOP of the primary", stopped),
)


def be_patient(servers: Watched) -> None:
    """Let the Sentinels wait as long as they do in production."""
    for one in servers.sentinels:
        one.client.execute_command("SENTINEL", "SET", SERVICE, "down-after-milliseconds", str(_DOWN_AFTER))


async def watch_primary(servers: Watched, faults: list[Fault], stop: asyncio.Event) -> None:
    """Note each failover that nobody forced: on a busy machine they happen."""
    before = await asyncio.to_thread(servers.primary)
    while not await _stopped_within(stop, _LOOK_SECONDS):
        with contextlib.suppress(ValueError):  # no Sentinel answers
            now = await asyncio.to_thread(servers.primary)
            if now is not before:
                faults.append(Fault("a failover", _now() - int(_LOOK_SECONDS * 1_000), _now(), failover=True))
            before = now


async def break_things(
    servers: Watched, offices: Sequence[Office], every: float, faults: list[Fault], stop: asyncio.Event
) -> None:
    """Until told to stop: a process is killed, and in the middle between two kills the store fails over.

    What has begun is ended, so that nothing is left broken.
    """
    for number in itertools.count():
        if await _stopped_within(stop, every / 2):
            return
        office = offices[number % len(offices)]
        began = _now()
        await office.kill()
        faults.append(Fault(f"kill -9 of a process of {office.name}", began, _now(), failover=False))
        if await _stopped_within(stop, max(0.0, every / 2 - (_now() - began) / 1_000)):
            return
        what, fail = FAILOVERS[number % len(FAILOVERS)]
        began = _now()
        await asyncio.to_thread(_fail_over, servers, fail)
        faults.append(Fault(what, began, _now(), failover=True))


async def _stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


def _fail_over(servers: Watched, fail: Callable[[Watched, Server], None]) -> None:
    primary = servers.primary()
    fail(servers, primary)
    _another(servers, primary)
    with contextlib.suppress(AssertionError):
        servers.settle()


def _another(servers: Watched, before: Server) -> None:
    """Wait until another one is the primary."""
    until(lambda: servers.primary().port != before.port and _is_primary(servers.primary()))


def _is_primary(server: Server) -> bool:
    try:
        return bool(server.client.info("replication")["role"] == "master")
    except redis.RedisError:
        return False


def _now() -> int:
    return int(time.time() * 1_000)
