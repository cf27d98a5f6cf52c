"""The key that signs heads is rotated while bots run: they sign with the new one, never with an older one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.log_keys import is_signed
from envaccess.domain.audit import Tag
from envaccess.domain.checkpoint import VerifierKey
from envaccess.domain.merkle import Place
from envaccess.domain.tree_check import Outcome
from envaccess.projections.checkpoints import Checkpoints
from envaccess.store.tree import RedisTree
from envaccess.wiring.audit_tree import all_entries, all_tiles_of
from envaccess.wiring.log_keys import CurrentLogKeys, open_log_keys, rotate_log_key
from envaccess.wiring.tree_archive import read_archive, write_archive
from tests.store.harness import OPERATOR, WORKSPACE, StoreHarness
from tests.store.sealed_store import Sealed

KEYRING = Keyring((MasterKey(bytes(range(32))),))


class Signed(Sealed):
    """A process that signs with the keys that the store has."""

    first: VerifierKey

    async def begin(self) -> None:
        keys = await open_log_keys(self.client, WORKSPACE, KEYRING, "first")
        self.first = keys.verifier
        signer = CurrentLogKeys(self.client, WORKSPACE, KEYRING, keys)
        self.checkpoints = Checkpoints(
            self.harness.outbox, self.tree, signer, self.memory, self.journal, lambda: self.now, 10**11
        )

    async def seal_one(self) -> None:
        await self.add_plainly(1)
        await self.seal()

    async def signed_by(self, key: VerifierKey) -> bool:
        note = (await self.head()).signed
        return note is not None and is_signed(note, [key])

    async def rotate(self, op: str) -> VerifierKey:
        return (await rotate_log_key(self.client, WORKSPACE, KEYRING, OPERATOR, op)).verifier


@pytest.fixture
async def signed(harness: StoreHarness) -> Signed:
    await harness.client.flushall()
    found = Signed(harness)
    await harness.outbox.lead()
    await found.begin()
    await found.seal_one()
    return found


async def test_a_running_bot_signs_with_the_key_that_was_made_since(signed: Signed) -> None:
    """After a leak the old one must not go on signing until somebody thinks of a restart."""
    assert await signed.signed_by(signed.first)
    second = await signed.rotate("r2")
    await signed.seal_one()
    assert await signed.signed_by(second)
    assert not await signed.signed_by(signed.first)
    third = await signed.rotate("r3")
    await signed.seal_one()
    assert await signed.signed_by(third)
    report = await signed.verify(keys=[signed.first])
    assert report.outcome is Outcome.VALID, report.problems
    assert (await signed.verify(keys=[second])).outcome is Outcome.ALTERED, (
        "it signed none of what came before"
    )


class RotatedMeanwhile(RedisTree):
    """A tree whose key is rotated right after what waits was read."""

    def __init__(self, signed: Signed) -> None:
        super().__init__(signed.tree._runner, signed.tree._token)
        self.signed = signed
        self.second: VerifierKey | None = None

    async def tiles(self, fork: int, places: Sequence[Place]) -> dict[Place, list[bytes]]:
        self.second = self.second or await self.signed.rotate("meanwhile")
        return await super().tiles(fork, places)


async def archived_says(signed: Signed, folder: Path) -> Outcome:
    """What somebody finds in an archive who noted the first key."""
    heads = await signed.tree.heads()
    tiles = [await all_tiles_of(signed.tree, head) for head in heads]
    await write_archive(folder, heads, tiles, all_entries(signed.tree), [], 0)
    check, problems, _ = read_archive(folder)
    return check.report([signed.first], [], await signed.harness.now(), problems).outcome


async def test_a_head_of_the_new_key_seals_the_rotation(signed: Signed, tmp_path: Path) -> None:
    """aws-cli#10073: else whoever has an archive up to that moment lacks the key, and calls it altered."""
    tree = RotatedMeanwhile(signed)
    signed.checkpoints._tree = tree
    await signed.seal_one()
    assert tree.second
    assert await signed.signed_by(signed.first)
    assert await archived_says(signed, tmp_path) is Outcome.VALID
    again = Signed(signed.harness)
    await again.begin()
    again.memory.head = signed.memory.head
    await again.add_plainly(1)
    await again.seal()
    assert await again.signed_by(tree.second)
    assert await archived_says(signed, tmp_path) is Outcome.VALID


async def test_nobody_who_writes_a_rotation_down_brings_the_older_key_back(signed: Signed) -> None:
    second = await signed.rotate("r2")
    await signed.seal_one()
    event = next(e for e in await signed.harness.events() if e.event == Tag.AUDIT_KEY_ROTATED)
    for detail in (json.dumps(event.detail), "[", '["key"]', '{"key": 7}'):
        await signed.add_plainly(1030)
        said: dict[Any, Any] = {"event": event.event, "detail": detail}
        await signed.client.xadd(signed.stream, said)
        await signed.seal()
        assert await signed.signed_by(second)


async def test_nobody_who_writes_to_redis_to_redis_brings_an_older_key_back_or_stops_the_sealing(
    signed: Signed,
) -> None:
    client: Any = signed.client
    key = signed.harness.runner.key("log_keys")
    before = await client.hgetall(key)
    second = await signed.rotate("r2")
    await signed.seal_one()
    await client.delete(key)
    await client.hset(key, mapping=before)
    await signed.seal_one()
    assert await signed.signed_by(second)
    await client.delete(key)
    await signed.seal_one()
    await client.hset(key, mapping={**before, "9": "bm8ga2V5"})
    await signed.seal_one()
    assert await signed.signed_by(second)
    assert (await signed.head()).size == 10
    assert signed.journal.told == []
