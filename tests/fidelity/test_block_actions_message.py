"""`block_actions` from a message, compared with its page and recorded ones.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload; recorded: java-slack-sdk,
`BlockActionPayloadTest` and `EnvelopeTest`; bolt-python, `test_block_actions.py`.
"""

import pytest

from slack_emulator import Json, Message
from tests.fidelity.ear import button, payload_of, row
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
from tests.slack_emulator.house import House


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


async def posted(house: House, *elements: Json, **more: object) -> Message:
    await house.post("press it", blocks=[row(*elements)], **more)
    return house.slack.messages(house.general)[-1]


async def test_a_pressed_button_has_the_documented_fields(house: House) -> None:
    message = await posted(house, button())
    payload = await payload_of(house, house.bob.press(message, "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == message.ts
    assert payload["state"] == {"values": {}}
    assert len(payload["actions"]) == 1
    assert "style" not in payload["actions"][0]


async def test_a_button_tells_of_its_style_and_confirm_dialog(house: House) -> None:
    message = await posted(house, button(style="danger", confirm=CONFIRM))
    payload = await payload_of(house, house.bob.press(message, "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["actions"][0]["style"] == "danger"
    assert payload["actions"][0]["confirm"]["title"]["text"] == "Sure?"


async def test_a_press_in_a_thread_names_the_thread(house: House) -> None:
    parent = await house.post("parent")
    message = await posted(house, button(), thread_ts=parent)
    payload = await payload_of(house, house.bob.press(message, "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["container"]["thread_ts"] == payload["message"]["thread_ts"] == parent


async def test_a_choice_is_told_as_action_and_as_state(house: House) -> None:
    select = {"type": "static_select", "action_id": "press", "options": [ONE]}
    payload = await payload_of(house, house.bob.press(await posted(house, select), "press", choose="1"))
    assert_fits(payload, pressed(choice_action("static_select", "selected_option", OPTION)))
    held = payload["state"]["values"]["row"]["press"]
    assert held["selected_option"]["value"] == payload["actions"][0]["selected_option"]["value"] == "1"


async def test_several_choices_are_a_list(house: House) -> None:
    select = {"type": "multi_static_select", "action_id": "press", "options": [ONE]}
    payload = await payload_of(house, house.bob.press(await posted(house, select), "press", choose=["1"]))
    assert_fits(payload, pressed(choice_action("multi_static_select", "selected_options", Many(OPTION))))


async def test_the_state_has_all_that_this_person_chose_in_the_message_until_they_reload(
    house: House,
) -> None:
    """The page: `state` is "the current state of stateful components within the source message"."""
    select = {"type": "static_select", "action_id": "pick", "options": [ONE]}
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": [ONE]}
    message = await posted(house, select, boxes, button())
    await payload_of(house, house.bob.press(message, "pick", choose="1"))
    payload = await payload_of(house, house.bob.press(message, "boxes", choose=["1"]))
    assert_fits(payload, pressed(choice_action("checkboxes", "selected_options", Many(OPTION))))
    for presser, chosen in ((house.bob, ["1", "1"]), (house.alice, [])):
        payload = await payload_of(house, presser.press(message, "press"))
        assert values_of(payload["state"]["values"]["row"]) == chosen
    house.bob.reload()
    payload = await payload_of(house, house.bob.press(message, "press"))
    assert values_of(payload["state"]["values"]["row"]) == []


def values_of(held: Json) -> list[str]:
    one, many = held["pick"]["selected_option"], held["boxes"]["selected_options"]
    return [option["value"] for option in [*([one] if one else []), *many]]


@pytest.mark.parametrize("kind", ["radio_buttons", "static_select"])
async def test_one_of_several_is_told_with_its_option(house: House, kind: str) -> None:
    element = {"type": kind, "action_id": "press", "options": [ONE]}
    payload = await payload_of(house, house.bob.press(await posted(house, element), "press", choose="1"))
    assert_fits(payload, pressed(choice_action(kind, "selected_option", OPTION)))


async def test_a_menu_is_an_action_without_a_state(house: House) -> None:
    menu = {"type": "overflow", "action_id": "press", "options": [ONE]}
    payload = await payload_of(house, house.bob.press(await posted(house, menu), "press", choose="1"))
    assert_fits(payload, pressed(choice_action("overflow", "selected_option", OPTION)))
    assert payload["state"] == {"values": {}}


async def test_in_a_dm_the_channel_is_called_directmessage(house: House) -> None:
    """Recorded: java-slack-sdk, `BlockActionPayloadTest`."""
    dm = (await house.raw("conversations.open", users=house.alice.id))["channel"]["id"]
    await house.raw("chat.postMessage", channel=dm, text="x", blocks=[row(button())])
    payload = await payload_of(house, house.alice.press(house.alice.sees()[0], "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["channel"] == {"id": dm, "name": "directmessage"}


async def test_on_enterprise_grid_the_user_names_any_workspace_and_the_team_ours(
    house: House,
) -> None:
    """The first is recorded in slackapi/bolt-js#1875, the rest in slackapi/bolt-python's test data."""
    grid = house.slack.add_person("grid", enterprise_id="E0ORG", teams=("T0SISTER", house.slack.team_id))
    grid.member.acts_from = "T0SISTER"
    house.slack.join(grid, house.general)
    payload = await payload_of(house, grid.press(await posted(house, button()), "press"))
    assert payload["user"]["team_id"] == "T0SISTER"
    assert payload["team"]["id"] == house.slack.team_id
    assert payload["team"]["enterprise_id"] == payload["enterprise"]["id"] == "E0ORG"


async def test_from_another_workspace_user_and_team_are_that_workspaces(house: House) -> None:
    """Slack Connect, recorded: bolt-python, `test_view_submission.py`, `connect_channel_payload`."""
    external = house.slack.add_person("external", team_id="T0ELSEWHERE")
    house.slack.join(external, house.general)
    payload = await payload_of(house, external.press(await posted(house, button()), "press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["user"]["team_id"] == payload["team"]["id"] == "T0ELSEWHERE"
    assert payload["message"]["team"] == house.slack.team_id
