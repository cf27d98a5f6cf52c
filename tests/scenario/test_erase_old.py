"""An operator deletes, changes and reseals on the embedded server, while the bot runs: the old is gone."""

import asyncio
import base64
import contextlib
import os
import secrets

import pytest

from envaccess import wiring
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.call import Origin
from envaccess.domain.outcome import Written
from envaccess.domain.receipt import Receipt
from envaccess.settings import Settings
from envaccess.store.runner import Runner
from envaccess.store.trail import RedisTrail
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says

pytestmark = pytest.mark.real

SAID = Receipt("lenovo-7", "alice", "envaccess", "127.0.0.1")


def holds(settings: Settings, sealed: bytes) -> bool:
    """Whether any file of the data folder has these bytes, as they were stored."""
    text = base64.b64encode(sealed)
    folder = settings.home / "redis" / "data"
    while True:
        with contextlib.suppress(FileNotFoundError):  # a rewrite took one away meanwhile: look at all again
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


async def test_what_an_owner_replaces_at_a_terminal_leaves_the_disk_beside_all_else(
    harness: ScenarioHarness,
) -> None:
    settings = harness.settings(redis_url=None)
    async with wiring.operator_context(settings) as operator:
        values, team = operator.values, operator.workspace
        await values.write(operator.ids.operation(), STRIPE, "value-for-tests", operator.actor, replace=True)
        old = (await values._store.get(STRIPE)).sealed
        assert holds(settings, old), "otherwise this test proves nothing"
        who, terminal = Actor(ActorKind.PERSON, harness.alice.id), Origin(surface="cli", receipt=SAID)
        async with harness.bot(redis_url=None):
            written = await values.write_as(
                operator.ids.operation(), STRIPE, "a-newer-value", who, replace=True, origin=terminal
            )
            assert written is Written.CHANGED
            await audit_says(harness, "secret.changed", "@alice, from the terminal on `lenovo-7`")
            await harness.filed()
            async with asyncio.timeout(60):
                while holds(settings, old):  # noqa: ASYNC110 - a disk rings no bell
                    await asyncio.sleep(0.01)
        events = await RedisTrail(Runner(operator.client, team)).after("0", 1_000)
        (changed,) = [event for event in events if event.event == "secret.changed"]
        assert (changed.detail["surface"], changed.detail["host"], changed.actor) == ("cli", SAID.host, who)
    await asyncio.to_thread(wiring.wait_gone, settings, 10)


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
