"""Three servers and three Sentinels, real ones: who is asked after the primary has gone."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from envaccess.domain.errors import StoreError, StoreUnavailableError
from envaccess.domain.outcome import Claim, Decided
from envaccess.projections.gaps import Gaps
from envaccess.store import health
from envaccess.store.client import connect
from tests.fakes.redis_servers import HOST, SERVICE, Watched, until, watched
from tests.store.harness import StoreHarness
from tests.unit.application.showing import FakeJournal

pytestmark = pytest.mark.real

PATIENCE = 30.0


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Started once; a test that lets the primary fail leaves another primary."""
    with watched(tmp_path_factory.mktemp("watched")) as found:
        yield found


@pytest.fixture
async def harness(three: Watched) -> Any:
    """A workspace of its own in them."""
    found = StoreHarness(connect(three.url), f"T0WATCHED{next(NUMBERS)}")
    await eventually(lambda: found.add("A", "B"))
    yield found
    await found.client.aclose()


NUMBERS = iter(range(1_000))


async def eventually(call: Callable[[], Awaitable[Any]]) -> Any:
    """Call until the store answers, as somebody who presses again does."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await call()
        except StoreError:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)


async def test_whom_most_sentinels_name_is_the_one_that_is_written_to(
    harness: StoreHarness, three: Watched
) -> None:
    await harness.grant("A")
    assert three.primary().client.exists(harness.runner.key("audit"))


async def test_a_killed_primary_is_replaced_by_whom_the_sentinels_chose(
    harness: StoreHarness, three: Watched
) -> None:
    pending, granted = await harness.file("B"), await harness.grant("A", once=True)
    before = three.primary()
    until(lambda: all(one.client.exists(harness.runner.key("grant", granted)) for one in three.replicas()))
    before.kill()
    decided = await eventually(lambda: harness.decide(pending, op="op-decide"))
    claim = await eventually(lambda: harness.claim(granted, op="op-claim"))
    assert isinstance(decided, Decided)
    assert isinstance(claim, Claim)
    assert three.primary() is not before
    tags = await harness.tags()
    assert (tags.count("grant.revealed"), tags.count("request.approved")) == (1, 2)
    before.start()  # alone it would take itself for a primary, until a Sentinel tells it otherwise
    await harness.client.connection_pool.disconnect()
    assert isinstance(await harness.claim(granted, op="op-claim"), Claim)
    assert not before.client.exists(harness.runner.key("outcome", "op-claim"))


async def test_a_replica_is_told_as_such_when_it_is_the_one_that_is_named(three: Watched) -> None:
    until(three.replicas)
    replica = three.replicas()[0]
    client = connect(f"redis://{HOST}:{replica.port}")
    with pytest.raises(StoreUnavailableError, match="READONLY"):
        await health.ping(client)
    await client.aclose()


async def test_an_unknown_name_is_told(three: Watched) -> None:
    client = connect(three.url.replace(f"/{SERVICE}", "/other"))
    with pytest.raises(StoreUnavailableError, match="most Sentinels know no primary called other"):
        await health.ping(client)
    await client.aclose()


@pytest.mark.parametrize("rules", [("+@all",), ("+@all", "-role"), ("+@all", "-role", "-info")])
async def test_whoever_may_ask_finds_out_that_it_is_a_replica(three: Watched, rules: tuple[str, ...]) -> None:
    """`ROLE` and `INFO` are rights that the bot's user may lack: then READONLY tells."""
    until(three.replicas)
    replica = three.replicas()[0]
    replica.client.execute_command("ACL", "SETUSER", "bot", "reset", "on", ">word-for-tests", "~*", *rules)
    client = connect(f"redis://bot:word-for-tests@{HOST}:{replica.port}")
    with pytest.raises(StoreUnavailableError, match="READONLY"):
        await (health.ping(client) if "-info" not in rules else StoreHarness(client).add("A"))
    await client.aclose()


@pytest.mark.parametrize("words", [(), ("COORDINATED",)], ids=["plain", "coordinated"])
async def test_what_a_planned_failover_loses_is_told(
    harness: StoreHarness, three: Watched, words: tuple[str, ...]
) -> None:
    """Acknowledged claims are there afterwards, or the audit itself says that something is missing."""
    granted, journal, over = await harness.grant("A", seconds=3_600), FakeJournal(), asyncio.Event()
    three.settle()
    gaps, claimed = Gaps(harness.trail, harness.cursors, journal), 0
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(StoreError):  # the connections that the failover before closed
                await gaps.begin()
                break

    async def claim() -> None:
        nonlocal claimed
        while not over.is_set():
            with contextlib.suppress(StoreError):
                await harness.claim(granted)
                claimed += 1
                gaps.seen = await harness.trail.last()

    claiming = asyncio.create_task(claim())
    before = three.primary()
    three.sentinels[0].client.execute_command("SENTINEL", "FAILOVER", SERVICE, *words)
    await asyncio.to_thread(until, lambda: three.primary() is not before)
    over.set()
    await claiming
    await eventually(gaps.check)
    revealed = (await harness.tags()).count("grant.revealed")
    told = (await harness.tags()).count("audit.gap")
    assert revealed >= claimed or told == 1
    assert bool(told) == any("audit.gap" in fault for fault in journal.faults)
