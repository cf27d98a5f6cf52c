"""Real servers on loopback ports, started by a test and ended with it: primaries, replicas, Sentinels."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from envaccess.embedded.binary import find_server

HOST = "127.0.0.1"
PATIENCE = 30.0
SERVICE = "main"
DOWN_AFTER = 400
"""Milliseconds of silence after which a Sentinel calls a server down."""


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in found]


def until(happens: Callable[[], Any]) -> None:
    """Wait until something is so; a server that does not answer yet says nothing."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(redis.RedisError, OSError):
            if happens():
                return
        assert time.monotonic() < deadline
        time.sleep(0.02)


@dataclass(frozen=True)
class Place:
    """Where a server runs: its address, and the words before its command, such as `ip netns exec NAME`."""

    host: str = HOST
    words: tuple[str, ...] = ()


HERE = Place()


@dataclass
class Server:
    """A process, and an operator's connection to it."""

    folder: Path
    port: int
    arguments: tuple[str, ...]
    place: Place = HERE
    process: "subprocess.Popen[bytes]" = field(init=False)
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.client = redis.Redis(
            host=self.place.host,
            port=self.port,
            decode_responses=True,
            socket_timeout=1,
            socket_connect_timeout=1,
        )
        self.start()

    def start(self) -> None:
        """Start it, again if need be, with what it was told."""
        self.process = subprocess.Popen(  # noqa: S603 - our own server
            [*self.place.words, find_server(), *self.arguments], cwd=self.folder, stdout=subprocess.DEVNULL
        )
        until(self.client.ping)

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """It takes bytes and answers nothing, and then goes on as if nothing had happened."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it."""
        self.client.close()
        with contextlib.suppress(OSError):
            os.kill(self.process.pid, signal.SIGCONT)
        self.kill()


def data_server(folder: Path, port: int, *more: str, place: Place = HERE) -> Server:
    """A server that keeps its data in memory, as quick to follow another one as may be."""
    settings = {
        "bind": place.host,
        "protected-mode": "no",
        "port": port,
        "save": "",
        "repl-diskless-sync-delay": 0,
        "repl-ping-replica-period": 1,
        "repl-timeout": 5,
    }
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    return Server(folder, port, (*arguments, *more), place)


def sentinel(folder: Path, port: int, primary: Server, *, needed: int, place: Place = HERE) -> Server:
    """One that watches."""
    folder.mkdir()
    (folder / "sentinel.conf").write_text(
        f"bind {place.host}\nport {port}\nprotected-mode no\n"
        f"sentinel monitor {SERVICE} {primary.place.host} {primary.port} {needed}\n"
        f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER}\n"
        f"sentinel failover-timeout {SERVICE} 3000\n",
        "ascii",
    )
    return Server(folder, port, ("sentinel.conf", "--sentinel"), place)


@dataclass
class Watched:
    """Three servers, one of them the primary, and three Sentinels."""

    servers: list[Server]
    sentinels: list[Server]

    @property
    def url(self) -> str:
        """What REDIS_URL says of it."""
        ends = ",".join(f"{one.place.host}:{one.port}" for one in self.sentinels)
        return f"redis+sentinel://{ends}/{SERVICE}"

    def primary(self) -> Server:
        """Whom most Sentinels name."""
        named: list[int] = []
        for one in self.sentinels:
            with contextlib.suppress(redis.RedisError):
                named.append(int(one.client.sentinel_get_master_addr_by_name(SERVICE)[1]))
        port = max(named, key=named.count)
        return next(one for one in self.servers if one.port == port)

    def replicas(self) -> list[Server]:
        """Those that follow it."""
        return [one for one in self.servers if _follows(one)]

    def settle(self) -> None:
        """Wait until a primary has two replicas, and every Sentinel knows all of it."""
        until(self._is_settled)

    def _is_settled(self) -> bool:
        primary = self.primary()
        told = primary.client.info("replication")
        followed = told["role"] == "master" and sum(
            told.get(f"slave{number}", {}).get("state") == "online" for number in range(3)
        )
        return followed == len(self.servers) - 1 and all(
            self._knows_all(one, primary) for one in self.sentinels
        )

    def _knows_all(self, one: Server, primary: Server) -> bool:
        state = one.client.sentinel_master(SERVICE)
        return (
            int(state["port"]) == primary.port
            and state["num-slaves"] == len(self.servers) - 1
            and state["num-other-sentinels"] == len(self.sentinels) - 1
            and state["flags"] == "master"
        )


def _follows(one: Server) -> bool:
    try:
        return bool(one.client.info("replication")["role"] == "slave")
    except redis.RedisError:
        return False


@contextlib.contextmanager
def watched(folder: Path, places: Sequence[Place] = (HERE, HERE, HERE)) -> Iterator[Watched]:
    """Three servers and three Sentinels, one of each at each place; the first is the primary."""
    with contextlib.ExitStack() as stack:
        ports = free_ports(6)

        def keep(server: Server) -> Server:
            stack.callback(server.close)
            return server

        follow = ("--replicaof", f"{places[0].host} {ports[0]}")
        servers = [
            keep(data_server(folder / str(port), port, *(follow if port != ports[0] else ()), place=place))
            for port, place in zip(ports[:3], places, strict=True)
        ]
        sentinels = [
            keep(sentinel(folder / str(port), port, servers[0], needed=2, place=place))
            for port, place in zip(ports[3:], places, strict=True)
        ]
        found = Watched(servers, sentinels)
        found.settle()
        yield found
