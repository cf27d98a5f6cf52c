"""Junk from the bot is refused the way Slack refuses it; the emulator itself never breaks."""

import asyncio
import json
from typing import Any

import pytest

from slack_emulator.web.api import METHODS
from tests.slack_emulator.harness import EmulatorHarness

NAMES = (
    "channel",
    "text",
    "blocks",
    "user",
    "users",
    "ts",
    "thread_ts",
    "metadata",
    "limit",
    "cursor",
    "trigger_id",
    "view",
    "view_id",
    "external_id",
    "hash",
    "user_id",
)
JUNK: list[Any] = [
    None,
    7,
    -1,
    True,
    "",
    "x",
    "[",
    "{}",
    [],
    {},
    [None],
    {"type": {}},
    [{"type": []}],
    "\x00",
    "🎉",
]


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_junk_arguments_get_an_answer(emulator: EmulatorHarness, method: str) -> None:
    for junk in JUNK:
        for args in (
            dict.fromkeys(NAMES, junk),
            {"channel": emulator.general.id} | dict.fromkeys(NAMES[1:], junk),
        ):
            answer = await emulator.raw(method, **args)
            assert answer["ok"] or answer["error"]


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '"x"'])
async def test_a_body_that_is_no_json_object_counts_as_empty(emulator: EmulatorHarness, body: str) -> None:
    headers = {"Authorization": f"Bearer {emulator.slack.bot_token}", "Content-Type": "application/json"}
    async with emulator.session.post(
        emulator.slack.api_url + "users.info", data=body, headers=headers
    ) as answer:
        assert (await answer.json())["error"] == "user_not_found"


async def test_junk_over_a_web_socket_is_ignored(emulator: EmulatorHarness) -> None:
    url = (await emulator.client.apps_connections_open(app_token=emulator.slack.app_token))["url"]
    async with emulator.session.ws_connect(url) as ws:
        await ws.receive_json()
        for junk in ("no json", "[]", "7", "{}", '{"envelope_id": []}'):
            await ws.send_str(junk)
        await ws.send_bytes(b"\x00")
        command = asyncio.create_task(emulator.alice.command("/hey"))
        envelope = await ws.receive_json()
        await ws.send_json({"envelope_id": envelope["envelope_id"], "payload": "just text"})
        assert (await command).text == "just text"


async def test_a_view_over_250_kb_is_refused(emulator: EmulatorHarness) -> None:
    section = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}
    view = {"type": "home", "blocks": [section] * 90}
    assert (await emulator.refused("views.publish", user_id=emulator.alice.id, view=view))[
        "error"
    ] == "view_too_large"


async def test_an_ephemeral_text_over_40000_characters_is_refused(emulator: EmulatorHarness) -> None:
    args = {"channel": emulator.general.id, "user": emulator.alice.id, "text": "x" * 40_001}
    assert (await emulator.refused("chat.postEphemeral", **args))["error"] == "msg_too_long"


async def test_fifty_people_can_press_at_once(emulator: EmulatorHarness) -> None:
    seen: list[str] = []

    async def hear(ack: Any, body: Any) -> None:
        seen.append(body["user"]["id"])
        await ack()

    app = emulator.app()
    app.action("press")(hear)
    await emulator.connect(app)
    crowd = [emulator.slack.add_person(f"p{number}") for number in range(50)]
    for person in crowd:
        emulator.slack.join(person, emulator.general)
    button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}}
    await emulator.post("x", blocks=json.dumps([{"type": "actions", "elements": [button]}]))
    [message] = emulator.slack.messages(emulator.general)
    presses = await asyncio.gather(*(person.press(message, "press") for person in crowd))
    assert [press.error for press in presses] == [None] * 50
    assert sorted(seen) == sorted(person.id for person in crowd)
