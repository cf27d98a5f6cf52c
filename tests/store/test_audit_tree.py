"""The tree over the events: what is sealed when, and what `audit verify` says of every way to spoil it."""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from envaccess.crypto.log_keys import LogKey
from envaccess.domain.audit_tree import TreeHead, read_head, read_tile, write_tile
from envaccess.domain.checkpoint import read_note
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.tree_check import Outcome
from envaccess.projections.checkpoints import APART_SECONDS, SEAL_EVENTS, SEAL_SECONDS
from envaccess.store.tree import Entry, RedisTree
from envaccess.wiring.log_keys import LogKeys
from tests.fakes.rulings import EMERGENCY
from tests.store.harness import StoreHarness
from tests.store.sealed_store import LOG, SEED, Sealed

Damage = Callable[["Sealed"], Awaitable[None]]


@pytest.fixture
async def sealed(harness: StoreHarness) -> Sealed:
    """Twelve events, of which seven were sealed first."""
    await harness.client.flushall()
    found = Sealed(harness)
    await harness.outbox.lead()
    await found.add(7)
    await found.seal()
    await found.add(4)
    await found.seal()
    return found


async def test_what_was_sealed_is_valid_and_what_waits_is_counted(sealed: Sealed) -> None:
    report = await sealed.verify()
    assert report.problems == ()
    assert report.outcome is Outcome.VALID
    assert "1 event not sealed yet" in report.facts
    assert (await sealed.head()).size == 12
    await sealed.add(3)
    assert "4 events not sealed yet" in (await sealed.verify()).facts


async def test_a_checkpoint_alone_is_not_sealed(sealed: Sealed) -> None:
    """Else each would bring the next one for ever."""
    before = await sealed.head()
    for _ in range(5):
        await sealed.seal()
    assert await sealed.head() == before


async def test_events_are_sealed_within_a_minute_and_not_at_once(sealed: Sealed) -> None:
    await sealed.add(1)
    await sealed.checkpoints.step()
    sealed.now += SEAL_SECONDS - 1
    await sealed.checkpoints.step()
    assert (await sealed.head()).size == 12
    sealed.now += 1
    await sealed.checkpoints.step()
    assert (await sealed.head()).size == 14


async def test_what_waits_is_read_once_to_count_it_and_once_to_seal_it(sealed: Sealed) -> None:
    """A thousand events a second that wait for their turn would else be read anew each second."""
    read, entries = list[int](), sealed.tree.entries

    async def counted(after: str, count: int) -> Sequence[Entry]:
        found = await entries(after, count)
        read.append(len(found))
        return found

    sealed.tree.entries = counted  # type: ignore[method-assign]
    for _ in range(5):
        await sealed.add(3)
        await sealed.checkpoints.step()
    assert read == [4, 3, 3, 3, 3]
    await sealed.seal()
    assert (await sealed.head()).size == 12 + 16
    assert sum(read) <= 2 * 16 + 2


async def test_many_events_are_sealed_sooner(sealed: Sealed) -> None:
    sealed.now += APART_SECONDS
    await sealed.add(SEAL_EVENTS - 1)
    await sealed.checkpoints.step()
    assert (await sealed.head()).size == 12 + SEAL_EVENTS
    assert (await sealed.verify()).outcome is Outcome.VALID


async def test_an_emergency_is_sealed_at_once(sealed: Sealed) -> None:
    await sealed.harness.add("A")
    await sealed.harness.file("A", ruling=EMERGENCY)
    await sealed.checkpoints.step()
    assert (await sealed.head()).last == (await sealed.entries())[-2][0]


async def test_another_process_seals_nothing(sealed: Sealed) -> None:
    other = Sealed(sealed.harness, "process-2")
    other.memory = sealed.memory
    await sealed.add(1)
    head = await sealed.head()
    body = LogKeys(LOG, {1: SEED}).sign(LOG, "x\n").text
    assert not await other.tree.seal(head, TreeHead(0, LOG, 13, head.start, head.last, body), {})
    assert await sealed.head() == head


async def test_events_of_before_the_tree_are_counted_and_not_sealed(harness: StoreHarness) -> None:
    await harness.client.flushall()
    sealed = Sealed(harness)
    await harness.outbox.lead()
    for _ in range(3):
        await sealed.client.xadd(sealed.stream, {"event": "bot.started", "at": "1", "actor": "bot"})
    await sealed.add(2)
    await sealed.seal()
    report = await sealed.verify()
    assert report.outcome is Outcome.VALID
    assert "3 events of before the tree, not sealed" in report.facts
    assert (await sealed.head()).size == 2


# Ways to spoil what is sealed, by who can write to Redis and has no key.


async def edit(sealed: Sealed) -> None:
    entries = await sealed.entries()
    entries[3][1]["actor"] = "person:U0MALLORY"  # type: ignore[index]
    await sealed.rebuild(entries)


async def delete_one(sealed: Sealed) -> None:
    await sealed.client.xdel(sealed.stream, (await sealed.entries())[3][0])


