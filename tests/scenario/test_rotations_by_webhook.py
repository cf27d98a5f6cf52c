"""From a reveal to a value that works no longer: a webhook is asked, the source shows another value."""

import base64
import json
import sys
from functools import partial
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.fakes.http_service import OK, HttpService, http_service
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, finds, last_event, later, pressed
from tests.scenario.rotating import ends, happens
from tests.scenario.test_rotations import task
from tests.scenario.watch import buttons, comes_true

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


async def asked(service: HttpService, times: int = 1) -> bool:
    return len(service.requests) >= times


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


async def test_a_rotator_that_says_yes_and_changes_nothing_is_not_believed_and_its_owner_is_asked(
    harness: ScenarioHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last time it stores the same value anew: a new version, and nothing is worthless by that."""
    monkeypatch.setenv("ROTATOR_SECRET", SECRET)
    async with http_service() as service:
        service.answer_with(OK)
        async with harness.bot(sources_file=sources(harness, service, "1s")):
            await revealed(harness)
            await harness.ask("rotate STRIPE_KEY", harness.bob)
            for turn in (1, 2, 3):
                await comes_true(partial(asked, service, turn))
                if turn == 3:
                    await harness.store(STRIPE, harness.values[STRIPE])
                await later(harness, 601)
                await happens(harness, "rotation.failed", turn)
                await later(harness, 301)
            message = await task(harness, "`STRIPE_KEY` has to be rotated", "What went wrong:")
            assert buttons(message) == ["I rotated it", "Try again"]
            assert "The source still shows the value" in await pressed(
                harness, harness.bob, message, "I rotated it"
            )
            await harness.store(STRIPE)
            await harness.bob.press(message, "I rotated it")
            await audit_says(harness, "`rotation.done`")
    failed = [event.detail for event in await harness.events() if event.event == "rotation.failed"]
    assert [one["next"] for one in failed] == ["again", "again", "owner"]
    assert [one["why"] for one in failed] == ["timed_out", "timed_out", "changed_nothing"]
    told = [json.loads(received.body)["data"]["operation"] for received in service.requests]
    assert len(set(told)) == len(told) == 3


async def test_a_command_is_run_once_and_the_source_is_asked(harness: ScenarioHarness) -> None:
    """It gets the name, and neither a value nor anything of the bot's."""
    out, program = harness.home / "told", harness.home / "rotate.py"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f"import os; open({str(out)!r}, 'a').write(repr(sorted(os.environ.items())) + '\\n')")
    path = harness.home / "sources.yml"
    path.write_text(
        f"version: 1\nnames:\n  - match: {STRIPE}\n    rotate: {{with: command, when: {{grant_end: true}}, "
        f"run: ['{sys.executable}', -I, '{program}']}}\n"
    )
    async with harness.bot(sources_file=path):
        await revealed(harness)
        old = harness.values[STRIPE]
        await ends(harness, harness.alice)

        async def ran() -> bool:
            return out.exists()

        await comes_true(ran)
        await harness.store(STRIPE)
        await later(harness, 15)
        await happens(harness, "rotation.done")
    (line,) = out.read_text().splitlines()
    assert "ENVACCESS_VARIABLE_NAME" in line
    assert old not in line
    assert harness.slack.bot_token not in line
    assert (await last_event(harness, "rotation.done")).detail["how"] == "command"
