"""What proving costs: how late events are sealed, how fast they are verified, and what one of them weighs."""

import json
import secrets
import time
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from benchmarks.harness import client, open_home, other_sealing
from benchmarks.machine import Cores
from benchmarks.payloads import TEAM
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit_line import day_of, digest_of
from envaccess.domain.audit_tree import TreeHead
from envaccess.domain.tree_check import Outcome
from envaccess.projections.checkpoints import Checkpoints
from envaccess.store.client import Client
from envaccess.store.keys import AUDIT_RETENTION
from envaccess.store.outbox import RedisOutbox
from envaccess.store.request_reader import RequestReader
from envaccess.store.runner import Runner
from envaccess.store.tree import RedisTree
from envaccess.wiring.audit_tree import verify_store
from envaccess.wiring.log_keys import CurrentLogKeys, LogKeys, open_log_keys

_A_SECOND: Final = 100
_TOKEN: Final = "benchmark"
_REASON: Final = "looking into the failing payouts of yesterday evening"
_MILLION: Final = 1_000_000


class _Kept:
    """The newest head, in memory; and a log that nobody reads."""

    def __init__(self) -> None:
        self._head: TreeHead | None = None

    def last(self) -> TreeHead | None:
        """That head."""
        return self._head

    def keep(self, head: TreeHead) -> None:
        """Keep it."""
        self._head = head

    def fault(self, what: str, **facts: str) -> None:
        """Nothing may go wrong here."""
        raise AssertionError(what, facts)

    def crash(self, what: str, error: BaseException) -> None:
        """The same."""
        raise AssertionError(what) from error


class _Workspace:
    """A workspace whose events are sealed, on a clock of its own."""

    def __init__(self, redis: Client, keyring: Keyring, keys: LogKeys) -> None:
        self.redis: Any = redis
        self.runner, self.now, self.written, self.keys = Runner(redis, TEAM), 1_000.0, 0, keys
        outbox = RedisOutbox(self.runner, _TOKEN, RequestReader(self.runner, other_sealing()))
        self.tree, kept = RedisTree(self.runner, _TOKEN), _Kept()
        signer = CurrentLogKeys(redis, TEAM, keyring, keys)
        self.checkpoints = Checkpoints(
            outbox, self.tree, signer, kept, kept, lambda: self.now, AUDIT_RETENTION
        )

    async def write(self, count: int) -> None:
        """Requests as people file them, without running a script for each."""
        stream, number = self.runner.key("audit"), self.runner.key("event_number")
        first, at = int(await self.redis.get(number) or 0), time.time_ns() // 1_000_000
        pipe, salts = self.redis.pipeline(transaction=False), list[str]()
        for n in range(first, first + count):
            salt = secrets.token_hex(16)
            detail = {"duration": "1h", "policy": "0a1b2c3d4e5f", "rules": "production", "surface": "slack"}
            said = {
                "event": "request.created", "at": str(at), "actor": "person:U0REQUESTER", "n": str(n),
                "s": secrets.token_hex(16), "request": f"{n:08d}", "variables": "production/STRIPE_KEY",
                "requester": "U0REQUESTER", "typed": f"reason:{digest_of(salt, _REASON)}",
                "detail": json.dumps(detail, separators=(",", ":")),
            }  # fmt: skip
            pipe.xadd(stream, said)
            salts.append(salt)
        pipe.set(number, first + count)
        ids = await pipe.execute()
        pipe = self.redis.pipeline(transaction=False)
        for event, salt in zip(ids, salts, strict=False):
            kept = json.dumps({"reason": [salt, _REASON]}, separators=(",", ":"))
            pipe.hset(self.runner.key("typed", str(day_of(event))), event, kept)
        await pipe.execute()

    async def bytes_used(self) -> int:
        """By the tree alone: what an event itself takes, of all kinds of them, `weighing` measures."""
        kinds = ("tree", "tree_tiles")
        return sum(
            [int(await self.redis.memory_usage(self.runner.key(kind), samples=0) or 0) for kind in kinds]
        )


async def run(scale: Scale, _cores: Cores, folder: Path) -> list[Row]:
    """Seal so many events a second for some minutes of a clock of its own, and verify all of them."""
    keyring = Keyring((MasterKey(secrets.token_bytes(32)),))
    with open_home(folder / "proving") as url:
        async with client(url) as redis:
            keys = await open_log_keys(redis, TEAM, keyring, "first")
            workspace = _Workspace(redis, keyring, keys)
            lag, step = await _seal(workspace, max(60, scale.items // _A_SECOND))
            sealed = (await workspace.tree.heads())[-1].size
            weight = await workspace.bytes_used() / await redis.xlen(workspace.runner.key("audit"))
            began = time.perf_counter()
            report = await verify_store(workspace.tree, keys.verifiers, [], time.time_ns() // 1_000_000)
            rate = sealed / (time.perf_counter() - began)
    assert report.outcome is Outcome.VALID, report.problems[:3]
    what = f"{_A_SECOND} events a second"
    return [
        Row(
            f"from an event to its signed head, p99, {what}",
            f"{lag:.0f} s",
            goal=Goal(90, unit=" s"),
            number=lag,
        ),
        Row(f"the process's time for a head, {what}, the longest", f"{step * 1000:.0f} ms"),
        Row(
            f"`audit verify`, {sealed:,} events",
            f"{rate:,.0f} a second",
            f"a million in {_MILLION / rate:.0f} s",
        ),
        Row("Redis, an event's part of the tree", f"{weight:.0f} bytes"),
    ]


async def _seal(workspace: _Workspace, seconds: int) -> tuple[float, float]:
    """The 99th percentile of the seconds that events wait, and the longest step in seconds of ours."""
    lags, waiting, longest = list[float](), list[float](), 0.0
    for _ in range(seconds):
        await workspace.write(_A_SECOND)
        waiting += [workspace.now + n / _A_SECOND for n in range(_A_SECOND)]
        workspace.now += 1
        before, began = await workspace.tree.heads(), time.perf_counter()
        await workspace.checkpoints.step()
        longest = max(longest, time.perf_counter() - began)
        heads = await workspace.tree.heads()
        done = (heads[-1].size if heads else 0) - (before[-1].size if before else 0)
        lags += [workspace.now - at for at in waiting[:done]]
        waiting = waiting[done:]
    return quantiles(lags, n=100)[-1], longest
