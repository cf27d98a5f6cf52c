"""Slash commands and presses: payload shapes, typed text, and what people may not do."""

from typing import Any

import pytest

from slack_emulator import ImpossibleError, Json, Message
from slack_emulator.typing_in import as_sent
from tests.slack_emulator.house import House


class Ear:
    """A bot that keeps what it hears and answers with what it is given."""

    def __init__(self, house: House) -> None:
        self.heard: list[Json] = []
        self.answer: Json = {}
        self.app = house.app()
        self.app.command("/hey")(self._hear)
        self.app.action("press")(self._hear)

    async def _hear(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        await ack(**self.answer)


async def listening(house: House) -> Ear:
    ear = Ear(house)
    await house.connect(ear.app)
    return ear


def pressable(**more: Any) -> list[Json]:
    button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}, **more}
    return [{"type": "actions", "block_id": "row", "elements": [button]}]


async def message_with(house: House, blocks: list[Json]) -> Message:
    await house.post("press it", blocks=blocks)
    return house.bob.sees(house.general)[-1]


async def test_a_command_has_exactly_slacks_fields(house: House) -> None:
    ear = await listening(house)
    await house.alice.command("/hey", "you", channel=house.general)
    [body] = ear.heard
    assert set(body) == {
        "token",
        "team_id",
        "team_domain",
        "channel_id",
        "channel_name",
        "user_id",
        "user_name",
        "command",
        "text",
        "api_app_id",
        "is_enterprise_install",
        "response_url",
        "trigger_id",
    }
    assert all(isinstance(value, str) for value in body.values())
    assert (body["channel_name"], body["user_name"], body["text"]) == ("general", "alice", "you")


async def test_only_a_public_channel_tells_its_name(house: House) -> None:
    ear = await listening(house)
    private = house.slack.add_channel("plans", [house.alice], private=True)
    between = house.slack.add_dm(house.alice, house.bob)
    for channel in (private, between, None):
        await house.alice.command("/hey", channel=channel)
    names = [body["channel_name"] for body in ear.heard]
    assert names == ["privategroup", "directmessage", "directmessage"]
    assert ear.heard[1]["channel_id"] == between.id


async def test_the_answer_is_seen_only_where_and_by_whom_it_was_asked(house: House) -> None:
    ear = await listening(house)
    ear.answer = {"text": "just you", "blocks": [{"type": "divider"}]}
    reply = await house.alice.command("/hey", channel=house.general)
    assert (reply.text, [block["type"] for block in reply.blocks]) == ("just you", ["divider"])
    assert house.alice.sees(house.general) == [reply.message]
    assert house.bob.sees(house.general) == []


async def test_an_answer_in_channel_is_seen_by_all(house: House) -> None:
    ear = await listening(house)
    ear.answer = {"text": "everybody", "response_type": "in_channel"}
    await house.alice.command("/hey", channel=house.general)
    assert [message.text for message in house.bob.sees(house.general)] == ["everybody"]


async def test_an_empty_acknowledgement_shows_nothing(house: House) -> None:
    await listening(house)
    reply = await house.alice.command("/hey", channel=house.general)
    assert (reply.message, reply.error, reply.text) == (None, None, "")


async def test_bad_blocks_in_an_acknowledgement_are_an_error_for_the_person(house: House) -> None:
    ear = await listening(house)
    ear.answer = {"blocks": [{"type": "riddle"}]}
    reply = await house.alice.command("/hey", channel=house.general)
    assert reply.error is not None
    assert reply.error.startswith("invalid_blocks")
    assert reply.message is None


async def test_without_a_bot_the_person_sees_slacks_own_error(house: House) -> None:
    assert (await house.alice.command("/hey")).error == "dispatch_failed"


async def test_an_unknown_command_is_never_acknowledged(house: House) -> None:
    house.slack.courier.patience = 0.05
    await listening(house)
    assert (await house.alice.command("/unheard")).error == "operation_timeout"


async def test_strangers_and_deactivated_people_cannot_type_commands(house: House) -> None:
    ear = await listening(house)
    stranger = house.slack.add_person("stranger", team_id="T0OTHER")
    house.slack.change(house.bob, deleted=True)
    for person in (stranger, house.bob):
        with pytest.raises(ImpossibleError, match="cannot use"):
            await person.command("/hey")
    with pytest.raises(ImpossibleError, match="is not in"):
        await house.alice.command("/hey", channel=house.slack.add_channel("elsewhere"))
    assert ear.heard == []
    await stranger.command("/hey", forged=True, change=lambda payload: payload | {"team_id": "T0OTHER"})
    assert ear.heard[0]["team_id"] == "T0OTHER"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("STRIPE_KEY 1h why", "STRIPE_KEY 1h why"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("<!channel> look", "&lt;!channel&gt; look"),
        ("for @bob", "for <@{bob}|bob>"),
        ("for @nobody", "for @nobody"),
        ("for @on-call", "for <!subteam^{group}|@on-call>"),
        ("for @gone", "for @gone"),
        ("see #general.", "see <#{general}|general>."),
        ("see #nowhere", "see #nowhere"),
        ("@here now", "<!here> now"),
        ("see https://example.com/a?b=1&c=2.", "see <https://example.com/a?b=1&amp;c=2>."),
        ("mail bob@example.com", "mail <mailto:bob@example.com|bob@example.com>"),
        ("redis://u:p@host/0", "redis://u:p@host/0"),
        ("emoji 🎉 and עברית", "emoji 🎉 and עברית"),
    ],
)
def test_typed_text_arrives_escaped_and_linked(house: House, typed: str, sent: str) -> None:
    group = house.slack.add_group("on-call")
    house.slack.disable(house.slack.add_group("gone"))
    expected = sent.format(bob=house.bob.id, general=house.general.id, group=group.id)
    assert as_sent(typed, house.slack.stage.workspace) == expected


