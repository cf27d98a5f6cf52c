"""A slot that a Redis Cluster moves key by key: a script finds a part of its keys only.

Lua does not roll back, so a script that met a missing key in its middle would leave an event without its
change, or a state without its event (law 1). Every script therefore asks first for a key that never exists.
"""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from envaccess.domain.audit import Tag
from envaccess.domain.errors import StoreUnavailableError
from envaccess.embedded.binary import find_server
from envaccess.store.client import connect
from tests.store.harness import ALICE, BOT, NOTHING_DUE, StoreHarness

pytestmark = pytest.mark.real

HOST = "127.0.0.1"
SLOTS = 16_384
PATIENCE = 30.0


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in found]


@dataclass
class Node:
    """One server of the cluster, and an operator's connection to it."""

    port: int
    process: "subprocess.Popen[bytes]"
    client: Any

    @property
    def id(self) -> str:
        """What the cluster calls it."""
        return str(self.client.execute_command("CLUSTER MYID"))

    def knows(self, count: int) -> bool:
        """Whether it serves, and has met so many nodes."""
        try:
            state = self.client.execute_command("CLUSTER INFO")["cluster_state"]
            return bool(state == "ok" and len(self.client.execute_command("CLUSTER NODES")) == count)
        except redis.ConnectionError:
            return False


@contextlib.contextmanager
def node(folder: Path) -> Iterator[Node]:
    """A server in cluster mode, without a slot."""
    port, bus = free_ports(2)
    folder.mkdir()
    settings = {
        "bind": HOST,
        "port": port,
        "cluster-port": bus,
        "cluster-enabled": "yes",
        "cluster-allow-replica-migration": "no",
        "save": "",
    }
    arguments = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    process = subprocess.Popen(  # noqa: S603 - our own server
        [find_server(), *arguments], cwd=folder, stdout=subprocess.DEVNULL
    )
    client = redis.Redis(host=HOST, port=port, decode_responses=True)
    try:
        yield Node(port, process, client)
    finally:
        client.close()
        process.kill()
        process.wait()


def until(happens: Any) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def answers(one: Node) -> bool:
    """Whether it has started."""
    try:
        return bool(one.client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Node, Node]]:
    """Two nodes; the first has every slot."""
    folder = tmp_path_factory.mktemp("cluster")
    with node(folder / "a") as owner, node(folder / "b") as other:
        until(lambda: answers(owner) and answers(other))
        owner.client.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS - 1)
        bus = other.client.config_get("cluster-port")["cluster-port"]
        owner.client.execute_command("CLUSTER MEET", HOST, other.port, bus)
        until(lambda: owner.knows(2) and other.knows(2))
        yield owner, other


class Move:
    """The move of one workspace's slot to another node, as `redis-cli --cluster reshard` does it."""

    def __init__(self, owner: Node, other: Node, key: str) -> None:
        self.owner, self.other = owner, other
        self.slot = owner.client.execute_command("CLUSTER KEYSLOT", key)

    def set(self, one: Node, *state: str) -> None:
        one.client.execute_command("CLUSTER SETSLOT", self.slot, *state)

    def begin(self) -> None:
        self.set(self.other, "IMPORTING", self.owner.id)
        self.set(self.owner, "MIGRATING", self.other.id)

    def keys(self, *names: str) -> None:
        """Move these keys; all of the slot where none is named."""
        found = names or self.owner.client.execute_command("CLUSTER GETKEYSINSLOT", self.slot, 1_000)
        for name in found:
            self.owner.client.execute_command("MIGRATE", HOST, self.other.port, name, 0, 5_000)

    def end(self) -> None:
        for one in (self.other, self.owner):
            self.set(one, "NODE", self.other.id)


@pytest.fixture
async def moving(cluster: tuple[Node, Node]) -> Any:
    """A workspace with a pending request and a grant, and the move of its slot; undone afterwards."""
    owner, other = cluster
    harness = StoreHarness(connect(f"redis://{HOST}:{owner.port}"))
    await harness.add("A", "B")
    move = Move(owner, other, harness.runner.key("audit"))
    yield harness, move
    await harness.client.aclose()
    for one in cluster:
        one.client.flushall()
        move.set(one, "NODE", owner.id)


def everything(move: Move) -> tuple[dict[str, object], list[str]]:
    """What the owner holds, by key, and the keys of the other, which shows no more while it takes them."""
    client = move.owner.client
    return {name: client.dump(name) for name in client.keys("*")}, sorted(move.other.client.keys("*"))


async def attempts(harness: StoreHarness, pending: str, granted: str) -> dict[str, Any]:
    """One call of each kind that writes, or that decides whether a value leaves."""
    seen = await harness.get(pending)
    return {
        "file": lambda: harness.requests.open(harness.op(), harness.new("B")),
        "decide": lambda: harness.decide(pending, about=seen),
        "claim": lambda: harness.claim(granted),
        "revoke": lambda: harness.revoke(granted),
        "lock": lambda: harness.lock(ALICE),
        "settle": lambda: harness.deadlines.settle(10),
        "due": lambda: harness.outbox.due(10, 10),
        "shown": lambda: harness.outbox.shown(granted, message="1.1", message_shown=1),
        "lead": harness.outbox.lead,
        "throttle": lambda: harness.throttle.allow(harness.op(), ALICE),
        "count": harness.trail.count_bad_signature,
        "append": lambda: harness.trail.append(harness.op(), Tag.BOT_STARTED, BOT, {}),
    }


async def test_while_a_slot_moves_key_by_key_every_script_is_refused_and_nothing_is_written(
    moving: tuple[StoreHarness, Move],
) -> None:
    harness, move = moving
    pending, granted = await harness.file("B"), await harness.grant("A")
    calls = await attempts(harness, pending, granted)
    move.begin()
    move.keys(harness.runner.key("request", pending), harness.runner.key("request", granted))
    before = everything(move)
    for name, call in calls.items():
        with pytest.raises(StoreUnavailableError):
            await call()
        assert everything(move) == before, name


async def test_a_stream_that_has_moved_already_refuses_too_and_the_other_node_is_never_asked(
    moving: tuple[StoreHarness, Move],
) -> None:
    """Whoever followed ASK found "unknown request" there, and wrote it down."""
    harness, move = moving
    pending, granted = await harness.file("B"), await harness.grant("A")
    calls = await attempts(harness, pending, granted)
    move.begin()
    move.keys(harness.runner.key("audit"))
    before = everything(move)
    for name, call in calls.items():
        with pytest.raises(StoreUnavailableError, match="ASK"):
            await call()
        assert everything(move) == before, name


async def test_when_the_slot_has_moved_the_old_owner_refuses_and_the_new_one_has_all(
    moving: tuple[StoreHarness, Move],
) -> None:
    harness, move = moving
    granted = await harness.grant("A")
    move.begin()
    move.keys()
    move.end()
    with pytest.raises(StoreUnavailableError, match="MOVED"):
        await harness.claim(granted)
    there = StoreHarness(connect(f"redis://{HOST}:{move.other.port}"))
    await there.use(granted)
    assert (await there.tags())[-1] == "grant.revealed"
    await there.client.aclose()


async def test_a_move_that_was_given_up_refuses_nothing_any_more(moving: tuple[StoreHarness, Move]) -> None:
    harness, move = moving
    granted = await harness.grant("A")
    move.begin()
    with pytest.raises(StoreUnavailableError):
        await harness.claim(granted)
    for one in (move.other, move.owner):
        move.set(one, "STABLE")
    await harness.use(granted)
    assert await harness.outbox.due(10, 10) != NOTHING_DUE
