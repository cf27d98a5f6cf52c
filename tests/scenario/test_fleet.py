"""Processes that serve one workspace side by side; a version too far apart is refused."""

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.domain.fleet import Fleet, Layout, Replica
from envaccess.store.fleet import OWN_LAYOUT, RedisFleet
from envaccess.wiring.fleet import fleet_status
from tests.scenario.harness import ScenarioHarness
from tests.scenario.watch import comes_true


async def test_two_that_serve_are_seen_and_one_that_stopped_is_gone(harness: ScenarioHarness) -> None:
    async def look() -> Fleet:
        fleet, sinks = await fleet_status(harness.settings(), "")
        assert sinks == []
        return fleet

    async def serve(number: int) -> bool:
        return len((await look()).replicas) == number

    async with harness.bot():
        async with harness.bot():
            await comes_true(lambda: serve(2))
            fleet = await look()
            assert len(fleet.leaders) == 1
            assert {replica.mode for replica in fleet.replicas} == {"socket"}
            assert {replica.layout for replica in fleet.replicas} == {OWN_LAYOUT}
        await comes_true(lambda: serve(1))
    assert (await look()).replicas == []


async def test_beside_a_version_that_writes_what_it_cannot_read_it_does_not_serve(
    harness: ScenarioHarness,
) -> None:
    later = Layout(OWN_LAYOUT.epoch, OWN_LAYOUT.schema + 2)
    fleet = RedisFleet(harness.runner)
    await fleet.beat(Replica("later", "9.0.0", later, "pod-9", 7, "socket", 1))
    with pytest.raises(SettingsError, match=r"pod-9, process 7, envaccess 9\.0\.0\).*stop it first"):
        async with harness.bot():
            pass
    assert [replica.id for replica in (await fleet.look()).replicas] == ["later"]
    assert not (await fleet.look()).leaders
    await fleet.leave("later")
    async with harness.bot():
        pass
