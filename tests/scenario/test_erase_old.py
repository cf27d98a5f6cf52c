"""An operator deletes, changes and reseals on the embedded server, while the bot runs: the old is gone."""

import asyncio
import base64
import os
import secrets

import pytest

from envaccess import wiring
from envaccess.settings import Settings
from tests.scenario.town import DB, STRIPE, Town

pytestmark = pytest.mark.real


def holds(settings: Settings, sealed: bytes) -> bool:
    """Whether any file of the data folder has these bytes, as they were stored."""
    text = base64.b64encode(sealed)
    folder = settings.home / "redis" / "data"
    return any(text in file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_nothing_old_is_left_on_the_disk_and_the_bot_goes_on(town: Town) -> None:
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    before = town.settings(redis_url=None, master_keys=(first,))
    rotated = town.settings(redis_url=None, master_keys=(second, first))
    async with wiring.operator_desk(before) as desk:
        for variable in (STRIPE, DB):
            await desk.values.write(
                desk.ids.operation(), variable, "value-for-tests", desk.actor, replace=True
            )
        old = [(await desk.values._shelf.get(variable)).sealed for variable in (STRIPE, DB)]
    assert all(holds(before, one) for one in old), "otherwise this test proves nothing"
    async with town.bot(redis_url=None, master_keys=(second, first)):
        async with wiring.operator_desk(rotated) as desk:
            assert await desk.values.reseal(desk.ids.operation(), STRIPE, desk.actor)
            assert await desk.values.delete(desk.ids.operation(), DB, desk.actor) == 0
            assert await desk.erase_old() == ""
            assert not any(holds(before, one) for one in old)
        await town.filed()
    await asyncio.to_thread(wiring.wait_gone, before, 10)


async def test_a_server_elsewhere_is_left_to_its_operator(town: Town) -> None:
    async with wiring.operator_desk(town.settings()) as desk:
        told = await desk.erase_old()
    assert "BGREWRITEAOF" in told
    assert "backups" in told
    assert "\n" not in told


@pytest.mark.parametrize("said", ["alice", ""])
async def test_the_audit_stream_says_who_it_was(
    town: Town, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    settings = town.settings(operator=said or None)
    async with wiring.operator_desk(settings) as desk:
        await desk.values.write(desk.ids.operation(), STRIPE, "value-for-tests", desk.actor, replace=True)
    event = (await town.events())[-1]
    assert event.actor.id == ("alice (said by root)" if said else "root")
