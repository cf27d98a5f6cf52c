"""What the demo needs from the store: facts, and control of its clock and its server."""

import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envaccess.domain.audit import export_line
from envaccess.domain.request import Request
from envaccess.settings import Settings
from envaccess.store.client import ours
from envaccess.store.records import load
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.trail import RedisTrail
from envaccess.store.tree import RedisTree
from envaccess.wiring.log_keys import LogKeys, head_file, open_log_keys
from envaccess.wiring.parts import RandomIds, WallClock, open_keyring, open_redis
from envaccess.wiring.seal_keys import open_seals
from envaccess_demo.moving_clock import move_clock, runner_with_clock
from envaccess_demo.tampering import Tampering
from envaccess_demo.tree_look import TreeLook, TreeWitness, look_at_tree

_EXPIRY = "expire:"


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """A grant that the record and the key agree on, and what is left of the key.

    Attributes:
        ttl_ms: the key's own PTTL, milliseconds; -2 when it ended between the two looks.
    """

    request: Request
    ttl_ms: int


class TestControls:
    """One workspace on a server of ours. Methods raise `StoreError`."""

    def __init__(self, runner: Runner, sealing: Sealing, keys: LogKeys, head: Path) -> None:
        self._runner = runner
        self._sealing = sealing
        self._trail = RedisTrail(runner)
        self._keys, self._witness = keys, TreeWitness()
        self.tampering = Tampering(runner, keys, head)

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
        live = [
            request for request in (await load(self._runner, self._sealing, ids)).requests if request.live
        ]
        async with ours():
            left = [await client.pttl(key("grant", request.id)) for request in live]
        return [LiveGrant(request, int(ttl)) for request, ttl in zip(live, left, strict=True)]

    async def move_clock(self, seconds: int) -> None:
        """Shorten every TTL and every stored time by this much, in one step."""
        await move_clock(self._runner, seconds * 1000, self._sealing.seals)

    async def tree(self) -> TreeLook:
        """Verify the audit tree with the keys that signed at the start, and what this page saw before."""
        found = await look_at_tree(
            RedisTree(self._runner), self._keys.verifiers, self._witness, WallClock().now()
        )
        if self.tampering.deed is None:
            self._witness.keep(found)
        return found

    async def undo_tampering(self) -> None:
        """Bring the true stream back; the bot must not run where `tampering.needs_rest`."""
        await self.tampering.undo()
        self._witness.forget()

    async def restart_redis(self) -> None:
        """`kill -9` the server; its watcher starts it again with all that it had confirmed."""
        async with ours():
            process = int((await self._runner.client.info("server"))["process_id"])
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@contextlib.asynccontextmanager
async def open_test_controls(settings: Settings, workspace: str, app: str) -> AsyncIterator[TestControls]:
    """Join (or start) the embedded server of this home; `app` is the bot's user id.

    Raises:
        EmbeddedServerError, StoreError: it cannot be started or reached.
    """
    async with open_redis(settings) as client:
        keyring = await open_keyring(settings, client)
        seals = await open_seals(client, workspace, app, keyring)
        keys = await open_log_keys(client, workspace, keyring, RandomIds().operation())
        yield TestControls(
            runner_with_clock(client, workspace),
            Sealing(seals, WallClock().now),
            keys,
            head_file(settings.home, workspace).path,
        )
