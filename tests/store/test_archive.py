"""What is over leaves Redis for the archive: nothing is lost, nothing is there twice, nothing live leaves."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from envaccess.domain.audit import person
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.outcome import Ended
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State, Verb
from tests.store.archived import HOUR, ArchivedStore
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness


@pytest.fixture
def store(harness: StoreHarness, tmp_path: Path) -> ArchivedStore:
    return ArchivedStore(harness, tmp_path)


async def test_what_is_over_leaves_and_is_found_as_it_was(store: ArchivedStore) -> None:
    denied = await store.over("A", who=ALICE)
    used = await store.harness.grant("B")
    await store.harness.use(used)
    await store.harness.revoke(used)
    before = [await store.harness.get(one) for one in (denied, used)]
    await store.move()
    assert not await store.in_redis(denied)
    assert not await store.in_redis(used)
    for was in before:
        found = await store.requests.get(was.id)
        assert found is not None
        assert dataclasses.replace(found, duties=was.duties) == was


async def test_its_event_is_there_and_says_which_segment(store: ArchivedStore) -> None:
    await store.over()
    await store.move()
    (event,) = [event for event in await store.harness.events() if event.event == "store.archived"]
    (file,) = store.segments()
    assert event.detail == {
        "segment": "0",
        "requests": "1",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }


async def test_what_is_not_over_long_enough_stays(harness: StoreHarness, tmp_path: Path) -> None:
    store = ArchivedStore(harness, tmp_path, hot=HOUR)
    denied = await store.over()
    await store.move()
    assert await store.in_redis(denied)
    assert store.segments() == []


async def test_pending_and_live_requests_never_leave(store: ArchivedStore) -> None:
    pending, live = await store.harness.file("A"), await store.harness.grant("B")
    await store.move()
    assert await store.in_redis(pending)
    assert await store.in_redis(live)
    await store.harness.revoke(live)
    await store.move()
    assert not await store.in_redis(live)


@pytest.mark.parametrize("kind", ["dirty", "postings", "drawings"])
async def test_what_is_still_to_be_drawn_stays_until_it_is(store: ArchivedStore, kind: str) -> None:
    denied = await store.over()
    await store.drawn()
    key = store.harness.runner.key
    await store.harness.client.zadd(key(kind), {denied: 1})
    while await store.archiving.step() < 1:
        pass
    assert await store.in_redis(denied)
    await store.drawn()
    await store.harness.client.zadd(key("archive_held"), {denied: 1})
    await store.move()
    assert not await store.in_redis(denied)


@pytest.mark.parametrize(
    ("field", "value"), [("review", "open"), ("leases", "0_1:t:1764230000000"), ("leases", "0_1:e:1")]
)
async def test_an_open_review_or_an_unfinished_lease_keeps_it(
    store: ArchivedStore, field: str, value: str
) -> None:
    denied = await store.over()
    await store.harness.client.hset(store.harness.runner.key("request", denied), field, value)
    await store.move()
    assert await store.in_redis(denied)


@pytest.mark.parametrize("how", ["extends", "extensions"])
async def test_what_is_prolonged_or_prolongs_something_live_stays(store: ArchivedStore, how: str) -> None:
    live, denied = await store.harness.grant("B"), await store.over()
    await store.harness.client.hset(store.harness.runner.key("request", denied), how, live)
    await store.move()
    assert await store.in_redis(denied)


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_a_press_on_an_archived_request_is_told_how_it_ended(store: ArchivedStore, verb: Verb) -> None:
    denied = await store.over()
    await store.move()
    said = await store.requests.decide("late", denied, BOB, verb, "", "")
    assert isinstance(said, Refusal)
    assert (said.reason, said.state, said.by) == (Reason.NOT_PENDING, State.DENIED, BOB)


async def test_ending_archived_access_says_that_it_is_over(store: ArchivedStore) -> None:
    ended = await store.harness.grant("A")
    assert isinstance(await store.harness.revoke(ended), Ended)
    await store.move()
    said = await store.requests.revoke("late", ended, person(ALICE))
    assert isinstance(said, Refusal)
    assert said.reason is Reason.ENDED


async def test_an_archived_one_is_shown_once_among_others(store: ArchivedStore) -> None:
    ids = [await store.over(), await store.over()]
    await store.move()
    live = await store.harness.grant("B")
    held = await store.requests.held_by(ALICE)
    assert [one.id for one in held.live] == [live]
    assert sorted(one.id for one in held.ended) == sorted(ids)


async def test_another_process_finds_it_by_its_own_index(store: ArchivedStore, tmp_path: Path) -> None:
    denied = await store.over()
    await store.move()
    other = ArchivedStore(store.harness, tmp_path, index="other")
    assert await other.requests.get(denied)
    later = await store.over("B")
    await store.move()
    assert await other.requests.get(later)


async def test_a_changed_segment_is_found_and_nothing_of_it_is_shown(store: ArchivedStore) -> None:
    denied = await store.over()
    await store.move()
    (file,) = store.segments()
    octets = bytearray(file.read_bytes())
    octets[30] ^= 1
    file.write_bytes(octets)
    with pytest.raises(StoreUnavailableError, match="not as it was sealed"):
        await store.requests.get(denied)


async def test_a_segment_that_somebody_else_wrote_is_not_taken(store: ArchivedStore) -> None:
    """Whoever can write to the folder alone cannot make us forget what is in Redis."""
    denied = await store.over()
    file = store.folder / store.harness.workspace / "000000" / "000000000.seg"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"envaccess-archive 1\n" + bytes(200))
    await store.move()
    assert await store.in_redis(denied)
    assert store.journal.told == ["archive.failed"]


async def test_a_missing_segment_is_a_fault_and_not_an_unknown_request(store: ArchivedStore) -> None:
    denied = await store.over()
    await store.move()
    store.segments()[0].unlink()
    with pytest.raises(StoreUnavailableError):
        await store.requests.get(denied)


async def test_lists_go_on_without_an_archive_that_does_not_answer(store: ArchivedStore) -> None:
    await store.over()
    await store.move()
    store.segments()[0].unlink()
    live = await store.harness.grant("B")
    assert [one.id for one in (await store.requests.held_by(ALICE)).live] == [live]


async def test_what_was_redacted_is_gone_from_the_archive(store: ArchivedStore) -> None:
    denied, other = await store.over("A"), await store.over("B")
    await store.move()
    runner = store.harness.runner
    await runner.outcome(
        "redact", op="r", actor="cli:op", event="1-1", events={}, request=denied, target="", alert="",
        why="a name", judgements={},
    )  # fmt: skip
    assert await store.requests.get(denied) is None
    await store.move()
    assert await store.requests.get(denied) is None
    assert await store.requests.get(other)
    assert await store.hot.redacted() == []
    table = await store.archive.table(0)
    assert table is not None
    assert [entry.id for entry in table.entries] == [other]


async def test_what_is_older_than_the_retention_is_deleted(harness: StoreHarness, tmp_path: Path) -> None:
    store = ArchivedStore(harness, tmp_path, retention=-HOUR)
    denied = await store.over()
    await store.move()
    assert await store.requests.get(denied) is None
    assert store.segments() == []
    later = ArchivedStore(harness, tmp_path)
    another = await later.over("B")
    await later.move()
    assert await later.requests.get(another)


async def test_it_is_found_by_person_and_by_name_and_by_time(store: ArchivedStore) -> None:
    mine, others = await store.over("A"), await store.over("B", who=CAROL)
    await store.move()
    now = await store.harness.now()
    assert [one.id for one in await store.archive.find_by(ALICE, 0, now + HOUR, 10)] == [mine]
    assert [one.id for one in await store.archive.find_by("default/B", 0, now + HOUR, 10)] == [others]
    assert await store.archive.find_by(ALICE, 0, now - HOUR, 10) == []


async def test_a_cool_down_counts_from_an_archived_denial(store: ArchivedStore) -> None:
    denied = await store.over("A")
    await store.move()
    key = store.harness.runner.key
    assert await store.harness.client.zrange(key("over", f"{ALICE}:default/A"), 0, -1) == [denied]
