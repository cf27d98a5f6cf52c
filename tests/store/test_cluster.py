"""A slot that a Redis Cluster moves key by key: a script finds a part of its keys only.

Lua does not roll back, so a script that met a missing key in its middle would leave an event without its
change, or a state without its event (law 1). Every script therefore asks first for a key that never exists.
"""

import asyncio
import contextlib
import subprocess
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
from envaccess.store.runner import Runner
from tests.fakes.redis_servers import HOST, free_ports, until
from tests.store.harness import ALICE, BOT, NOTHING_DUE, StoreHarness

pytestmark = pytest.mark.real

SLOTS = 16_384


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


@pytest.fixture
async def anywhere(moving: tuple[StoreHarness, Move]) -> Any:
    """The same workspace for a bot that was told of the other node only."""
    _, move = moving
    found = StoreHarness(connect(f"redis+cluster://{HOST}:{move.other.port}"))
    yield found
    await found.client.aclose()


async def test_the_owner_is_found_by_whichever_node_is_named(
    moving: tuple[StoreHarness, Move], anywhere: StoreHarness
) -> None:
    harness, _ = moving
    await anywhere.use(await harness.grant("A"))
    assert (await harness.tags())[-1] == "grant.revealed"


async def test_a_slot_that_moved_is_followed_and_nobody_is_told(
    moving: tuple[StoreHarness, Move], anywhere: StoreHarness
) -> None:
    """MOVED says that nothing was run: the same call goes to the new owner, which knows no script of ours."""
    _, move = moving
    granted = await anywhere.grant("A")
    move.begin()
    move.keys()
    move.end()
    await anywhere.use(granted)
    assert (await anywhere.tags()).count("grant.revealed") == 1
    assert await anywhere.get(granted) is not None


async def test_a_read_of_a_slot_that_moved_is_refused_once_at_most(
    moving: tuple[StoreHarness, Move], anywhere: StoreHarness
) -> None:
    _, move = moving
    granted = await anywhere.grant("A")
    move.begin()
    move.keys()
    move.end()
    with pytest.raises(StoreUnavailableError, match="MOVED"):
        await anywhere.get(granted)
    assert await anywhere.get(granted) is not None


async def test_an_atomic_move_under_load_loses_nothing_and_doubles_nothing(
    moving: tuple[StoreHarness, Move], anywhere: StoreHarness
) -> None:
    """`CLUSTER MIGRATESLOTS` of Valkey 9; each call may be refused, and is then made again as it was."""
    _, move = moving
    granted = await anywhere.grant("A", seconds=3600)
    made: list[str] = []

    async def press(number: int) -> None:
        op = f"op-{number}"
        while op not in made:
            with contextlib.suppress(StoreUnavailableError):
                await anywhere.claim(granted, op=op)
                made.append(op)

    pressing = [asyncio.create_task(press(number)) for number in range(200)]
    await asyncio.sleep(0)
    words = ("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", move.slot, move.slot, "NODE", move.other.id)
    await asyncio.to_thread(move.owner.client.execute_command, *words)
    await asyncio.gather(*pressing)
    while move.owner.client.execute_command("CLUSTER COUNTKEYSINSLOT", move.slot):
        await anywhere.claim(granted, op="op-0")
    assert (await anywhere.get(granted)).reveals == 200
    assert (await anywhere.tags()).count("grant.revealed") == 200


async def test_a_client_without_a_workspace_asks_whoever_is_there(moving: tuple[StoreHarness, Move]) -> None:
    """As the doctor does, and a start before Slack said which workspace it is."""
    _, move = moving
    client = connect(f"redis+cluster://{HOST}:{move.owner.port},{HOST}:{move.other.port}")
    assert await client.ping()
    found: Any = await Runner(client, "T0ACME").client.exists("envaccess:{T0ACME}:audit")
    assert found == 1
    await client.aclose()


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
