import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from envaccess.projections import method_rates
from envaccess.slack import ttl_cache
from envaccess.store.client import Client
from slack_emulator import SlackEmulator
from slack_emulator.dispatcher import PATIENCE
from tests.conftest import be_patient
from tests.scenario.harness import DB, STRIPE, ScenarioHarness, harness_of
from tests.sentences.leaves import texts_sent
from tests.sentences.plugin import watched
from tests.sentences.wording import all_sentences

_PORT = re.compile(r"https?://127\.0\.0\.1:\d+")


@pytest.fixture
def quick_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a code gives is made slowly on purpose; that it is has tests of its own."""
    monkeypatch.setattr("envaccess.crypto.login_codes._STRETCHED", 1)


@pytest.fixture
async def harness(
    redis: Client, valkey: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[ScenarioHarness]:
    """People, channels and stored values; the bot is not started yet. What it said is compared afterwards."""
    strict = request.node.get_closest_marker("product_deadlines")
    async with SlackEmulator(bot_name="envaccess", patience=PATIENCE if strict else 60.0) as slack:
        alice, bob, carol, dana = (slack.add_person(name) for name in ("alice", "bob", "carol", "dana"))
        harness = harness_of(slack, redis, valkey, tmp_path, [alice, bob, carol, dana], [bob, carol])
        with pytest.MonkeyPatch.context() as patched:
            be_patient(patched)
            await harness.store_all(STRIPE, DB)
        yield harness
        note_sentences(request, slack, *harness.printed)


def note_sentences(request: pytest.FixtureRequest, slack: SlackEmulator, *printed: str) -> None:
    """Note what people were shown, to be compared with the catalogue."""
    told = [
        _PORT.sub("http://127.0.0.1:1", text.replace(socket.gethostname(), "lenovo-7"))
        for text in texts_sent(slack)
    ]
    watched(request.config, Path(__file__).parent).note(all_sentences([*told, *printed]))


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of Slack are too old at once, as if ten seconds had passed before each question."""
    for name in ("OWN_SECONDS", "SHARED_SECONDS", "FOUND_SECONDS"):
        monkeypatch.setattr(ttl_cache, name, 0.0)


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rates of ours, for tests that need more messages in some seconds than Slack takes in minutes.

    They move Redis' clock from one turn to the next; the rates count seconds that really pass.
    """
    monkeypatch.setattr(method_rates, "PLACES", {})
    monkeypatch.setattr(method_rates, "OVERALL", {})
