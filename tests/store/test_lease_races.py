"""Two replicas at the same leases at once: each is with one of them, and nothing is done or told twice."""

import asyncio
import secrets
from typing import Any

import pytest

from envaccess.domain.leases import HeldLease
from tests.store.harness import StoreHarness
from tests.store.leasing import Leasing

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("relaxed")]


@pytest.fixture
def races(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--races-tried"))


class Slowly:
    """The same leases, whose answers take a while: others get in between."""

    def __init__(self, leases: Any) -> None:
        self._leases = leases
        self.at_once: dict[str, int] = {}
        self.most = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._leases, name)

    async def revoke(self, lease: HeldLease) -> Any:
        self.at_once[lease.id] = self.at_once.get(lease.id, 0) + 1
        self.most = max(self.most, self.at_once[lease.id])
        await asyncio.sleep(secrets.randbelow(5) / 1_000)
        answer = await self._leases.revoke(lease)
        self.at_once[lease.id] -= 1
        return answer


async def workspace(real: StoreHarness, number: int) -> StoreHarness:
    """One that nobody has filed anything in."""
    harness = StoreHarness(real.client, f"T0RACE{number}")
    await harness.add("A")
    return harness


async def two(harness: StoreHarness) -> tuple[Leasing, Leasing, Slowly]:
    first = Leasing(harness)
    slowly = Slowly(first.sources.makers["pg"])
    second = first.another()
    for one in (first, second):
        one.made_by(slowly)
    return first, second, slowly


async def test_no_login_is_with_two_replicas_and_each_end_is_told_once(
    real: StoreHarness, races: int
) -> None:
    for number in range(races):
        store = await workspace(real, number)
        first, second, slowly = await two(store)
        requests = [(await first.granted())[0] for _ in range(4)]
        await asyncio.gather(*(store.revoke(request) for request in requests))
        await asyncio.gather(*(one.sweep.step("pg") for one in (first, second) * 3))
        await first.work()
        assert slowly.most == 1
        assert first.server.roles == {}
        ended = [one.detail["lease"] for one in await store.events() if one.event == "lease.revoked"]
        assert len(ended) == len(set(ended))


async def test_an_end_and_an_extension_at_once_never_leave_a_login_behind(
    real: StoreHarness, races: int
) -> None:
    for number in range(races):
        store = await workspace(real, number)
        first, second, _ = await two(store)
        request, value = await first.granted()
        filing = (await store.get(request)).sealed
        assert filing
        more = await store.file("A", extends=request, extends_mac=filing.mac)
        await asyncio.gather(
            store.decide(more), store.revoke(request), first.sweep.step("pg"), second.sweep.step("pg")
        )
        for _ in range(2):
            await asyncio.gather(first.sweep.step("pg"), second.sweep.step("pg"))
        await first.work()
        assert first.server.roles == {}
        assert not first.server.log_in(value)


async def test_a_reveal_and_an_end_at_once_show_nothing_that_lives_on(real: StoreHarness, races: int) -> None:
    for number in range(races):
        store = await workspace(real, number)
        leasing = Leasing(store)
        request = await store.grant("A")
        await asyncio.gather(leasing.reveal(request), store.revoke(request))
        await leasing.pass_time(31)
        assert leasing.server.roles == {}
        assert await leasing.kept() == []
        assert not any(
            leasing.server.log_in(value) for _, shown in leasing.delivery.shown for value in shown.values()
        )
