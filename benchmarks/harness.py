"""The surroundings of the product: a real Redis, a Slack that costs little, stored values, the bot."""

import base64
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import ROOT, answers, child, free_port
from benchmarks.machine import Cores
from benchmarks.payloads import SIGNING_SECRET, TEAM, VARIABLE_NAMES
from benchmarks.slack_stub import APPROVERS, AUDIT, BOT
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.seals import SealKey, Seals
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.cursors import LINES
from envaccess.domain.variable import Variable
from envaccess.embedded.server import EmbeddedServer
from envaccess.store.client import Client, connect
from envaccess.store.cursors import RedisCursors
from envaccess.store.request_reader import RequestReader
from envaccess.store.requests import RedisRequests
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.trail import RedisTrail
from envaccess.wiring.parts import RandomIds, WallClock, open_values
from envaccess.wiring.seal_keys import open_seals

OTHER_TEAM = "T0STANDIN"
"""The stand-ins' workspace: what they file is not the bot's to draw."""

SLACK_MILLISECONDS = 100
"""What a post or an update takes: Slack's own calls take longer still."""


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot or stand-in.

    Attributes:
        process: its process id.
        port: where it takes Slack's requests.
    """

    process: int
    port: int

    @property
    def api(self) -> str:
        """Where its API is, if it has one."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class BenchmarkHarness:
    """What a bot needs, all of it on this machine.

    Attributes:
        folder: the homes and the logs.
        slack: the stub's port.
        redis_url: a `unix://` URL.
        redis: a client on it.
        runner: the product's scripts, for the stub's workspace.
        key: the master key.
    """

    cores: Cores
    folder: Path
    slack: int
    redis_url: str
    redis: Client
    runner: Runner
    key: bytes

    def environment(self, port: int) -> dict[str, str]:
        """What the real bot reads, in HTTP mode."""
        return {
            "SLACK_BOT_TOKEN": "xoxb-benchmark",
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"http://127.0.0.1:{self.slack}/api/",
            "PORT": str(port),
            "REDIS_URL": self.redis_url,
            "ENVACCESS_HOME": str(self.folder),
            "ENVACCESS_APPROVERS_CHANNEL": APPROVERS,
            "ENVACCESS_AUDIT_CHANNEL": AUDIT,
            "ENVACCESS_MASTER_KEYS": base64.urlsafe_b64encode(self.key).decode(),
            "ENVACCESS_UNSAFE_REDIS": "1",
            "ENVACCESS_LOG_LEVEL": "warning",
            "ENVACCESS_LOG_FORMAT": "json",
        }

    @contextlib.asynccontextmanager
    async def bot(
        self,
        *runner: str,
        checkout: Path = ROOT,
        api: bool = False,
        policy: Path | None = None,
        drain: int = 0,
    ) -> AsyncIterator[Bot]:
        """The real bot of a checkout, as `python -m` starts it, or as `runner` says; with its API, or not."""
        port, log = free_port(), self.folder / "envaccess.log"
        environment = self.environment(port) | {"PYTHONPATH": f"{checkout}:{checkout / 'bot'}"}
        if api:
            environment["ENVACCESS_API_URL"] = Bot(0, port).api
        if drain:
            environment["ENVACCESS_DRAIN_SECONDS"] = str(drain)
        if policy:
            environment["ENVACCESS_POLICY_FILE"] = str(policy)
        module = "envaccess" if (checkout / "bot" / "envaccess").is_dir() else "bot"
        arguments = runner or ("-P", "-m", module)
        async with child(arguments, core=self.cores.subject, log=log, env=environment) as process:
            await answers(port, "/readyz", log)
            yield Bot(process, port)

    @contextlib.asynccontextmanager
    async def stand_in(self, kind: str) -> AsyncIterator[Bot]:
        """One of the limits (`benchmarks.stand_ins`)."""
        port, log = free_port(), self.folder / f"{kind}.log"
        arguments = ("-m", "benchmarks.stand_ins", kind, str(port), self.redis_url, str(self.slack))
        async with child(arguments, core=self.cores.subject, log=log) as process:
            await answers(port, "/healthz", log)
            yield Bot(process, port)

    async def reader(self) -> RequestReader:
        """Reads what the bot has sealed."""
        keyring = Keyring((MasterKey(self.key),))
        seals = await open_seals(self.redis, TEAM, BOT, keyring)
        return RequestReader(self.runner, Sealing(seals, WallClock().now))

    async def requests(self) -> RedisRequests:
        """The requests of the bot's workspace."""
        return RedisRequests(self.runner, await self.reader())

    async def forget_drawings(self) -> None:
        """Throw away what the relay has still to draw: it would burden whatever is measured next."""
        last = await RedisTrail(self.runner).last()
        await self.redis.set(self.runner.key("cursor"), last)  # where 0.1.0 looks
        await RedisCursors(self.runner).move(LINES, last)
        await self.redis.delete(self.runner.key("dirty"))


@contextlib.asynccontextmanager
async def open_harness(
    cores: Cores, folder: Path, *, slack_milliseconds: int = 0, slack_limits: bool = True
) -> AsyncIterator[BenchmarkHarness]:
    """Redis with stored values and a stand-in for Slack, with its limits or without; no bot yet."""
    with open_home(folder) as url:
        slack, log = free_port(), folder / "slack.log"
        unlimited = () if slack_limits else ("unlimited",)
        arguments = ("-m", "benchmarks.slack_stub", str(slack), str(slack_milliseconds), *unlimited)
        async with child(arguments, core=cores.others, log=log), client(url) as redis:
            await answers(slack, "/api/api.test", log)
            harness = BenchmarkHarness(
                cores, folder, slack, url, redis, Runner(redis, TEAM), secrets.token_bytes(32)
            )
            await _store_values(harness)
            yield harness


@contextlib.contextmanager
def open_home(folder: Path) -> Iterator[str]:
    """The product's embedded server in a folder; its URL."""
    folder.mkdir(exist_ok=True)
    server = EmbeddedServer(folder)
    try:
        yield server.start()
    finally:
        server.close()
        server.wait_gone(30)


@contextlib.asynccontextmanager
async def client(url: str) -> AsyncIterator[Client]:
    """The product's own client."""
    redis = connect(url)
    try:
        yield redis
    finally:
        await redis.aclose()


def other_sealing() -> Sealing:
    """Seals of the stand-ins' workspace, by a key that every process knows: nobody lives there."""
    key = SealKey(hashlib.sha256(OTHER_TEAM.encode()).digest())
    return Sealing(Seals(OTHER_TEAM, BOT, key), WallClock().now)


async def _store_values(harness: BenchmarkHarness) -> None:
    """Store them as an operator does; for the stand-ins in a workspace of their own."""
    operator, ids = Actor(ActorKind.CLI, "benchmark"), RandomIds()
    keyring = Keyring((MasterKey(harness.key),))
    for workspace in (TEAM, OTHER_TEAM):
        sealing = (await harness.reader()).sealing if workspace == TEAM else other_sealing()
        values = open_values(harness.redis, workspace, keyring, sealing)
        for name in VARIABLE_NAMES:
            variable, value = Variable("default", name), secrets.token_hex(16)
            await values.write(ids.operation(), variable, value, operator, replace=False)
