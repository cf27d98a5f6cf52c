"""The dumps of every version, restored into both kinds of server."""

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from envaccess.domain.upgrade import UpgradeCounts
from envaccess.store.client import Client
from envaccess.store.upgrade import StoreUpgrade
from envaccess.wiring.upgrade import run_upgrade
from tests.released.restoring import STORES, Dump, read, restore
from tests.store.harness import StoreHarness

NAMES = sorted(
    str(file.relative_to(STORES)).removesuffix(".json")
    for file in STORES.glob("*/*.json")
    if not file.name.endswith(".manifest.json")
)
"""Every dump, by version and story: `0.1.0/quiet`."""


@dataclass(frozen=True)
class Released:
    """One store of a version that was released, and what was promised of it."""

    name: str

    @cached_property
    def store(self) -> Dump:
        """Its keys."""
        return read(STORES / f"{self.name}.json")

    @cached_property
    def told(self) -> dict[str, Any]:
        """What its story says of it."""
        found: dict[str, Any] = json.loads((STORES / f"{self.name}.manifest.json").read_text("utf-8"))
        return found

    @property
    def workspace(self) -> str:
        """The workspace's id."""
        return str(self.told["workspace"])

    @property
    def master_keys(self) -> tuple[bytes, ...]:
        """Its master keys, the one that seals first."""
        return tuple(map(base64.urlsafe_b64decode, self.told["master_keys"]))

    def ids(self, word: str) -> list[str]:
        """Requests that are called so, such as `live`."""
        return [kept["id"] for about, kept in self.told["requests"].items() if about.startswith(word)]


async def put_in(client: Client, released: Released, *, later: int = 0) -> StoreHarness:
    """Put a store into a server that is empty, as its version left it when the last bot had gone."""
    await restore(client, released.store, later=later)
    harness = StoreHarness(client, released.workspace)
    await client.delete(harness.runner.key("lease"))
    return harness


async def upgrade(harness: StoreHarness) -> UpgradeCounts:
    """What the first start of this version does behind its backup."""
    store = StoreUpgrade(harness.runner, harness.sealing, "upgrade-1")
    assert await store.lease.take()
    counts = await run_upgrade(store, "backups/of-tests.jsonl")
    await store.lease.resign()
    return counts


@pytest.fixture(params=NAMES)
def released(request: pytest.FixtureRequest) -> Released:
    """Each store that was released."""
    return Released(request.param)
