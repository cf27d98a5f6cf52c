"""What Redis says about itself, and whether this user may run what the scripts need."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import redis.asyncio as redis

from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.health import PROVIDERS, StoreFacts
from envaccess.store.client import name_pages, ours
from envaccess.store.installation_kinds import INSTALLATIONS
from envaccess.store.keys import CANARY, EPOCH, NAMES, prefix
from envaccess.store.records import read_time
from envaccess.store.runner import Runner

_PROBES = (
    ("EVALSHA", "x", "1", "{key}"),
    ("EVAL", "return 1", "1", "{key}"),
    ("MULTI",),
    ("EXEC",),
    ("TIME",),
    ("PING",),
    ("INFO",),
    ("SCAN", "0"),
    ("ZSCAN", "{key}", "0"),
    ("TYPE", "{key}"),
    ("GET", "{key}"),
    ("MGET", "{key}"),
    ("SET", "{key}", "1"),
    ("INCR", "{key}"),
    ("INCRBY", "{key}", "1"),
    ("DEL", "{key}"),
    ("EXISTS", "{key}"),
    ("PEXPIRE", "{key}", "1"),
    ("PTTL", "{key}"),
    ("PEXPIREAT", "{key}", "1"),
    ("PERSIST", "{key}"),
    ("HSET", "{key}", "f", "v"),
    ("HSETNX", "{key}", "f", "v"),
    ("HGET", "{key}", "f"),
    ("HGETALL", "{key}"),
    ("HSCAN", "{key}", "0"),
    ("HMGET", "{key}", "f"),
    ("HDEL", "{key}", "f"),
    ("HINCRBY", "{key}", "f", "1"),
    ("HLEN", "{key}"),
    ("HEXISTS", "{key}", "f"),
    ("HKEYS", "{key}"),
    ("HVALS", "{key}"),
    ("ZADD", "{key}", "1", "m"),
    ("ZREM", "{key}", "m"),
    ("ZRANGE", "{key}", "0", "1"),
    ("ZREVRANGE", "{key}", "0", "1"),
    ("ZSCORE", "{key}", "m"),
    ("ZMSCORE", "{key}", "m"),
    ("ZCARD", "{key}"),
    ("ZLEXCOUNT", "{key}", "-", "+"),
    ("ZRANGEBYLEX", "{key}", "-", "+"),
    ("ZCOUNT", "{key}", "0", "1"),
    ("ZRANGEBYSCORE", "{key}", "0", "1"),
    ("ZREMRANGEBYRANK", "{key}", "0", "1"),
    ("ZREMRANGEBYSCORE", "{key}", "0", "1"),
    ("XADD", "{key}", "*", "f", "v"),
    ("XLEN", "{key}"),
    ("XRANGE", "{key}", "-", "+"),
    ("XREVRANGE", "{key}", "+", "-"),
    ("XINFO", "STREAM", "{key}"),
    ("XREAD", "STREAMS", "{key}", "0"),
    ("XTRIM", "{key}", "MINID", "0"),
    ("WAIT", "0", "0"),
)
"""Every command that this package or a script sends, with arguments that its arity accepts."""

_EPOCHS = frozenset(map(str, range(EPOCH + 1)))
_FULL = 0.9
_FILLING = 0.6
"""Parts of `maxmemory`."""


async def ping(client: redis.Redis) -> None:
    """Raise a `StoreError` unless Redis answers within a second."""
    async with ours():
        await client.ping()


async def facts(client: redis.Redis, workspace: str, host: str = "") -> StoreFacts:
    """What Redis says about itself.

    Args:
        client: connections to it.
        workspace: whose keys are looked at.
        host: by what name it is reached, which may tell who runs it.

    Raises:
        StoreError: it cannot be reached.
    """
    runner = Runner(client, workspace)
    async with ours():
        info = await client.info()
    forbidden = await _forbidden(client, runner.key("audit"))
    version = str(info.get("valkey_version") or info.get("redis_version") or "0")
    return StoreFacts(
        product="valkey" if "valkey_version" in info else "redis",
        version=tuple(int(part) for part in version.split(".") if part.isdigit()),
        aof=bool(int(info.get("aof_enabled", 0))),
        policy=str(info.get("maxmemory_policy", "")),
        used=int(info.get("used_memory", 0)),
        limit=int(info.get("maxmemory", 0)),
        forbidden=forbidden,
        replicas=int(info.get("connected_slaves", 0)),
        replica=str(info.get("role", "")) in {"slave", "replica"},
        restoring="EXISTS" not in forbidden and await is_restoring(runner),
        later="GET" not in forbidden and await is_later(runner),
        ahead=0 if "TIME" in forbidden else await _ahead(client),
        provider=provider_of(info, host),
        unknown=await _unknown(runner),
        undeclared=await _refuses_undeclared(runner),
    )


def provider_of(info: Mapping[str, Any], host: str) -> str:
    """Who runs a server, by what it says of itself and by its name; empty for whoever it is.

    Amazon's servers name the service in `os`; Dragonfly and Upstash have a version of their own.
    """
    told = f"{info.get('os', '')} ".lower() + " ".join(info)
    words = {
        "memorydb": "amazon memorydb",
        "elasticache": "amazon elasticache",
        "dragonfly": "dragonfly_version",
        "upstash": "upstash_version",
    }
    named = (name for name, word in words.items() if word in told)
    hosted = (name for name, parts in PROVIDERS.items() if any(part in f"{host}".lower() for part in parts))
    return next(named, "") or next(hosted, "")


async def _unknown(runner: Runner) -> tuple[str, ...]:
    """Commands that the server does not have, or has under another name; none where it does not tell."""
    names = list(dict.fromkeys(probe[0] for probe in _PROBES))
    try:
        told = await runner.read("COMMAND", "INFO", *names)
    except StoreUnavailableError:
        return ()
    if not isinstance(told, list) or len(told) != len(names):
        return ()
    return tuple(name for name, answer in zip(names, told, strict=True) if not answer)


async def _refuses_undeclared(runner: Runner) -> bool:
    """Whether a script of ours would be refused, because it makes the names of its keys itself."""
    script = "return redis.call('EXISTS', ARGV[1])"
    async with ours():
        try:
            await runner.client.eval(script, 1, runner.key("audit"), runner.prefix + CANARY)
        except redis.ResponseError as error:
            return "undeclared" in str(error)
    return False


async def _ahead(client: redis.Redis) -> int:
    """Milliseconds that the server's clock is ahead of ours, by the time that it takes to ask."""
    async with ours():
        told: Any = await client.time()
    return read_time(told) - time.time_ns() // 1_000_000


