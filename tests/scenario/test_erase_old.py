"""An operator deletes, changes and reseals on the embedded server, while the bot runs: the old is gone."""

import asyncio
import base64
import os
import secrets

import pytest

from envaccess import wiring
from envaccess.settings import Settings
from tests.scenario.harness import DB, STRIPE, ScenarioHarness

pytestmark = pytest.mark.real


def holds(settings: Settings, sealed: bytes) -> bool:
    """Whether any file of the data folder has these bytes, as they were stored."""
    text = base64.b64encode(sealed)
    folder = settings.home / "redis" / "data"
    return any(text in file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_nothing_old_is_left_on_the_disk_and_the_bot_goes_on(harness: ScenarioHarness) -> None:
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    before = harness.settings(redis_url=None, master_keys=(first,))
    rotated = harness.settings(redis_url=None, master_keys=(second, first))
    async with wiring.operator_context(before) as operator:
        for variable in (STRIPE, DB):
            await operator.values.write(
                operator.ids.operation(), variable, "value-for-tests", operator.actor, replace=True
            )
        old = [(await operator.values._store.get(variable)).sealed for variable in (STRIPE, DB)]
    assert all(holds(before, one) for one in old), "otherwise this test proves nothing"
    async with harness.bot(redis_url=None, master_keys=(second, first)):
        async with wiring.operator_context(rotated) as operator:
            assert await operator.values.reseal(operator.ids.operation(), STRIPE, operator.actor)
            assert await operator.values.delete(operator.ids.operation(), DB, operator.actor) == 0
            assert await operator.erase_old() == ""
            assert not any(holds(before, one) for one in old)
        await harness.filed()
    await asyncio.to_thread(wiring.wait_gone, before, 10)


async def test_a_server_elsewhere_is_left_to_its_operator(harness: ScenarioHarness) -> None:
    async with wiring.operator_context(harness.settings()) as operator:
        told = await operator.erase_old()
    assert "BGREWRITEAOF" in told
    assert "backups" in told
    assert "\n" not in told


@pytest.mark.parametrize("said", ["alice", ""])
async def test_the_audit_stream_says_who_it_was(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    settings = harness.settings(operator=said or None)
    async with wiring.operator_context(settings) as operator:
        await operator.values.write(
            operator.ids.operation(), STRIPE, "value-for-tests", operator.actor, replace=True
        )
    event = (await harness.events())[-1]
    assert event.actor.id == ("alice (said by root)" if said else "root")
