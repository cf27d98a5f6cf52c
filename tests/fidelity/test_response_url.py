"""Answers through a `response_url`, compared with their pages.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses and
https://docs.slack.dev/messaging/modifying-messages. What a spent or a wrong one answers is not documented:
see bot/slack_emulator/README.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fidelity.objects import REFUSED
from tests.fidelity.shapes import TRUE, Doc, assert_fits
from tests.fidelity.socket_connection import button, payload_of, row

if TYPE_CHECKING:
    from slack_emulator import Json
    from tests.slack_emulator.harness import EmulatorHarness

TAKEN = Doc({"ok": TRUE})


@pytest.fixture
async def url(emulator: EmulatorHarness) -> str:
    """Of a button that Bob pressed in #general."""
    await emulator.post("original", blocks=[row(button())])
    message = emulator.bob.sees(emulator.general)[0]
    payload = await payload_of(emulator, emulator.bob.press(message, "press"))
    return str(payload["response_url"])


async def answer(emulator: EmulatorHarness, url: str, **body: Any) -> tuple[int, Json]:
    async with emulator.session.post(url, json=body) as reply:
        return reply.status, await reply.json()


def seen(emulator: EmulatorHarness) -> list[list[str]]:
    """What Alice and Bob see in #general."""
    return [
        [message.text for message in person.sees(emulator.general)]
        for person in (emulator.alice, emulator.bob)
    ]


async def test_by_default_only_the_person_who_acted_sees_it(emulator: EmulatorHarness, url: str) -> None:
    status, body = await answer(emulator, url, text="quietly")
    assert status == 200
    assert_fits(body, TAKEN)
    assert seen(emulator) == [["original"], ["original", "quietly"]]


async def test_in_channel_shows_it_to_all(emulator: EmulatorHarness, url: str) -> None:
    await answer(emulator, url, text="loudly", response_type="in_channel")
    assert seen(emulator) == [["original", "loudly"], ["original", "loudly"]]


async def test_replace_original_changes_what_was_pressed(emulator: EmulatorHarness, url: str) -> None:
    await answer(emulator, url, text="changed", replace_original=True)
    assert seen(emulator) == [["changed"], ["changed"]]


async def test_delete_original_removes_what_was_pressed(emulator: EmulatorHarness, url: str) -> None:
    await answer(emulator, url, delete_original=True)
    assert seen(emulator) == [[], []]


async def test_an_ephemeral_message_can_be_changed_and_removed_by_it_only(emulator: EmulatorHarness) -> None:
    args: Json = {
        "channel": emulator.general.id,
        "user": emulator.bob.id,
        "text": "psst",
        "blocks": [row(button())],
    }
    stamp = (await emulator.raw("chat.postEphemeral", **args))["message_ts"]
    gone = await emulator.refused("chat.delete", channel=emulator.general.id, ts=stamp)
    assert gone["error"] == "message_not_found"
    pressed = await payload_of(emulator, emulator.bob.press(emulator.bob.sees(emulator.general)[0], "press"))
    await answer(emulator, pressed["response_url"], text="changed", replace_original=True)
    assert seen(emulator)[1] == ["changed"]
    await answer(emulator, pressed["response_url"], delete_original=True)
    assert seen(emulator)[1] == []


async def test_a_thread_is_joined_by_its_ts(emulator: EmulatorHarness, url: str) -> None:
    thread = emulator.slack.messages(emulator.general)[0].ts
    await answer(emulator, url, text="in it", response_type="in_channel", thread_ts=thread)
    assert emulator.slack.messages(emulator.general)[-1].thread_ts == thread


async def test_it_can_be_used_five_times(emulator: EmulatorHarness, url: str) -> None:
    replies = [await answer(emulator, url, text=str(number)) for number in range(6)]
    assert [status for status, _ in replies] == [200] * 5 + [404]
    assert_fits(replies[-1][1], REFUSED)


async def test_it_can_be_used_for_thirty_minutes(emulator: EmulatorHarness, url: str) -> None:
    emulator.clock.advance(30 * 60)
    assert (await answer(emulator, url, text="in time"))[0] == 200
    emulator.clock.advance(0.001)
    status, body = await answer(emulator, url, text="late")
    assert status == 404
    assert_fits(body, REFUSED)


async def test_it_needs_no_token(emulator: EmulatorHarness, url: str) -> None:
    """Whoever has the address can answer, as with an incoming webhook."""
    emulator.slack.uninstall()
    assert (await answer(emulator, url, text="still"))[0] == 200


async def test_blocks_that_are_wrong_are_refused_and_nothing_is_shown(
    emulator: EmulatorHarness, url: str
) -> None:
    status, body = await answer(emulator, url, blocks=[{"type": "riddle"}])
    assert status >= 400
    assert_fits(body, REFUSED)
    assert seen(emulator) == [["original"], ["original"]]
