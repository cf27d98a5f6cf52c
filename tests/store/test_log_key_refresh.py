"""The key that signs heads is rotated while bots run: they sign with the new one, never with an older one."""

from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.log_keys import is_signed
from envaccess.domain.checkpoint import VerifierKey
from envaccess.domain.tree_check import Outcome
from envaccess.projections.checkpoints import Checkpoints
from envaccess.wiring.log_keys import CurrentLogKeys, open_log_keys, rotate_log_key
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
        return bool(note) and is_signed(note, [key])

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


async def test_nobody_who_writes_to_redis_brings_an_older_key_back_or_stops_the_sealing(
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
