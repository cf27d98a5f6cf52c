"""Rotations on a workspace of the store tests."""

from envaccess.application.rotations.steps import ask_owner
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.audit import BOT
from envaccess.domain.seals.rotations import RotationSeal
from envaccess.store.rotations import RedisRotations
from tests.store.harness import StoreHarness

KEYRING = Keyring((MasterKey(bytes(range(32))),))


def rotations_on(store: StoreHarness, token: str = "") -> RedisRotations:
    """As one process keeps them."""
    return RedisRotations(store.runner, store.sealing, Sealer(KEYRING), store.workspace, token, "C0APPROVERS")


async def rotate(store: StoreHarness) -> str:
    """Something is due, and its owner is asked."""
    rotations, now = rotations_on(store), store.sealing.clock()
    new = RotationSeal("0rotate0", "default/A", "1~ab", "demand", "cli:root", now, now, now)
    rotation = str(await rotations.add(store.op(), new, BOT, 0))
    stored = await rotations.get(rotation)
    assert stored
    await rotations.move(stored, ask_owner(stored.state, now), by=BOT)
    return rotation
