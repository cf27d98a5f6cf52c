"""`block_actions` from a message, compared with its page and recorded ones.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload; recorded: java-slack-sdk,
`BlockActionPayloadTest` and `EnvelopeTest`; bolt-python, `test_block_actions.py`.
"""

import pytest

from slack_emulator import Json, Message
from tests.fidelity.objects import MESSAGE
from tests.fidelity.payloads import (
    ACTED,
    BUTTON_ACTION,
    OPTION,
    STATE,
    choice_action,
    interaction,
    on_a_message,
)
from tests.fidelity.shapes import URL, Doc, Many, What, assert_fits
from tests.fidelity.socket_connection import button, payload_of, row
from tests.slack_emulator.harness import EmulatorHarness


def pressed(action: What) -> Doc:
    always: dict[str, What] = {
        "message": MESSAGE,
        "state": STATE,
        "response_url": URL,
        "actions": Many(action),
    }
    return interaction("block_actions", {**on_a_message(ephemeral=False), **ACTED, **always})


CONFIRM = {
    "title": {"type": "plain_text", "text": "Sure?"},
    "text": {"type": "plain_text", "text": "Really"},
    "confirm": {"type": "plain_text", "text": "Yes"},
    "deny": {"type": "plain_text", "text": "No"},
}
ONE = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}


async def posted(emulator: EmulatorHarness, *elements: Json, **more: object) -> Message:
    await emulator.post("press it", blocks=[row(*elements)], **more)
    return emulator.slack.messages(emulator.general)[-1]


async def test_a_pressed_button_has_the_documented_fields(emulator: EmulatorHarness) -> None:
    message = await posted(emulator, button())
    payload = await payload_of(emulator, emulator.bob.press(message, "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == message.ts
    assert payload["state"] == {"values": {}}
    assert len(payload["actions"]) == 1
    assert "style" not in payload["actions"][0]


async def test_a_button_tells_of_its_style_and_confirm_dialog(emulator: EmulatorHarness) -> None:
    message = await posted(emulator, button(style="danger", confirm=CONFIRM))
    payload = await payload_of(emulator, emulator.bob.press(message, "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["actions"][0]["style"] == "danger"
    assert payload["actions"][0]["confirm"]["title"]["text"] == "Sure?"


async def test_a_press_in_a_thread_names_the_thread(emulator: EmulatorHarness) -> None:
    parent = await emulator.post("parent")
    message = await posted(emulator, button(), thread_ts=parent)
    payload = await payload_of(emulator, emulator.bob.press(message, "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["container"]["thread_ts"] == payload["message"]["thread_ts"] == parent


async def test_a_choice_is_told_as_action_and_as_state(emulator: EmulatorHarness) -> None:
    select = {"type": "static_select", "action_id": "press", "options": [ONE]}
    payload = await payload_of(
        emulator, emulator.bob.press(await posted(emulator, select), "press", choose="1")
    )
    assert_fits(payload, pressed(choice_action("static_select", "selected_option", OPTION)))
    held = payload["state"]["values"]["row"]["press"]
    assert held["selected_option"]["value"] == payload["actions"][0]["selected_option"]["value"] == "1"


async def test_several_choices_are_a_list(emulator: EmulatorHarness) -> None:
    select = {"type": "multi_static_select", "action_id": "press", "options": [ONE]}
    payload = await payload_of(
        emulator, emulator.bob.press(await posted(emulator, select), "press", choose=["1"])
    )
    assert_fits(payload, pressed(choice_action("multi_static_select", "selected_options", Many(OPTION))))


async def test_the_state_has_all_that_this_person_chose_in_the_message_until_they_reload(
    emulator: EmulatorHarness,
) -> None:
    """The page: `state` is "the current state of stateful components within the source message"."""
    select = {"type": "static_select", "action_id": "pick", "options": [ONE]}
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": [ONE]}
    message = await posted(emulator, select, boxes, button())
    await payload_of(emulator, emulator.bob.press(message, "pick", choose="1"))
    payload = await payload_of(emulator, emulator.bob.press(message, "boxes", choose=["1"]))
    assert_fits(payload, pressed(choice_action("checkboxes", "selected_options", Many(OPTION))))
    for presser, chosen in ((emulator.bob, ["1", "1"]), (emulator.alice, [])):
        payload = await payload_of(emulator, presser.press(message, "press"))
        assert values_of(payload["state"]["values"]["row"]) == chosen
    emulator.bob.reload()
    payload = await payload_of(emulator, emulator.bob.press(message, "press"))
    assert values_of(payload["state"]["values"]["row"]) == []


def values_of(held: Json) -> list[str]:
    one, many = held["pick"]["selected_option"], held["boxes"]["selected_options"]
    return [option["value"] for option in [*([one] if one else []), *many]]


@pytest.mark.parametrize("kind", ["radio_buttons", "static_select"])
async def test_one_of_several_is_told_with_its_option(emulator: EmulatorHarness, kind: str) -> None:
    element = {"type": kind, "action_id": "press", "options": [ONE]}
    payload = await payload_of(
        emulator, emulator.bob.press(await posted(emulator, element), "press", choose="1")
    )
    assert_fits(payload, pressed(choice_action(kind, "selected_option", OPTION)))


async def test_a_menu_is_an_action_without_a_state(emulator: EmulatorHarness) -> None:
    menu = {"type": "overflow", "action_id": "press", "options": [ONE]}
    payload = await payload_of(
        emulator, emulator.bob.press(await posted(emulator, menu), "press", choose="1")
    )
    assert_fits(payload, pressed(choice_action("overflow", "selected_option", OPTION)))
    assert payload["state"] == {"values": {}}


async def test_in_a_dm_the_channel_is_called_directmessage(emulator: EmulatorHarness) -> None:
    """Recorded: java-slack-sdk, `BlockActionPayloadTest`."""
    dm = (await emulator.raw("conversations.open", users=emulator.alice.id))["channel"]["id"]
    await emulator.raw("chat.postMessage", channel=dm, text="x", blocks=[row(button())])
    payload = await payload_of(emulator, emulator.alice.press(emulator.alice.sees()[0], "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["channel"] == {"id": dm, "name": "directmessage"}


async def test_on_enterprise_grid_the_user_names_any_workspace_and_the_team_ours(
    emulator: EmulatorHarness,
) -> None:
    """The first is recorded in slackapi/bolt-js#1875, the rest in slackapi/bolt-python's test data."""
    grid = emulator.slack.add_person(
        "grid", enterprise_id="E0ORG", teams=("T0SISTER", emulator.slack.team_id)
    )
    grid.member.acts_from = "T0SISTER"
    emulator.slack.join(grid, emulator.general)
    payload = await payload_of(emulator, grid.press(await posted(emulator, button()), "press"))
    assert payload["user"]["team_id"] == "T0SISTER"
    assert payload["team"]["id"] == emulator.slack.team_id
    assert payload["team"]["enterprise_id"] == payload["enterprise"]["id"] == "E0ORG"


async def test_from_another_workspace_user_and_team_are_that_workspaces(emulator: EmulatorHarness) -> None:
    """Slack Connect, recorded: bolt-python, `test_view_submission.py`, `connect_channel_payload`."""
    external = emulator.slack.add_person("external", team_id="T0ELSEWHERE")
    emulator.slack.join(external, emulator.general)
    payload = await payload_of(emulator, external.press(await posted(emulator, button()), "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["user"]["team_id"] == payload["team"]["id"] == "T0ELSEWHERE"
    assert payload["message"]["team"] == emulator.slack.team_id
