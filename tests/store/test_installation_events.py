"""What happened to installations is told once in their workspaces, and a removal ends what lives there."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.domain.audit import BOT
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.request import GrantState, State
from envaccess.store.trail import RedisTrail
from envaccess.wiring.installation_events import InstallationEvents
from envaccess.wiring.installations import SealedInstallations
from tests.store.harness import BOB, WORKSPACE, StoreHarness
from tests.store.test_installations import ACME, CLIENT_ID, GRID

HERE = replace(ACME, team=WORKSPACE)


class Follower:
    """A process that follows, beside the workspace."""

    def __init__(self, harness: StoreHarness) -> None:
        self.installations = SealedInstallations(harness.client, Keyring((MasterKey(b"k" * 32),)), CLIENT_ID)
        self.events = InstallationEvents(
            self.installations.runner, self.installations, lambda _: harness.client, "process-of-tests"
        )


@pytest.fixture
def follower(harness: StoreHarness) -> Follower:
    return Follower(harness)


async def told(harness: StoreHarness) -> list[tuple[str, str]]:
    return [
        (event.event, str(event.actor)) for event in await harness.events() if event.event.startswith("app.")
    ]


async def test_each_change_is_told_once_in_its_workspace_whoever_follows(
    harness: StoreHarness, follower: Follower
) -> None:
    await follower.installations.save(HERE)
    await follower.installations.swap(HERE.token_sha256, replace(HERE, token="token-for-tests-2"))
    await follower.events.step()
    await Follower(harness).events.step()
    assert await told(harness) == [("app.installed", "person:U0ALICE"), ("app.token_rotated", "bot")]
    assert "team" not in (await harness.events())[-1].detail


async def test_a_process_that_dies_before_it_notes_how_far_it_came_tells_nothing_twice(
    harness: StoreHarness, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    await follower.installations.save(HERE)

    async def dies(*_: object) -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as dying:
        dying.setattr("envaccess.store.cursors.RedisCursors.move", dies)
        with pytest.raises(StoreUnavailableError):
            await follower.events.step()
    await follower.events.step()
    assert len(await told(harness)) == 1


async def test_a_removal_ends_what_lives_and_waits_and_then_is_told(
    harness: StoreHarness, follower: Follower
) -> None:
    """Nobody could show it, or end it, by a workspace's Slack any more."""
    granted, pending = await harness.grant("A"), await harness.file("B", BOB)
    await follower.installations.save(HERE)
    assert await follower.installations.remove(WORKSPACE, "", BOT, "app_uninstalled")
    await follower.events.step()
    ended: Any = await harness.requests.get(granted)
    assert (ended.grant, ended.ended_why) == (GrantState.REVOKED, "uninstalled")
    waiting: Any = await harness.requests.get(pending)
    assert (waiting.state, waiting.ended_why) == (State.TIMED_OUT, "uninstalled")
    tags = [event.event for event in await harness.events()]
    assert tags.index("grant.revoked") < tags.index("app.uninstalled")
    assert tags[-1] == "app.uninstalled"


async def test_a_process_that_still_serves_is_waited_for_and_nothing_is_told_before(
    harness: StoreHarness, follower: Follower
) -> None:
    granted = await harness.grant("A")
    await follower.installations.save(HERE)
    await harness.outbox.lead()
    await follower.installations.remove(WORKSPACE, "", BOT, "app_uninstalled")
    await follower.events.step()
    found: Any = await harness.requests.get(granted)
    assert found.grant == GrantState.ACTIVE
    assert await told(harness) == [("app.installed", "person:U0ALICE")]
    await harness.outbox.resign()
    await follower.events.step()
    found = await harness.requests.get(granted)
    assert found.grant == GrantState.REVOKED


async def test_what_was_installed_again_before_anybody_looked_keeps_what_lives(
    harness: StoreHarness, follower: Follower
) -> None:
    granted = await harness.grant("A")
    await follower.installations.save(HERE)
    await follower.installations.remove(WORKSPACE, "", BOT, "app_uninstalled")
    await follower.installations.save(HERE)
    await follower.events.step()
    found: Any = await harness.requests.get(granted)
    assert found.grant == GrantState.ACTIVE
    assert [tag for tag, _ in await told(harness)] == ["app.installed", "app.uninstalled", "app.installed"]


async def test_a_workspace_that_its_organisation_took_the_app_from_is_told_and_no_other(
    harness: StoreHarness, follower: Follower
) -> None:
    granted = await harness.grant("A")
    await follower.installations.save(GRID.for_teams([WORKSPACE, "T0BETA"]))
    await follower.installations.change_teams("E0ORG", lambda teams: teams - {WORKSPACE}, BOT)
    await follower.events.step()
    assert [tag for tag, _ in await told(harness)] == ["app.installed", "app.uninstalled"]
    found: Any = await harness.requests.get(granted)
    assert found.grant == GrantState.REVOKED
    beta = RedisTrail(type(harness.runner)(harness.client, "T0BETA"))
    assert [event.event for event in await beta.after("0", 9)] == ["app.installed"]


async def test_a_cursor_that_cannot_be_believed_begins_anew(
    harness: StoreHarness, follower: Follower
) -> None:
    raw: Any = harness.client
    await follower.installations.save(HERE)
    await raw.hset(follower.installations.runner.key("cursors"), "installations", "nonsense")
    for _ in range(3):
        await follower.events.step()
    assert [tag for tag, _ in await told(harness)] == ["app.installed"]
