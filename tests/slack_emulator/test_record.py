"""What was said is all on record, and `until` wakes by it."""

import asyncio
import json
from typing import Any

import pytest

from slack_emulator import NeverHappenedError
from tests.slack_emulator.harness import EmulatorHarness

VALUE = 'value-for-tests "quoted"\nΩ🎉'


async def test_a_value_is_found_in_every_encoding(emulator: EmulatorHarness) -> None:
    block = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": VALUE}]},
        ],
    }
    await emulator.client.chat_postMessage(
        channel=emulator.general.id, text="form", blocks=json.dumps([block])
    )
    await emulator.raw("chat.postMessage", channel=emulator.general.id, text="json", blocks=[block])
    vias = [said.via for said in emulator.slack.said(VALUE)]
    assert vias == ["chat.postMessage", "answer:chat.postMessage"] * 2
    assert emulator.slack.said(VALUE)[0].where(VALUE)[0] == "/blocks/0/elements/0/elements/0/text"


async def test_what_one_person_sees_is_told_apart_from_what_all_see(emulator: EmulatorHarness) -> None:
    await emulator.post("for all: value-for-tests")
    await emulator.client.chat_postEphemeral(
        channel=emulator.general.id, user=emulator.alice.id, text="value-for-tests"
    )
    hook = emulator.slack.state.response_urls.mint("actions", emulator.bob.id, emulator.general.id)
    for body in ({"text": "value-for-tests"}, {"text": "value-for-tests", "response_type": "in_channel"}):
        await emulator.session.post(emulator.slack.state.base_url + hook.path, json=body)
    by_bot = [said for said in emulator.slack.said("value-for-tests") if said.direction == "from bot"]
    readers = [None, emulator.alice.id, emulator.bob.id, None]
    assert [said.only_for for said in by_bot] == readers


async def test_a_refused_private_message_still_counts_as_private(emulator: EmulatorHarness) -> None:
    emulator.slack.faults.answer("chat.postEphemeral", "user_not_in_channel")
    await emulator.refused(
        "chat.postEphemeral", channel=emulator.general.id, user=emulator.alice.id, text="value-for-tests"
    )
    [said] = emulator.slack.said("value-for-tests")
    assert said.only_for == emulator.alice.id


async def test_private_acknowledgements_and_views_name_their_reader(emulator: EmulatorHarness) -> None:
    title = {"type": "plain_text", "text": "T"}
    text = {"type": "plain_text", "text": "value-for-tests"}
    view = {"type": "modal", "title": title, "blocks": [{"type": "section", "text": text}]}

    async def hear(ack: Any, body: Any, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack("value-for-tests")

    app = emulator.app()
    app.command("/hey")(hear)
    await emulator.connect(app)
    await emulator.alice.command("/hey")
    said = emulator.slack.said("value-for-tests")
    assert {one.via for one in said} == {"views.open", "answer:views.open", "ack:slash_commands"}
    assert {one.only_for for one in said} == {emulator.alice.id}


async def test_tokens_are_not_on_record(emulator: EmulatorHarness) -> None:
    await emulator.client.auth_test()
    await emulator.client.apps_connections_open(app_token=emulator.slack.app_token)
    assert emulator.slack.said(emulator.slack.bot_token) == []
    assert emulator.slack.said(emulator.slack.app_token) == []


async def test_calls_are_listed_with_their_answers(emulator: EmulatorHarness) -> None:
    await emulator.post("hello")
    await emulator.refused("chat.postMessage", channel="C9", text="x")
    first, second = emulator.slack.calls_of("chat.postMessage")
    assert (first.ok, first.args["text"], first.at) == (True, "hello", emulator.clock())
    assert (second.ok, second.answer) == (False, {"ok": False, "error": "channel_not_found"})


async def test_until_is_woken_by_a_call_and_gives_the_value(emulator: EmulatorHarness) -> None:
    waiting = asyncio.create_task(emulator.slack.until(lambda: emulator.alice.find("hello")))
    await asyncio.sleep(0)
    await emulator.post("hello")
    assert (await waiting).text == "hello"


async def test_until_takes_a_coroutine_too(emulator: EmulatorHarness) -> None:
    async def there() -> str | None:
        await asyncio.sleep(0)
        return "yes" if emulator.slack.calls else None

    waiting = asyncio.create_task(emulator.slack.until(there))
    await asyncio.sleep(0)
    await emulator.post()
    assert await waiting == "yes"


async def test_until_tells_the_last_calls_when_it_gives_up(emulator: EmulatorHarness) -> None:
    await emulator.refused("chat.postMessage", channel="C9", text="x")
    with pytest.raises(NeverHappenedError, match="channel_not_found"):
        await emulator.slack.until(lambda: False, within=0.01)


async def test_records_can_be_emptied_while_the_messages_stay(emulator: EmulatorHarness) -> None:
    await emulator.post("hello")
    emulator.slack.forget()
    assert (emulator.slack.calls, emulator.slack.everything_said(), emulator.slack.deliveries) == ([], [], [])
    assert emulator.alice.find("hello") is not None