async def delete_two(sealed: Sealed) -> None:
    entries = await sealed.entries()
    await sealed.client.xdel(sealed.stream, entries[3][0], entries[4][0])


async def delete_the_first(sealed: Sealed) -> None:
    await sealed.client.xdel(sealed.stream, (await sealed.entries())[0][0])


async def add_among(sealed: Sealed) -> None:
    entries = await sealed.entries()
    event, fields = entries[3]
    later = f"{event.partition('-')[0]}-{int(event.partition('-')[2]) + 900_000}"
    entries.insert(4, (later, {**fields, "n": "4"}))
    kept = [entry for entry in entries if entry[0].partition("-")[0] != event.partition("-")[0]]
    same = sorted(
        (entry for entry in entries if entry not in kept), key=lambda entry: int(entry[0].partition("-")[2])
    )
    place = entries.index(same[0])
    await sealed.rebuild([*kept[:place], *same, *kept[place:]])


async def swap(sealed: Sealed) -> None:
    entries = await sealed.entries()
    (one, first), (two, second) = entries[3:5]
    entries[3:5] = [(one, second), (two, first)]
    await sealed.rebuild(entries)


async def renumber(sealed: Sealed) -> None:
    entries = await sealed.entries()
    await sealed.rebuild([(event, {**fields, "n": str(int(fields["n"]) + 1)}) for event, fields in entries])


async def back_date(sealed: Sealed) -> None:
    entries = await sealed.entries()
    entries[3] = (entries[3][0], {**entries[3][1], "at": "1"})
    await sealed.rebuild(entries)


async def take_salt(sealed: Sealed) -> None:
    entries = await sealed.entries()
    entries[3] = (entries[3][0], {name: text for name, text in entries[3][1].items() if name != "s"})
    await sealed.rebuild(entries)


async def change_tile(sealed: Sealed) -> None:
    key = sealed.harness.runner.key("tree_tiles")
    tile = read_tile(str(await sealed.client.hget(key, "0/0/0")))
    tile[3] = bytes(32)
    await sealed.client.hset(key, "0/0/0", write_tile(tile))


async def edit_with_tile(sealed: Sealed) -> None:
    """Edit an event, and make its tile fit."""
    from envaccess.domain.audit_line import line_of  # noqa: PLC0415
    from envaccess.domain.merkle import leaf_hash  # noqa: PLC0415

    await edit(sealed)
    key = sealed.harness.runner.key("tree_tiles")
    tile = read_tile(str(await sealed.client.hget(key, "0/0/0")))
    tile[3] = leaf_hash(line_of(*(await sealed.entries())[3]))
    await sealed.client.hset(key, "0/0/0", write_tile(tile))


async def forge_head(sealed: Sealed) -> None:
    """A head of the same tree, signed by a key of their own."""
    head = await sealed.head()
    note = LogKey(os.urandom(32), LOG).sign(head.checkpoint.body).text
    await write_head(sealed, head, note=note)


async def take_signature(sealed: Sealed) -> None:
    await write_head(sealed, await sealed.head(), note="nothing")


async def write_head(sealed: Sealed, head: TreeHead, **changes: Any) -> None:
    facts = {**json.loads(head.written()), **changes}
    await sealed.client.hset(sealed.harness.runner.key("tree"), f"fork:{head.fork}", json.dumps(facts))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (edit, "edited: 3 ("),
        (delete_one, "missing: 3"),
        (delete_two, "missing: 3 to 4"),
        (delete_the_first, "missing: 0"),
        (add_among, "added among what is sealed"),
        (swap, "edited: 3 ("),
        (renumber, "edited: 1 ("),
        (back_date, "edited: 3 ("),
        (take_salt, "edited: 3 ("),
        (change_tile, "edited: 3 ("),
        (edit_with_tile, "the tiles do not hash to the signed head"),
        (forge_head, "is not signed by a key that counts"),
        (take_signature, "is no signed note"),
    ],
)
async def test_whatever_somebody_changes_is_named(sealed: Sealed, damage: Damage, told: str) -> None:
    await damage(sealed)
    report = await sealed.verify()
    assert report.outcome is Outcome.ALTERED
    assert told in "\n".join(problem.told for problem in report.problems)


async def test_the_tail_cut_after_a_head_that_was_posted_is_a_fork(sealed: Sealed) -> None:
    """Neither Redis nor a chain of hashes knows: only a head that lies elsewhere does."""
    kept = await sealed.dump()
    await sealed.add(5)
    await sealed.seal()
    posted = (await sealed.head()).signed
    assert posted
    await put_back(sealed, kept)
    assert (await sealed.verify()).outcome is Outcome.VALID
    report = await sealed.verify(posted)
    assert report.outcome is Outcome.FORKED
    assert "what came after is lost" in report.problems[0].told


async def put_back(sealed: Sealed, kept: dict[str, bytes]) -> None:
    """Redis as it was: a failover to an older replica, or an old dump."""
    await sealed.client.flushall()
    for name, blob in kept.items():
        await sealed.client.restore(name, 0, blob)
    await sealed.harness.outbox.lead()


