"""Replicas of Redis that lag (ENVACCESS_DURABILITY): nothing is shown, and nobody is told that it is done.

The server of these tests has no replica, so that none ever has what was written.
"""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.health import StoreFacts
from envaccess.store import health
from envaccess.store.client import Client
from slack_emulator import Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.logs import serving
from tests.scenario.test_faults_redis import DEEDS, Deed
from tests.scenario.watch import one_request, settled

NOT_YET = "not confirmed yet"
ASKS: dict[str, Any] = {"durability": "replicas:1"}


@pytest.fixture(autouse=True)
def two_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two replicas follow while the bot starts."""
    facts = health.facts

    async def more(client: Client, workspace: str, host: str = "") -> StoreFacts:
        return replace(await facts(client, workspace, host), replicas=2)

    monkeypatch.setattr(health, "facts", more)
    monkeypatch.setattr("envaccess.store.auto_pipeline.WAIT_MILLISECONDS", 20)


async def before(harness: ScenarioHarness, deed: Deed) -> Message:
    """Where it can be done, by a bot that waited for no replica."""
    async with serving(harness):
        place = await deed.prepare(harness)
        await settled(harness)
    return place


@pytest.mark.parametrize("name", ["file", "approve", "cancel", "end"])
async def test_who_did_something_that_no_replica_has_is_told_that_it_is_not_confirmed(
    harness: ScenarioHarness, name: str
) -> None:
    """It happened, and a failover may undo it: neither "done" nor "nothing was done" would be true."""
    deed = DEEDS[name]
    place = await before(harness, deed)
    async with serving(harness, **ASKS):
        assert NOT_YET in await deed.act(harness, place)
        await settled(harness)
    assert deed.event in await harness.tags()


@pytest.mark.parametrize("text", ["STRIPE_KEY once a failed refund", "STRIPE_KEY 1h a failed refund"])
async def test_a_reveal_that_no_replica_has_shows_nothing_and_costs_no_use(
    harness: ScenarioHarness, text: str
) -> None:
    """Law 2: after a failover nobody would know who saw the value."""
    async with serving(harness):
        card = await harness.granted(text)
        await settled(harness)
    async with serving(harness, **ASKS):
        press = await harness.alice.press(card, "Reveal")
        await settled(harness)
        said = " ".join(harness.slack.draw(answer) for answer in press.answers)
        assert "Too few replicas of our store have it yet" in said
        assert "your access is as it was" in said
        assert not harness.alice.find(harness.values[STRIPE])
    request = await one_request(harness)
    assert (request.live, request.reveals) == (True, 0)
    tags = await harness.tags()
    assert (tags.count("grant.revealed"), tags.count("grant.reveal_failed")) == (1, 1)
