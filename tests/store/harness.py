"""A workspace in Redis with every adapter on it, and the eyes of an auditor: dumps, states, events."""

import base64
import contextlib
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import Actor, ActorKind, Event, person
from envaccess.domain.call import CLI, Origin
from envaccess.domain.catalogue import incarnations_of
from envaccess.domain.duration import Duration
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Claim, Decided, Filed, NewRequest, Recorded, Vote, Written
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Refusal
from envaccess.domain.render_batch import RenderBatch
from envaccess.domain.request import Request, Verb
from envaccess.domain.sealed_value import SealedValue
from envaccess.domain.seals.statements import mac_of
from envaccess.domain.variable import Variable, parse_variable
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.client import Client
from envaccess.store.cursors import RedisCursors
from envaccess.store.delegations import RedisDelegations
from envaccess.store.home_viewers import RedisHomeViewers
from envaccess.store.leases import RedisLeases
from envaccess.store.locks import RedisLocks
from envaccess.store.outbox import RedisDeadlines, RedisOutbox
from envaccess.store.proposals import RedisProposals
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from envaccess.store.reveals import RedisReveals
from envaccess.store.runner import Runner
from envaccess.store.sealed import SealedStore
from envaccess.store.sealing import Sealing
from envaccess.store.sessions import RedisSessions
from envaccess.store.shared_cache import RedisCache
from envaccess.store.throttle import RedisThrottle
from envaccess.store.trail import RedisTrail
from envaccess.wiring.ledger_key import open_ledger
from envaccess_demo.moving_clock import move_clock, runner_with_clock
from tests.fakes.rulings import usual
from tests.fakes.sealing import sealing_for

WORKSPACE = "T0ACME"
ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
OPERATOR = Actor(ActorKind.CLI, "root")
BOT = Actor(ActorKind.BOT)
SECURITY = person("U0SEC")
MINUTE = 60_000
NOTHING_DUE = RenderBatch([], [], 0, 1.0)
HOUR = 60 * MINUTE
REASON = "debugging a failed refund"
RULING = usual("C0APPROVE")
RECEIPT = Receipt("lenovo-7", "alice", "make", "192.0.2.7")
TERMINAL = Origin("", CLI, "", "a-public-key", RECEIPT)
BLOB = b"ciphertext-for-tests"
KEYRING = Keyring((MasterKey(b"k" * 32),))

STATE_KINDS = ("request", "text", "grant", "catalogue", "secret", "versions", "names", "delegations", "locks")
"""Kinds of keys that hold what is promised; the others are indexes, marks and counts."""

State = dict[str, Any]


def var(label: str) -> Variable:
    """A variable by its label."""
    found = parse_variable(label)
    assert found is not None
    return found


def value(version: int, sealed: bytes = BLOB, key: str = "key-1") -> SealedValue:
    """Something sealed."""
    return SealedValue(version, sealed, key)


def target(what: str) -> Target:
    """What a lock is about: a Slack user id, or a variable's label."""
    return Target(what) if what.startswith("U0") else Target(variable=var(what))


async def catalogued(runner: Runner, sealing: Sealing, new: NewRequest) -> NewRequest:
    """The same for the variables that exist now, as the verb files it."""
    found = await RedisCatalogue(runner, sealing).get(new.variables)
    return replace(new, incarnations=incarnations_of(found, new.variables))


class CurrentRequests(RedisRequests):
    """Files for the variables that exist now where nobody says which are meant."""

    async def open(self, op: str, new: NewRequest) -> Filed | Refusal:
        if not new.incarnations:
            new = await catalogued(self._runner, self._reader.sealing, new)
        return await super().open(op, new)

    async def review(
        self, op: str, request: str, actor: str, note: str, message: str, filing: str = ""
    ) -> Recorded | Refusal:
        stored: Any = await self._runner.client.hget(self._runner.key("text", request), "filing")
        return await super().review(op, request, actor, note, message, filing or mac_of(stored or ""))