async def test_an_old_head_put_back_is_told(sealed: Sealed) -> None:
    old = await sealed.head()
    await sealed.add(2)
    await sealed.seal()
    await write_head(sealed, old)
    report = await sealed.verify()
    assert report.outcome is Outcome.FORKED


async def test_two_signed_heads_of_one_size_are_a_fork(sealed: Sealed) -> None:
    """Of a key that somebody copied, or of two replicas that both sealed."""
    head = await sealed.head()
    body = head.checkpoint.body.replace(head.checkpoint.body.split("\n")[2], write_tile([bytes(32)]))
    report = await sealed.verify(LogKey(SEED, LOG).sign(body))
    assert report.outcome is Outcome.FORKED


async def test_a_missing_tile_is_incomplete_and_not_called_tampering(sealed: Sealed) -> None:
    await sealed.client.delete(sealed.harness.runner.key("tree_tiles"))
    told = await sealed.verify()
    assert Outcome.INCOMPLETE in {problem.outcome for problem in told.problems}


async def test_without_a_key_nothing_is_called_valid_or_tampered(sealed: Sealed) -> None:
    assert (await sealed.verify(keys=())).outcome is Outcome.INCOMPLETE


async def test_another_key_of_the_same_name_does_not_count(sealed: Sealed) -> None:
    report = await sealed.verify(keys=[LogKey(os.urandom(32), LOG).verifier])
    assert report.outcome is Outcome.ALTERED


async def test_a_redis_that_went_back_gets_another_tree_that_names_the_lost_head(sealed: Sealed) -> None:
    kept = await sealed.dump()
    await sealed.add(5)
    await sealed.seal()
    lost = await sealed.head()
    await put_back(sealed, kept)
    await sealed.add(3)
    await sealed.seal()
    await sealed.seal()
    head = await sealed.head()
    assert (head.fork, head.origin) == (1, f"{LOG}/1")
    first = next(fields for _, fields in await sealed.entries() if fields["event"] == "audit.gap")
    assert first["n"] == "0"
    assert json.loads(first["detail"])["lost_head"] == lost.note
    assert sealed.journal.told == ["tree.lost"]
    assert lost.signed
    report = await sealed.verify(lost.signed)
    assert report.outcome is Outcome.VALID, report.problems
    assert any(fact.startswith("declared fork 1: ") for fact in report.facts)


async def test_a_redis_that_went_back_and_grew_past_the_lost_head_is_noticed(sealed: Sealed) -> None:
    kept = await sealed.dump()
    await sealed.add(2)
    await sealed.seal()
    seen = sealed.memory.head
    await put_back(sealed, kept)
    other = Sealed(sealed.harness)
    await other.add(9)
    await other.seal()
    assert seen
    assert (await sealed.head()).size > seen.size
    await sealed.checkpoints.step()
    assert sealed.journal.told == ["tree.lost"]
    assert (await sealed.head()).fork == 1


class DyingTree(RedisTree):
    """A tree on which a process dies at its call of some number, before it or after it."""

    def __init__(self, tree: RedisTree, dies_at: int, *, after: bool) -> None:
        super().__init__(tree._runner, tree._token)
        self.left, self.after = dies_at, after

    async def _call(self, work: Awaitable[Any]) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            work.close()  # type: ignore[attr-defined]
            raise StoreUnavailableError("killed")
        found = await work
        if self.left == 0:
            raise StoreUnavailableError("killed")
        return found

    async def heads(self) -> Any:
        return await self._call(super().heads())

    async def entries(self, after: str, count: int) -> Any:
        return await self._call(super().entries(after, count))

    async def tiles(self, fork: int, places: Any) -> Any:
        return await self._call(super().tiles(fork, places))

    async def seal(self, before: TreeHead, head: TreeHead, tiles: Any) -> Any:
        return await self._call(super().seal(before, head, tiles))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 10))
async def test_a_process_killed_at_any_step_never_leaves_two_signed_roots_of_one_size(
    sealed: Sealed, dies_at: int, after: bool
) -> None:
    await sealed.add(3)
    dying = Sealed(sealed.harness)
    dying.checkpoints._tree = DyingTree(dying.tree, dies_at, after=after)
    try:
        await dying.seal()
    except StoreUnavailableError:
        await sealed.add(2)
    await sealed.seal()
    await sealed.seal()
    signed = [note.body.split("\n")[:3] for note in (*sealed.keys.signed, *dying.keys.signed)]
    roots = {(origin, size): root for origin, size, root in signed}
    assert all(roots[origin, size] == root for origin, size, root in signed)
    assert (await sealed.verify()).outcome is Outcome.VALID


@pytest.mark.parametrize(
    "stored", ["", "[]", "{}", '{"size":-1}', '{"origin":"o","size":1e999}', "[" * 9_999]
)
async def test_a_spoiled_head_is_no_head(stored: str) -> None:
    assert read_head(0, stored) is None


def test_a_note_is_read_back_as_it_was_signed() -> None:
    note = LogKey(SEED, LOG).sign("example\n1\nroot\n")
    assert read_note(note.text) == note
