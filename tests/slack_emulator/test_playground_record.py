"""What was said is all on record, and `until` wakes by it."""

import asyncio
import json
from typing import Any

import pytest

from slack_emulator import NeverHappenedError
from tests.slack_emulator.house import House

VALUE = 'value-for-tests "quoted"\nΩ🎉'


async def test_a_value_is_found_in_every_encoding(house: House) -> None:
    block = {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": VALUE}]},
        ],
    }
    await house.client.chat_postMessage(channel=house.general.id, text="form", blocks=json.dumps([block]))
    await house.raw("chat.postMessage", channel=house.general.id, text="json", blocks=[block])
    vias = [said.via for said in house.slack.said(VALUE)]
    assert vias == ["chat.postMessage", "answer:chat.postMessage"] * 2
    assert house.slack.said(VALUE)[0].where(VALUE)[0] == "/blocks/0/elements/0/elements/0/text"


async def test_what_one_person_sees_is_told_apart_from_what_all_see(house: House) -> None:
    await house.post("for all: value-for-tests")
    await house.client.chat_postEphemeral(
        channel=house.general.id, user=house.alice.id, text="value-for-tests"
    )
    hook = house.slack.stage.hooks.mint("actions", house.bob.id, house.general.id)
    for body in ({"text": "value-for-tests"}, {"text": "value-for-tests", "response_type": "in_channel"}):
        await house.session.post(house.slack.stage.base_url + hook.path, json=body)
    by_bot = [said for said in house.slack.said("value-for-tests") if said.direction == "from bot"]
    readers = [None, house.alice.id, house.bob.id, None]
    assert [said.only_for for said in by_bot] == readers


async def test_a_refused_private_message_still_counts_as_private(house: House) -> None:
    house.slack.faults.answer("chat.postEphemeral", "user_not_in_channel")
    await house.refused(
        "chat.postEphemeral", channel=house.general.id, user=house.alice.id, text="value-for-tests"
    )
    [said] = house.slack.said("value-for-tests")
    assert said.only_for == house.alice.id


async def test_private_acknowledgements_and_views_name_their_reader(house: House) -> None:
    title = {"type": "plain_text", "text": "T"}
    text = {"type": "plain_text", "text": "value-for-tests"}
    view = {"type": "modal", "title": title, "blocks": [{"type": "section", "text": text}]}

    async def hear(ack: Any, body: Any, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack("value-for-tests")

    app = house.app()
    app.command("/hey")(hear)
    await house.connect(app)
    await house.alice.command("/hey")
    said = house.slack.said("value-for-tests")
    assert {one.via for one in said} == {"views.open", "answer:views.open", "ack:slash_commands"}
    assert {one.only_for for one in said} == {house.alice.id}


async def test_tokens_are_not_on_record(house: House) -> None:
    await house.client.auth_test()
    await house.client.apps_connections_open(app_token=house.slack.app_token)
    assert house.slack.said(house.slack.bot_token) == []
    assert house.slack.said(house.slack.app_token) == []


async def test_calls_are_listed_with_their_answers(house: House) -> None:
    await house.post("hello")
    await house.refused("chat.postMessage", channel="C9", text="x")
    first, second = house.slack.calls_of("chat.postMessage")
    assert (first.ok, first.args["text"], first.at) == (True, "hello", house.clock())
    assert (second.ok, second.answer) == (False, {"ok": False, "error": "channel_not_found"})


async def test_until_is_woken_by_a_call_and_gives_the_value(house: House) -> None:
    waiting = asyncio.create_task(house.slack.until(lambda: house.alice.find("hello")))
    await asyncio.sleep(0)
    await house.post("hello")
    assert (await waiting).text == "hello"


async def test_until_takes_a_coroutine_too(house: House) -> None:
    async def there() -> str | None:
        await asyncio.sleep(0)
        return "yes" if house.slack.calls else None

    waiting = asyncio.create_task(house.slack.until(there))
    await asyncio.sleep(0)
    await house.post()
    assert await waiting == "yes"


async def test_until_tells_the_last_calls_when_it_gives_up(house: House) -> None:
    await house.refused("chat.postMessage", channel="C9", text="x")
    with pytest.raises(NeverHappenedError, match="channel_not_found"):
        await house.slack.until(lambda: False, within=0.01)


async def test_records_can_be_emptied_while_the_messages_stay(house: House) -> None:
    await house.post("hello")
    house.slack.forget()
    assert (house.slack.calls, house.slack.everything_said(), house.slack.deliveries) == ([], [], [])
    assert house.alice.find("hello") is not None