@dataclass
class StoreHarness:
    """Every adapter of one workspace, and what a test needs to look behind them.

    Attributes:
        off: milliseconds that this process's clock is ahead.
    """

    client: Client
    workspace: str = WORKSPACE
    ops: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    off: int = 0

    def __post_init__(self) -> None:
        self.runner = runner_with_clock(self.client, self.workspace)
        self.sealing = sealing_for(self.workspace, self.off)
        self.reader = RequestReader(self.runner, self.sealing)
        self.requests = CurrentRequests(self.runner, self.reader)
        self.reveals = RedisReveals(self.runner, self.reader, lambda: secrets.token_hex(8))
        self.leases = RedisLeases(self.runner, self.reader, self.workspace, "process-1")
        self.trail = RedisTrail(self.runner)
        self.sealed = SealedStore(self.runner, self.sealing)
        self.catalogue = RedisCatalogue(self.runner, self.sealing)
        self.outbox = RedisOutbox(self.runner, "process-1", self.reader)
        self.cursors = RedisCursors(self.runner)
        self.throttle = RedisThrottle(self.runner)
        self.deadlines = RedisDeadlines(self.runner)
        self.cache = RedisCache(self.runner, self.sealing, 3_000)
        self.delegations = RedisDelegations(self.runner, self.sealing)
        self.locks = RedisLocks(self.runner)
        self.viewers = RedisHomeViewers(self.runner)
        self.sessions = RedisSessions(self.runner, self.sealing)
        self.ledger = open_ledger(self.runner, KEYRING, self.workspace)
        self.proposals = RedisProposals(self.runner, self.sealing)

    def op(self) -> str:
        """A new operation id."""
        return f"step-{next(self.ops)}"

    async def add(self, *labels: str) -> None:
        """Store a ciphertext under each name."""
        for label in labels:
            version = await self.sealed.last_version(var(label)) + 1
            written = await self.sealed.put(self.op(), var(label), value(version), OPERATOR, replace=True)
            assert written in {Written.CREATED, Written.CHANGED}

    def new(
        self,
        labels: str = "A",
        who: str = ALICE,
        *,
        seconds: int = 3600,
        once: bool = False,
        ruling: Ruling = RULING,
        **more: Any,
    ) -> NewRequest:
        """A request to file, with a fresh id."""
        variables = tuple(map(var, labels.split(",")))
        duration = Duration(seconds, once=once)
        meant: dict[str, Any] = {"incarnations": (), **more}
        return NewRequest(f"{next(self.ops):08d}", who, variables, duration, REASON, ruling, **meant)

    async def file(self, labels: str = "A", who: str = ALICE, **more: Any) -> str:
        """File a request; returns its id."""
        filed = await self.requests.open(self.op(), self.new(labels, who, **more))
        assert isinstance(filed, Filed), filed
        return filed.id

    async def decide(
        self,
        request: str,
        who: str = BOB,
        verb: Verb = Verb.APPROVE,
        op: str = "",
        ts: str = "",
        **vote: Any,
    ) -> Decided | Refusal:
        """Approve or deny; `vote` is what a vote says besides."""
        voted = await self.voted(request, **vote)
        return await self.requests.decide(op or self.op(), request, who, verb, "not today", ts, voted)

    async def voted(self, request: str, **vote: Any) -> Vote:
        """A vote about the request as it stands, where it can be read, or as somebody saw it before."""
        if "about" in vote:
            return Vote(**vote)
        with contextlib.suppress(RecordRefusedError):
            return Vote(about=await self.requests.get(request), **vote)
        return Vote(**vote)

    async def grant(self, labels: str = "A", who: str = ALICE, **more: Any) -> str:
        """File a request and approve it as Bob; returns its id."""
        request = await self.file(labels, who, **more)
        decided = await self.decide(request)
        assert isinstance(decided, Decided), decided
        return request

    async def claim(
        self, request: str, who: str = ALICE, op: str = "", ts: str = "", origin: Origin | None = None
    ) -> Claim | Refusal:
        """Press Reveal, or use it through something else."""
        return await self.reveals.claim(op or self.op(), request, who, origin or Origin(ts))

    async def use(self, request: str, who: str = ALICE) -> Claim:
        """Press Reveal where that must work."""
        claim = await self.claim(request, who)
        assert isinstance(claim, Claim), claim
        return claim

    async def revoke(self, request: str, actor: Actor | None = None, op: str = "") -> Any:
        """End a grant."""
        return await self.requests.revoke(op or self.op(), request, actor or person(ALICE))

    async def get(self, request: str) -> Request:
        """The request, which must exist."""
        found = await self.requests.get(request)
        assert found is not None
        return found

    async def lock(self, what: str, actor: Actor = SECURITY, why: str = REASON, op: str = "") -> Any:
        """Lock a person by id, or a variable by its label."""
        return await self.locks.lock(op or self.op(), target(what), actor, why)

    async def unlock(self, what: str, actor: Actor = SECURITY, op: str = "", **which: str) -> Any:
        """Lift it."""
        return await self.locks.unlock(op or self.op(), target(what), actor, **which)

    async def now(self) -> int:
        """The server's time in milliseconds."""
        seconds, micros = await self.runner.client.time()
        return int(seconds) * 1000 + int(micros) // 1000

    async def pass_time(self, milliseconds: float) -> None:
        """Move the workspace's clock on."""
        await move_clock(self.runner, int(milliseconds), self.sealing.seals)

    async def work(self) -> None:
        """Let a worker settle what is overdue."""
        await self.deadlines.settle(10_000)

    async def events(self, after: str = "0") -> list[Event]:
        """The audit stream."""
        return list(await self.trail.after(after, 100_000))

    async def tags(self, after: str = "0") -> list[str]:
        """The tags of the audit stream."""
        return [event.event for event in await self.events(after)]

    async def keys(self) -> list[str]:
        """Every key of the server."""
        return sorted([name async for name in self.client.scan_iter(count=1000)])

    async def state(self) -> State:
        """What is promised: requests, grants and values, with no index or mark."""
        kinds = {self.runner.key(kind) for kind in STATE_KINDS}
        found = await self.dump()
        return {name: kept for name, kept in found.items() if name.startswith(tuple(kinds))}

    async def dump(self) -> State:
        """Every key with its content; what ends at this moment is not there."""
        found = {name: await self.content(name) for name in await self.keys()}
        return {name: kept for name, kept in found.items() if kept is not None}

    async def content(self, name: str) -> object:
        """What one key holds, whatever its type; None where there is none."""
        client: Any = self.client
        match await client.type(name):
            case "string":
                return await client.get(name)
            case "hash":
                return dict(sorted((await client.hgetall(name)).items()))
            case "zset":
                return sorted(map(tuple, await client.zrange(name, 0, -1, withscores=True)))
            case "none":
                return None
            case "stream":
                return [(event, dict(fields)) for event, fields in await client.xrange(name)]
            case other:
                raise AssertionError(f"{name} is a {other}")

    async def left(self, request: str) -> int:
        """Milliseconds that a grant's key still lives; -2 when there is none, -1 when it has no TTL."""
        return int(await self.client.pttl(self.runner.key("grant", request)))


def plain(blob: Mapping[str, str]) -> bytes:
    """The ciphertext in a stored secret."""
    return base64.b64decode(blob["sealed"])
