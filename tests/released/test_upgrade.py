"""The upgrade of a released store can be killed anywhere, and is finished by the next start."""

from collections import Counter
from typing import Any

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.store import exclusive
from envaccess.store import upgrade as steps
from envaccess.store.client import Client
from envaccess.store.upgrade import StoreUpgrade, awaits_upgrade
from tests.released.conftest import Released, put_in, upgrade
from tests.released.restoring import dump
from tests.store.harness import StoreHarness

RULED = Released("0.1.0/ruled")
"""The store with the most in it: emergencies, duties, chains, every kind of grant."""
OF_THIS_MINUTE = {"directory-cache", "command-count", "refused-count", "home-pages"}
"""Kinds of keys that end by themselves while a test runs."""


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Kills a process once so many of its scripts have run."""

    def __init__(self, harness: StoreHarness, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
        self._run = harness.runner.run
        self._left = left
        monkeypatch.setattr(harness.runner, "run", self.run)

    async def run(self, name: str, /, **arguments: Any) -> str | int:
        answer = await self._run(name, **arguments)
        self._left -= 1
        if not self._left:
            raise Killed
        return answer


async def outcome(harness: StoreHarness) -> tuple[Any, Any, Any]:
    """What an upgrade leaves: records, events, and what access there is; without its own moments."""
    told = Counter(
        (event.event, event.request, event.detail.get("why", "")) for event in await harness.events()
    )
    stands = {
        request.id: (request.state, request.grant, request.ended_why, request.reason, request.ruling)
        for request in await harness.reader.all_of(kept["id"] for kept in RULED.told["requests"].values())
    }
    kinds = Counter(name.partition("}:")[2].partition(":")[0] for name in await harness.keys())
    return told, stands, {kind: count for kind, count in kinds.items() if kind not in OF_THIS_MINUTE}


async def test_killed_between_any_two_steps_it_ends_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing twice, nothing left out, and no access survives, whenever it was."""
    for module in (exclusive, steps):
        monkeypatch.setattr(module, "_AT_ONCE", 18)
    await upgrade(await put_in(client, RULED))
    whole = await outcome(StoreHarness(client, RULED.workspace))
    for number in range(1, 1_000):
        await client.flushall()
        harness = await put_in(client, RULED)
        with monkeypatch.context() as patch:
            Killer(harness, patch, number)
            try:
                await upgrade(harness)
            except Killed:
                pass
            else:
                break
        marked = await StoreUpgrade(harness.runner, harness.sealing, "upgrade-2").is_done()
        assert marked is not await awaits_upgrade(harness.runner)
        await client.delete(harness.runner.key("lease"))  # ten seconds later
        if not marked:
            await upgrade(harness)
        assert await outcome(harness) == whole, f"killed after script {number}"
    assert number > 10


async def test_once_its_lease_is_lost_it_goes_no_further(client: Client) -> None:
    harness = await put_in(client, RULED)
    store = StoreUpgrade(harness.runner, harness.sealing, "upgrade-1")
    await harness.outbox.lead()
    before = await dump(client)
    assert await store.lease.is_others()
    assert not await store.lease.take()
    for step in (store.adopt_secrets, store.end_live, store.end_duties, store.keep_history):
        with pytest.raises(StoreUnavailableError, match="took this workspace over"):
            await step()
    with pytest.raises(StoreUnavailableError, match="took this workspace over"):
        await store.finish({})
    assert {
        name for name, key in (await dump(client)).items() if key["kind"] != before[name]["kind"]
    } == set()
    assert await awaits_upgrade(harness.runner)


async def test_a_lost_answer_to_the_last_step_is_not_told_twice(client: Client) -> None:
    harness = await put_in(client, RULED)
    store = StoreUpgrade(harness.runner, harness.sealing, "upgrade-1")
    assert await store.lease.take()
    arguments: dict[str, Any] = {"token": "upgrade-1", "epoch": 1, "seal": "epoch.x", "detail": {"kept": "1"}}
    for _ in range(2):
        assert await harness.runner.run("finish_upgrade", **arguments) == 1
    assert (await harness.tags()).count("store.upgraded") == 1
