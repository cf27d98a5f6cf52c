"""Slash commands and presses: payload shapes, typed text, and what people may not do."""

from typing import Any

import pytest

from slack_emulator import ImpossibleError, Json, Message
from slack_emulator.escaping import as_sent
from tests.slack_emulator.harness import EmulatorHarness


class Ear:
    """A bot that keeps what it hears and answers with what it is given."""

    def __init__(self, emulator: EmulatorHarness) -> None:
        self.heard: list[Json] = []
        self.answer: Json = {}
        self.app = emulator.app()
        self.app.command("/hey")(self._hear)
        self.app.action("press")(self._hear)

    async def _hear(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        await ack(**self.answer)


async def listening(emulator: EmulatorHarness) -> Ear:
    ear = Ear(emulator)
    await emulator.connect(ear.app)
    return ear


def pressable(**more: Any) -> list[Json]:
    button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}, **more}
    return [{"type": "actions", "block_id": "row", "elements": [button]}]


async def message_with(emulator: EmulatorHarness, blocks: list[Json]) -> Message:
    await emulator.post("press it", blocks=blocks)
    return emulator.bob.sees(emulator.general)[-1]


async def test_a_command_has_exactly_slacks_fields(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    await emulator.alice.command("/hey", "you", channel=emulator.general)
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


async def test_only_a_public_channel_tells_its_name(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    private = emulator.slack.add_channel("plans", [emulator.alice], private=True)
    between = emulator.slack.add_dm(emulator.alice, emulator.bob)
    for channel in (private, between, None):
        await emulator.alice.command("/hey", channel=channel)
    names = [body["channel_name"] for body in ear.heard]
    assert names == ["privategroup", "directmessage", "directmessage"]
    assert ear.heard[1]["channel_id"] == between.id


async def test_the_answer_is_seen_only_where_and_by_whom_it_was_asked(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    ear.answer = {"text": "just you", "blocks": [{"type": "divider"}]}
    reply = await emulator.alice.command("/hey", channel=emulator.general)
    assert (reply.text, [block["type"] for block in reply.blocks]) == ("just you", ["divider"])
    assert emulator.alice.sees(emulator.general) == [reply.message]
    assert emulator.bob.sees(emulator.general) == []


async def test_an_answer_in_channel_is_seen_by_all(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    ear.answer = {"text": "everybody", "response_type": "in_channel"}
    await emulator.alice.command("/hey", channel=emulator.general)
    assert [message.text for message in emulator.bob.sees(emulator.general)] == ["everybody"]


async def test_an_empty_acknowledgement_shows_nothing(emulator: EmulatorHarness) -> None:
    await listening(emulator)
    reply = await emulator.alice.command("/hey", channel=emulator.general)
    assert (reply.message, reply.error, reply.text) == (None, None, "")


async def test_bad_blocks_in_an_acknowledgement_are_an_error_for_the_person(
    emulator: EmulatorHarness,
) -> None:
    ear = await listening(emulator)
    ear.answer = {"blocks": [{"type": "riddle"}]}
    reply = await emulator.alice.command("/hey", channel=emulator.general)
    assert reply.error is not None
    assert reply.error.startswith("invalid_blocks")
    assert reply.message is None


async def test_without_a_bot_the_person_sees_slacks_own_error(emulator: EmulatorHarness) -> None:
    assert (await emulator.alice.command("/hey")).error == "dispatch_failed"


async def test_an_unknown_command_is_never_acknowledged(emulator: EmulatorHarness) -> None:
    emulator.slack.dispatcher.patience = 0.05
    await listening(emulator)
    assert (await emulator.alice.command("/unheard")).error == "operation_timeout"


async def test_strangers_and_deactivated_people_cannot_type_commands(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    stranger = emulator.slack.add_person("stranger", team_id="T0OTHER")
    emulator.slack.change(emulator.bob, deleted=True)
    for person in (stranger, emulator.bob):
        with pytest.raises(ImpossibleError, match="cannot use"):
            await person.command("/hey")
    with pytest.raises(ImpossibleError, match="is not in"):
        await emulator.alice.command("/hey", channel=emulator.slack.add_channel("elsewhere"))
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
def test_typed_text_arrives_escaped_and_linked(emulator: EmulatorHarness, typed: str, sent: str) -> None:
    group = emulator.slack.add_group("on-call")
    emulator.slack.disable(emulator.slack.add_group("gone"))
    expected = sent.format(bob=emulator.bob.id, general=emulator.general.id, group=group.id)
    assert as_sent(typed, emulator.slack.state.workspace) == expected


async def test_a_press_has_slacks_fields(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    message = await message_with(emulator, pressable(value="v", style="primary"))
    await emulator.bob.press(message, "press")
    [body] = ear.heard
    assert body["type"] == "block_actions"
    assert body["user"] == {
        "id": emulator.bob.id,
        "username": "bob",
        "name": "bob",
        "team_id": "T0PLAYGROUND",
    }
    assert body["team"] == {"id": "T0PLAYGROUND", "domain": "playground"}
    assert (body["enterprise"], body["is_enterprise_install"]) == (None, False)
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": emulator.general.id,
        "is_ephemeral": False,
    }
    assert body["container"] == container
    assert body["channel"] == {"id": emulator.general.id, "name": "general"}
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


async def test_a_press_on_an_ephemeral_message_carries_no_message(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    await emulator.client.chat_postEphemeral(
        channel=emulator.general.id, user=emulator.bob.id, text="psst", blocks=pressable()
    )
    await emulator.bob.press(emulator.bob.sees(emulator.general)[0], "Press")
    assert "message" not in ear.heard[0]
    assert ear.heard[0]["container"]["is_ephemeral"] is True


async def test_a_choice_arrives_as_action_and_as_state(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    option = {"text": {"type": "plain_text", "text": "One hour"}, "value": "1h"}
    select = {"type": "static_select", "action_id": "press", "options": [option]}
    message = await message_with(emulator, [{"type": "actions", "block_id": "row", "elements": [select]}])
    await emulator.bob.press(message, "press", choose="One hour")
    [body] = ear.heard
    assert body["actions"][0]["selected_option"]["value"] == "1h"
    assert body["state"]["values"]["row"]["press"]["selected_option"]["value"] == "1h"


async def test_a_menu_choice_is_an_action_only(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    option = {"text": {"type": "plain_text", "text": "Cancel"}, "value": "c"}
    menu = {"type": "overflow", "action_id": "press", "options": [option]}
    section = {"type": "section", "text": {"type": "plain_text", "text": "x"}, "accessory": menu}
    await emulator.bob.press(await message_with(emulator, [section]), "press", choose="c")
    assert ear.heard[0]["actions"][0]["selected_option"]["value"] == "c"
    assert ear.heard[0]["state"] == {"values": {}}


async def test_nobody_presses_what_they_do_not_see(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    message = await message_with(emulator, pressable())
    outsider = emulator.slack.add_person("carol")
    with pytest.raises(ImpossibleError, match="does not see"):
        await outsider.press(message, "press")
    with pytest.raises(ImpossibleError, match="0 controls"):
        await emulator.bob.press(message, "nothing")
    emulator.slack.change(emulator.bob, deleted=True)
    with pytest.raises(ImpossibleError, match="deactivated"):
        await emulator.bob.press(message, "press")
    assert ear.heard == []
    await outsider.press(message, "press", forged=True)
    assert len(ear.heard) == 1


async def test_buttons_of_one_name_are_told_apart_by_value(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    rows = [pressable(value=value)[0] | {"block_id": value} for value in ("a", "b")]
    message = await message_with(emulator, rows)
    with pytest.raises(ImpossibleError, match="2 controls"):
        await emulator.bob.press(message, "press")
    await emulator.bob.press(message, "press", value="b")
    assert ear.heard[0]["actions"][0]["value"] == "b"


async def test_a_button_can_be_pressed_on_a_screen_that_lags_behind(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    message = await message_with(emulator, pressable(value="old"))
    await emulator.client.chat_update(channel=emulator.general.id, ts=message.ts, text="decided", blocks=[])
    with pytest.raises(ImpossibleError):
        await emulator.bob.press(message, "press")
    await emulator.bob.press(message, "press", shown=message.revisions[0])
    assert ear.heard[0]["actions"][0]["value"] == "old"


async def test_a_press_can_be_forged(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    message = await message_with(emulator, pressable(value="mine"))

    def forge(payload: Json) -> Json:
        action = payload["actions"][0] | {"value": "somebody-elses"}
        return payload | {"actions": [action], "user": payload["user"] | {"id": "U9NOBODY"}}

    await emulator.bob.press(message, "press", change=forge)
    assert ear.heard[0]["actions"][0]["value"] == "somebody-elses"
    assert ear.heard[0]["user"]["id"] == "U9NOBODY"


async def test_any_payload_can_be_injected(emulator: EmulatorHarness) -> None:
    ear = await listening(emulator)
    delivery = await emulator.slack.send("slash_commands", {"command": "/hey", "text": "raw"})
    assert delivery.acked
    assert ear.heard[0]["text"] == "raw"