async def read_clocks(runner: Runner) -> tuple[int, int]:
    """Redis' time, and that in the greatest id of an event (0 without one), both in milliseconds.

    The greatest is remembered where its event was deleted: no smaller one is ever taken, and after the last
    that there is nothing can be written down any more.

    Raises:
        StoreUnavailableError: Redis does not answer.
    """
    events = runner.key("audit")
    told, newest, there = await runner.read_all(
        [("TIME",), ("XREVRANGE", events, "+", "-", "COUNT", 1), ("EXISTS", events)]
    )
    ids = [*(entry[0] for entry in newest), *([await _greatest(runner)] if there else [])]
    return read_time(told), max((int(one.partition("-")[0]) for one in ids), default=0)


async def _greatest(runner: Runner) -> str:
    """The greatest id that the stream of events remembers; `0` where it may not be asked."""
    try:
        told = await runner.read("XINFO", "STREAM", runner.key("audit"))
    except StoreUnavailableError:
        return "0"
    facts = told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=False))
    return str(facts.get("last-generated-id") or "0")


async def is_later(runner: Runner) -> bool:
    """Whether the workspace's epoch is one that this version does not know: it may touch nothing there.

    Raises:
        StoreError: Redis does not answer.
    """
    async with ours():
        epoch = await runner.client.get(runner.key("epoch"))
    return epoch is not None and epoch not in _EPOCHS


async def is_restoring(runner: Runner) -> bool:
    """Whether a restore of this workspace is under way, or did not finish.

    Raises:
        StoreError: Redis does not answer.
    """
    async with ours():
        return bool(await runner.client.exists(runner.key("restoring")))


async def _forbidden(client: redis.Redis, key: str) -> tuple[str, ...]:
    """Commands that `ACL DRYRUN` says this user may not run; none where ACL itself is forbidden."""
    async with ours():
        try:
            user = str(await client.acl_whoami())
        except redis.ResponseError:
            return ()
        pipe = client.pipeline(transaction=False)
        for name, *arguments in _PROBES:
            pipe.acl_dryrun(user, name, *(argument.format(key=key) for argument in arguments))
        answers = await pipe.execute(raise_on_error=False)
    if any(isinstance(answer, redis.ResponseError) for answer in answers):
        return ()
    return tuple(
        probe[0] for probe, answer in zip(_PROBES, answers, strict=True) if answer not in {True, "OK"}
    )


async def holds_sealed_values(client: redis.Redis) -> bool:
    """Whether any workspace in this server has a sealed value."""
    async with aclosing(_in_all_workspaces(client, "versions")) as pages:
        async for page in pages:
            if page:
                return True
    return False


async def workspaces(client: redis.Redis) -> frozenset[str]:
    """The workspaces that have an audit stream in this server."""
    pages = [page async for page in _in_all_workspaces(client, "audit")]
    found = frozenset(name.partition("{")[2].partition("}")[0] for page in pages for name in page)
    return found - {INSTALLATIONS}


def _in_all_workspaces(client: redis.Redis, kind: str) -> AsyncGenerator[Sequence[str], None]:
    """Pages of every workspace's key of a kind of which it has one; a page may be empty."""
    return name_pages(client, prefix("*") + NAMES[kind])


class Memory:
    """How full Redis is, as sampled last.

    Attributes:
        used: bytes.
        limit: bytes; 0 where there is none.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.used = self.limit = 0

    def full(self) -> bool:
        """Whether nothing new is taken."""
        return self._part() >= _FULL

    def filling(self) -> bool:
        """Whether no slow sink holds events back any longer."""
        return self._part() > _FILLING

    def _part(self) -> float:
        return self.used / self.limit if self.limit > 0 else 0.0

    async def sample(self) -> None:
        """Ask Redis."""
        async with ours():
            info = await self._client.info("memory")
        self.used, self.limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
