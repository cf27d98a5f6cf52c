"""From a reveal to a value that works no longer: a webhook is asked, the source shows another value."""

import base64
import json
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.fakes.http_service import OK, HttpService, http_service
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import finds, last_event
from tests.scenario.watch import comes_true

SECRET = "whsec_" + base64.b64encode(b"a secret for tests, 32 bytes....").decode()
SOURCES = """
version: 1
names:
  - match: default/STRIPE_KEY
    rotate: {{with: webhook, url: '{url}/{{name}}', secret: env:ROTATOR_SECRET, when: {{grant_end: true}},
        wait: {wait}}}
"""


def sources(harness: ScenarioHarness, service: HttpService, wait: str) -> Path:
    """A file that says so."""
    path = harness.home / "sources.yml"
    path.write_text(SOURCES.format(url=service.base, wait=wait))
    return path


async def revealed(harness: ScenarioHarness) -> None:
    """Alice has seen the value."""
    card = await harness.granted()
    await harness.alice.press(card, "Reveal")
    await comes_true(lambda: seen(harness))


async def asked(service: HttpService) -> bool:
    return bool(service.requests)


async def seen(harness: ScenarioHarness) -> bool:
    return "value.seen" in await harness.tags()


async def test_value_that_was_seen_is_replaced_when_the_access_ends(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTATOR_SECRET", SECRET)
    async with http_service() as service:
        service.answer_with(OK)
        async with harness.bot(sources_file=sources(harness, service, "1h")):
            await revealed(harness)
            old = harness.values[STRIPE]
            card = await finds(harness, harness.alice, "[ End now ]")
            await harness.alice.press(card, "End now")
            await comes_true(lambda: asked(service))
            received = service.requests[0]
            Webhook(SECRET).verify(received.body, {name.lower(): text for name, text in received.headers})
            assert received.line.startswith("POST /STRIPE_KEY ")
            assert json.loads(received.body)["data"]["variable"] == "default/STRIPE_KEY"
            assert old.encode() not in received.body
            await harness.store(STRIPE)

            async def done() -> bool:
                return "rotation.done" in await harness.tags()

            await comes_true(done)
    due, over = await last_event(harness, "rotation.due"), await last_event(harness, "rotation.done")
    assert (due.detail["why"], over.detail["how"]) == ("grant_end", "webhook")
    assert len(service.requests) == 1


async def test_access_that_goes_on_is_told_to_reveal_again(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owners do not wait: the one who still has access sees it on their card."""
    monkeypatch.setenv("ROTATOR_SECRET", SECRET)
    async with http_service() as service:
        service.answer_with(OK)
        async with harness.bot(sources_file=sources(harness, service, "1s")):
            await revealed(harness)
            await harness.ask("rotate STRIPE_KEY", harness.bob)
            await comes_true(lambda: asked(service))
            await harness.store(STRIPE)
            await finds(harness, harness.alice, "*A value was replaced*", "Press *Reveal* for the new one.")
    assert (await last_event(harness, "rotation.done")).detail["holders"] == "1"
