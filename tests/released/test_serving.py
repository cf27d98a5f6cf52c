"""The bot that stands here upgrades a store that was released before, in the Slack workspace of that time.

What lived and waited has ended; everybody who asked is told so, and can ask again. The messages of that time
are not there any more, as if somebody had deleted them.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from envaccess.domain.errors import BackupFileError, SettingsError
from envaccess.domain.request import GrantState, State
from envaccess.projections import method_rates
from envaccess.store.backup_file import opened
from envaccess.store.client import Client
from tests.released import stage as stages
from tests.released.conftest import Released
from tests.released.restoring import restore
from tests.released.stage import Stage
from tests.scenario.watch import buttons, settled
from tests.store.harness import StoreHarness

everyday = pytest.mark.parametrize("released", [Released("0.1.0/everyday")], ids=["0.1.0/everyday"])
LEASE = 11_000
"""Milliseconds after which the lease of the bot that ran is over."""


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rates of ours, and no wait for other processes: there are none."""
    monkeypatch.setattr("envaccess.wiring.upgrade._FOLLOWERS", 0.0)
    for name in ("PLACES", "OVERALL"):
        monkeypatch.setattr(method_rates, name, {})


@pytest.fixture
async def stage(released: Released, redis: Client, valkey: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The workspace around a store, with its settings; the bot is not started yet."""
    await restore(redis, released.store, later=LEASE)
    async with stages.opened(redis, valkey, tmp_path) as stage:
        told = released.told
        assert {name: person.id for name, person in stage.people.items()} == told["people"]
        assert told["workspace"] == stage.harness.slack.team_id
        stage.harness.keys = released.master_keys
        if told["policy"]:
            stage.policy = tmp_path / "policy.yml"
            stage.policy.write_text(told["policy"], "utf-8")
        yield stage


def offered(stage: Stage) -> set[str]:
    """What the buttons of all messages in the approvers channel offer."""
    messages = stage.harness.slack.messages(stage.harness.approvers)
    return {label for message in messages for label in buttons(message)}


def over(released: Released) -> list[str]:
    """Requests that waited or lived when the store was dumped."""
    return [*released.ids("pending"), *released.ids("live"), *released.ids("waiting")]


async def test_at_its_first_start_everything_ends_and_everybody_is_told(
    released: Released, stage: Stage
) -> None:
    async with stage.bot():
        for request in over(released):
            found = await stage.get(request)
            assert found.state is State.TIMED_OUT or found.grant in {GrantState.REVOKED, GrantState.EXPIRED}
            told = stage.harness.slack.draw(await stage.card(request))
            if found.ended_why == "upgraded":
                assert "envaccess was updated" in told
                assert "Please ask again" in told
                assert "[ Ask again ]" in told
        assert not offered(stage) & {"Approve", "Deny", "Ask…"}
        undrawn = [await stage.get(request) for request in released.told["undrawn"]]
        for found in undrawn:
            assert found.surfaces.card_shown == found.version
            assert found.surfaces.strays == ()


async def test_its_backup_holds_what_was_there_before(released: Released, stage: Stage) -> None:
    async with stage.bot():
        pass
    events = [event for event in await stage.harness.events() if event.event == "store.upgraded"]
    (file,) = [Path(event.detail["backup"]) for event in events]
    assert file.parent == stage.harness.home / "backups"
    with opened(file) as backup:
        assert backup.check().requests == len(released.told["requests"])
        assert backup.header.epoch == 0


async def test_started_again_nothing_more_is_upgraded(stage: Stage) -> None:
    async with stage.bot():
        pass
    before = await stage.harness.tags()
    async with stage.bot():
        pass
    more = set((await stage.harness.tags())[len(before) :])
    assert {"bot.started", "bot.stopped"} <= more <= {"bot.started", "bot.stopped", "policy.loaded"}


async def test_who_asked_presses_ask_again_and_is_given_access(released: Released, stage: Stage) -> None:
    async with stage.bot():
        waited = [await stage.get(request) for request in released.ids("pending")]
        for found in [found for found in waited if not found.lock and not found.extends][:1]:
            name = next(name for name, person in stage.people.items() if person.id == found.requester)
            await stage.people[name].press(await stage.card(found.id), "Ask again")
            await settled(stage.harness)
            again = await stage.note("again")
            assert (await stage.get(again)).state is State.PENDING
            assert again in await stage.say(name, "status", "")
            if not stage.policy:
                await stage.press("carol", again, "Approve")
                await stage.reveal(again)


async def test_somebody_new_asks_and_is_given_access(stage: Stage) -> None:
    async with stage.bot():
        label = "staging/DB_URL"
        fresh = await stage.file("fresh", "erin" if stage.policy else "grace", f"{label} 45m another look")
        await stage.press("carol", fresh, "Approve")
        assert (await stage.get(fresh)).grant is GrantState.ACTIVE
        await stage.reveal(fresh)


@everyday
async def test_while_another_process_serves_it_nothing_is_changed(
    released: Released, stage: Stage, redis: Client
) -> None:
    """A process of the version before would go on giving what the upgrade ends."""
    await redis.set(stage.harness.runner.key("lease"), "another process")
    store = StoreHarness(redis, released.workspace)
    before = await store.state(), await store.tags()
    with pytest.raises(SettingsError, match="another process serves it"):
        async with stage.bot():
            raise AssertionError("it serves")
    assert (await store.state(), await store.tags()) == before


@everyday
async def test_without_a_backup_nothing_is_changed(released: Released, stage: Stage, redis: Client) -> None:
    (stage.harness.home / "backups").write_text("in the way")
    store = StoreHarness(redis, released.workspace)
    before = await store.state(), await store.tags()
    with pytest.raises(BackupFileError, match="backups"):
        async with stage.bot():
            raise AssertionError("it serves")
    assert (await store.state(), await store.tags()) == before
