"""A store that has no true mark of this version is upgraded by the first start, before anything is served."""

from pathlib import Path

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.request import GrantState, State
from envaccess.store.upgrade import StoreUpgrade
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, card, granted
from tests.scenario.processes import launched
from tests.scenario.test_backup import command
from tests.scenario.watch import buttons, one_request, say


@pytest.fixture(autouse=True)
def no_followers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other process is there that would take the lease."""
    monkeypatch.setattr("envaccess.wiring.upgrade._FOLLOWERS", 0.0)


async def unmark(harness: ScenarioHarness) -> None:
    """Take the marks away, as in a store of an earlier version."""
    await harness.redis.delete(harness.runner.key("epoch"), harness.runner.key("epoch_seal"))


async def test_everybody_is_told_to_ask_again_and_can(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        live = await one_request(harness)
        await harness.filed("staging/DB_URL 1h a slow query")
    await unmark(harness)
    looked = await command(harness, "doctor")
    assert "an earlier version of envaccess left this store (epoch 0)" in looked.output
    refused = await command(harness, "secrets", "list")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Stop every bot and start one" in refused.stderr
    async with harness.bot():
        ended = await card(harness, "Access ended early, because envaccess was updated")
        assert buttons(ended) == ["Ask again"]
        waited = await card(harness, "*Timed out*: envaccess was updated")
        assert buttons(waited) == ["Ask again"]
        await audit_says(harness, "store.upgraded", "envaccess was updated")
        assert harness.values[STRIPE] not in await say(harness, "show STRIPE_KEY")
        await harness.alice.press(waited, "Ask again")
        await harness.until(lambda: harness.alice.find("waits for a decision"))
        await granted(harness)
    found = {request.id: request for request in await harness.requests()}
    assert found[live.id].grant is GrantState.REVOKED
    assert sum(request.state is State.PENDING for request in found.values()) == 1
    assert "layout of the store: epoch 1" in (await command(harness, "doctor")).output


async def test_beside_another_process_it_is_refused_in_one_line(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await granted(harness)
        live = await one_request(harness)
    await unmark(harness)
    await harness.redis.set(harness.runner.key("lease"), "another process")
    async with launched(harness) as bot:
        assert await bot.ended() == 2
        (sentence,) = bot.sentences
        assert "another process serves it" in sentence
    assert await harness.redis.exists(harness.runner.key("grant", live.id))


async def test_nothing_is_served_before_it_is_through(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.bot():
        await granted(harness)
    await unmark(harness)

    async def lost(*_: object) -> None:
        raise StoreUnavailableError("Redis does not answer")

    connections, events = harness.slack.connections, await harness.tags()
    with monkeypatch.context() as patch:
        patch.setattr(StoreUpgrade, "finish", lost)
        with pytest.raises(StoreUnavailableError):
            async with harness.bot():
                raise AssertionError("it serves")
    assert harness.slack.connections == connections
    assert "bot.started" not in (await harness.tags())[len(events) :]
    async with harness.bot():
        await audit_says(harness, "store.upgraded", "envaccess was updated")
    assert (await harness.tags()).count("grant.revoked") == 1


async def test_a_new_store_is_marked_and_nobody_is_told_anything(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    async with harness.bot(home=tmp_path):
        pass
    assert await harness.redis.get(harness.runner.key("epoch")) == "1"
    assert not set(await harness.tags()) & {"store.upgraded", "backup.made"}
    assert not (tmp_path / "backups").exists()
