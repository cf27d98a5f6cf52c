"""What the playground's page needs from behind: facts of Redis, and a hand on its clock and its server."""

import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.audit import export_line
from bot.domain.request import Request
from bot.settings import Settings
from bot.store.client import ours
from bot.store.records import load
from bot.store.runner import Runner
from bot.store.trail import RedisTrail
from bot.wiring.parts import open_redis

_EXPIRY = "expire:"


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """A grant that the record and the key agree on, and what is left of the key.

    Attributes:
        ttl_ms: the key's own PTTL, milliseconds; -2 when it ended between the two looks.
    """

    request: Request
    ttl_ms: int


class Stagehand:
    """One workspace on a server of ours. Methods raise `StoreError`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._trail = RedisTrail(runner)

    async def events(self, after: str, count: int) -> Sequence[Mapping[str, Any]]:
        """Audit events after a stream id, oldest first, flat as `audit export` prints them."""
        return [json.loads(export_line(event)) for event in await self._trail.after(after, count)]

    async def wait(self, last: str, seconds: float) -> None:
        """Return when an event after `last` came, or when the time is over."""
        await self._trail.wait(last, seconds)

    async def grants(self) -> Sequence[LiveGrant]:
        """The live grants, the one that ends first being first."""
        client, key = self._runner.client, self._runner.key
        async with ours():
            waiting = await client.zrange(key("deadlines"), 0, -1)
        ids = [entry.removeprefix(_EXPIRY) for entry in waiting if entry.startswith(_EXPIRY)]
        live = [request for request in await load(self._runner, ids) if request.live]
        async with ours():
            left = [await client.pttl(key("grant", request.id)) for request in live]
        return [LiveGrant(request, int(ttl)) for request, ttl in zip(live, left, strict=True)]

    async def move_clock(self, seconds: int) -> None:
        """Shorten every TTL and every stored time by this much, in one step."""
        await self._runner.run("move_clock", milliseconds=seconds * 1000)

    async def restart_redis(self) -> None:
        """`kill -9` the server; its watcher starts it again with all that it had confirmed."""
        async with ours():
            process = int((await self._runner.client.info("server"))["process_id"])
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@contextlib.asynccontextmanager
async def open_stagehand(settings: Settings, workspace: str) -> AsyncIterator[Stagehand]:
    """Join (or start) the embedded server of this home.

    Raises:
        EmbeddedServerError, StoreError: it cannot be started or reached.
    """
    async with open_redis(settings) as client:
        yield Stagehand(Runner(client, workspace))