async def test_a_press_has_slacks_fields(house: House) -> None:
    ear = await listening(house)
    message = await message_with(house, pressable(value="v", style="primary"))
    await house.bob.press(message, "press")
    [body] = ear.heard
    assert body["type"] == "block_actions"
    assert body["user"] == {"id": house.bob.id, "username": "bob", "name": "bob", "team_id": "T0PLAYGROUND"}
    assert body["team"] == {"id": "T0PLAYGROUND", "domain": "playground"}
    assert (body["enterprise"], body["is_enterprise_install"]) == (None, False)
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": house.general.id,
        "is_ephemeral": False,
    }
    assert body["container"] == container
    assert body["channel"] == {"id": house.general.id, "name": "general"}
    assert body["message"]["ts"] == message.ts
    assert body["state"] == {"values": {}}
    [action] = body["actions"]
    assert {name: action[name] for name in ("action_id", "block_id", "type", "value", "style")} == {
        "action_id": "press",
        "block_id": "row",
        "type": "button",
        "value": "v",
        "style": "primary",
    }
    assert action["text"]["text"] == "Press"
    assert action["action_ts"]
    assert body["trigger_id"]
    assert body["response_url"].startswith("http://127.0.0.1:")


async def test_a_press_on_an_ephemeral_message_carries_no_message(house: House) -> None:
    ear = await listening(house)
    await house.client.chat_postEphemeral(
        channel=house.general.id, user=house.bob.id, text="psst", blocks=pressable()
    )
    await house.bob.press(house.bob.sees(house.general)[0], "Press")
    assert "message" not in ear.heard[0]
    assert ear.heard[0]["container"]["is_ephemeral"] is True


async def test_a_choice_arrives_as_action_and_as_state(house: House) -> None:
    ear = await listening(house)
    option = {"text": {"type": "plain_text", "text": "One hour"}, "value": "1h"}
    select = {"type": "static_select", "action_id": "press", "options": [option]}
    message = await message_with(house, [{"type": "actions", "block_id": "row", "elements": [select]}])
    await house.bob.press(message, "press", choose="One hour")
    [body] = ear.heard
    assert body["actions"][0]["selected_option"]["value"] == "1h"
    assert body["state"]["values"]["row"]["press"]["selected_option"]["value"] == "1h"


async def test_a_menu_choice_is_an_action_only(house: House) -> None:
    ear = await listening(house)
    option = {"text": {"type": "plain_text", "text": "Cancel"}, "value": "c"}
    menu = {"type": "overflow", "action_id": "press", "options": [option]}
    section = {"type": "section", "text": {"type": "plain_text", "text": "x"}, "accessory": menu}
    await house.bob.press(await message_with(house, [section]), "press", choose="c")
    assert ear.heard[0]["actions"][0]["selected_option"]["value"] == "c"
    assert ear.heard[0]["state"] == {"values": {}}


async def test_nobody_presses_what_they_do_not_see(house: House) -> None:
    ear = await listening(house)
    message = await message_with(house, pressable())
    outsider = house.slack.add_person("carol")
    with pytest.raises(ImpossibleError, match="does not see"):
        await outsider.press(message, "press")
    with pytest.raises(ImpossibleError, match="0 controls"):
        await house.bob.press(message, "nothing")
    house.slack.change(house.bob, deleted=True)
    with pytest.raises(ImpossibleError, match="deactivated"):
        await house.bob.press(message, "press")
    assert ear.heard == []
    await outsider.press(message, "press", forged=True)
    assert len(ear.heard) == 1


async def test_buttons_of_one_name_are_told_apart_by_value(house: House) -> None:
    ear = await listening(house)
    rows = [pressable(value=value)[0] | {"block_id": value} for value in ("a", "b")]
    message = await message_with(house, rows)
    with pytest.raises(ImpossibleError, match="2 controls"):
        await house.bob.press(message, "press")
    await house.bob.press(message, "press", value="b")
    assert ear.heard[0]["actions"][0]["value"] == "b"


async def test_a_button_can_be_pressed_on_a_screen_that_lags_behind(house: House) -> None:
    ear = await listening(house)
    message = await message_with(house, pressable(value="old"))
    await house.client.chat_update(channel=house.general.id, ts=message.ts, text="decided", blocks=[])
    with pytest.raises(ImpossibleError):
        await house.bob.press(message, "press")
    await house.bob.press(message, "press", shown=message.faces[0])
    assert ear.heard[0]["actions"][0]["value"] == "old"


async def test_a_press_can_be_forged(house: House) -> None:
    ear = await listening(house)
    message = await message_with(house, pressable(value="mine"))

    def forge(payload: Json) -> Json:
        action = payload["actions"][0] | {"value": "somebody-elses"}
        return payload | {"actions": [action], "user": payload["user"] | {"id": "U9NOBODY"}}

    await house.bob.press(message, "press", change=forge)
    assert ear.heard[0]["actions"][0]["value"] == "somebody-elses"
    assert ear.heard[0]["user"]["id"] == "U9NOBODY"


async def test_any_payload_can_be_injected(house: House) -> None:
    ear = await listening(house)
    delivery = await house.slack.send("slash_commands", {"command": "/hey", "text": "raw"})
    assert delivery.acked
    assert ear.heard[0]["text"] == "raw"
