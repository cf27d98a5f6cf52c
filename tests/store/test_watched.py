"""What security people watch is read in few round trips, however much there is."""

from envaccess.crypto.log_keys import LogKey
from envaccess.domain.audit import Tag, person
from envaccess.domain.watch import SEAL_LATE
from envaccess.store.watched import RedisWatched
from tests.store.harness import ALICE, CAROL, HOUR, StoreHarness
from tests.store.sealed_store import LOG, SEED, Sealed


def watched(harness: StoreHarness, *sinks: str) -> RedisWatched:
    return RedisWatched(harness.runner, harness.requests._reader, sinks)


async def happened_before(harness: StoreHarness, milliseconds: int) -> None:
    """The stream has one event, which is so old."""
    stream, moment = harness.runner.key("audit"), await harness.now() - milliseconds
    await harness.client.delete(stream)
    await harness.client.xadd(stream, {"event": "bot.started"}, id=f"{moment}-0")


async def test_five_thousand_live_grants_cost_no_five_thousand_calls(real: StoreHarness) -> None:
    request = await real.grant("A")
    await real.client.zadd(
        real.runner.key("deadlines"), {f"expire:x{number:07}": 9e12 + number for number in range(5_000)}
    )
    before = (await real.client.info("stats"))["total_commands_processed"]
    page = await watched(real).grants(0, 5)
    asked = (await real.client.info("stats"))["total_commands_processed"] - before
    assert [found.id for found in page.requests] == [request]
    assert page.total == 5_001
    assert asked < 50
    last = await watched(real).grants(9_999, 5)
    assert last.page == 1_000


async def test_grants_are_paged_by_their_end_and_what_is_over_is_left_out(harness: StoreHarness) -> None:
    ids = [await harness.grant(name, who) for name in "AB" for who in (ALICE, CAROL)]
    pages = [await watched(harness).grants(page, 3) for page in (0, 1)]
    assert [found.id for page in pages for found in page.requests] == ids
    assert [len(page.requests) for page in pages] == [3, 1]
    await harness.pass_time(2 * HOUR)
    assert [*(await watched(harness).grants(0, 9)).requests] == []


async def test_the_head_says_how_much_is_sealed_and_by_whom(harness: StoreHarness) -> None:
    sealed = Sealed(harness)
    await harness.outbox.lead()
    assert (await watched(harness).seal()).size == 0
    await harness.trail.append(harness.op(), Tag.BOT_STARTED, person(ALICE), {})
    await sealed.seal()
    state = await watched(harness).seal()
    assert (state.size, state.fork, state.is_late) == (4, 0, False)
    assert state.key == LogKey(SEED, LOG).verifier.key_hash.hex()


async def test_an_event_that_nobody_seals_is_late(harness: StoreHarness) -> None:
    await happened_before(harness, (SEAL_LATE + 60) * 1_000)
    assert (await watched(harness).seal()).is_late


async def test_a_sink_that_has_not_begun_and_one_that_is_behind_are_told(harness: StoreHarness) -> None:
    await harness.client.hset(harness.runner.key("cursors"), "sink:old", "0-0")
    await happened_before(harness, HOUR)
    found = {sink.name: (sink.begun, sink.seconds >= 3_590) for sink in await watched(harness, "new").sinks()}
    assert found == {"new": (False, False), "old": (True, True)}
