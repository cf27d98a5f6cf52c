"""`block_actions` from a modal or home tab, compared with its page and recorded ones.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload; recorded: java-slack-sdk,
`BlockActionPayloadTest` (`jsonWithConfirm`); python-slack-sdk, `mock_socket_mode_server.py`.
"""

import pytest

from slack_emulator import Json
from tests.fidelity.payloads import ACTED, BUTTON_ACTION, ON_A_VIEW, OPTION, choice_action, interaction
from tests.fidelity.shapes import Doc, Many, What, assert_fits
from tests.fidelity.socket_connection import button, payload_of, row
from tests.slack_emulator.app_views import modal, option, trigger
from tests.slack_emulator.harness import EmulatorHarness


def pressed(action: What) -> Doc:
    return interaction("block_actions", {**ON_A_VIEW, **ACTED, "actions": Many(action)})


async def test_a_press_in_a_modal_carries_the_view_and_no_response_url(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("Ask", row(button())))
    assert emulator.alice.modal is not None
    payload = await payload_of(emulator, emulator.alice.modal.press("press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["container"]["view_id"] == payload["view"]["id"]


async def test_a_choice_in_a_modal_is_in_the_views_state_too(emulator: EmulatorHarness) -> None:
    one = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}
    select = {"type": "static_select", "action_id": "pick", "options": [one]}
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("Ask", row(select)))
    assert emulator.alice.modal is not None
    payload = await payload_of(emulator, emulator.alice.modal.press("pick", choose="1"))
    assert_fits(payload, pressed(choice_action("static_select", "selected_option", OPTION)))
    assert payload["view"]["state"]["values"]["row"]["pick"]["selected_option"]["value"] == "1"


async def test_a_home_tab_has_a_title_that_nobody_gave_it(emulator: EmulatorHarness) -> None:
    """Recorded (`jsonWithConfirm`): "View Title"."""
    await emulator.client.views_publish(
        user_id=emulator.alice.id, view={"type": "home", "blocks": [row(button())]}
    )
    assert emulator.alice.home is not None
    payload = await payload_of(emulator, emulator.alice.home.press("press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["view"]["type"] == "home"
    assert payload["view"]["title"]["text"] == "View Title"


@pytest.mark.parametrize(
    ("kind", "field", "choose", "state"),
    [
        ("static_select", "selected_option", "1", {"selected_option": "1"}),
        ("radio_buttons", "selected_option", "1", {"selected_option": "1"}),
        ("checkboxes", "selected_options", ["1", "2"], {"selected_options": ["1", "2"]}),
        ("overflow", "selected_option", "2", None),
    ],
)
async def test_a_choice_on_the_home_tab_is_an_action_and_a_state_of_the_home_view(
    emulator: EmulatorHarness, kind: str, field: str, choose: object, state: Json | None
) -> None:
    element = {"type": kind, "action_id": "pick", "options": [option("1"), option("2")]}
    home = {"type": "home", "blocks": [row(element)], "private_metadata": "page 2"}
    published = (await emulator.client.views_publish(user_id=emulator.alice.id, view=home))["view"]
    assert emulator.alice.home is not None
    payload = await payload_of(emulator, emulator.alice.home.press("pick", choose=choose))
    what = Many(OPTION) if field.endswith("s") else OPTION
    assert_fits(payload, pressed(choice_action(kind, field, what)))
    view = payload["view"]
    assert (view["id"], view["hash"], view["private_metadata"]) == (
        published["id"],
        published["hash"],
        "page 2",
    )
    held = view["state"]["values"].get("row", {}).get("pick")
    assert (values(held, field) if held else None) == (state[field] if state else None)


def values(held: Json, field: str) -> object:
    chosen = held[field]
    return [one["value"] for one in chosen] if isinstance(chosen, list) else chosen["value"]


async def test_a_form_opens_from_the_home_tab(emulator: EmulatorHarness) -> None:
    """Its trigger id is one like any other."""
    await emulator.client.views_publish(
        user_id=emulator.alice.id, view={"type": "home", "blocks": [row(button())]}
    )
    assert emulator.alice.home is not None
    payload = await payload_of(emulator, emulator.alice.home.press("press"))
    await emulator.client.views_open(trigger_id=payload["trigger_id"], view=modal("Ask"))
    assert emulator.alice.modal is not None
    assert emulator.alice.home.is_open


async def test_an_option_that_was_taken_away_is_not_chosen_any_more(emulator: EmulatorHarness) -> None:
    """Assumed (bot/slack_emulator/README.md): else the app would hear of what nobody can see."""
    boxes = {"type": "checkboxes", "action_id": "pick", "options": [option("1"), option("2")]}
    radio = {"type": "radio_buttons", "action_id": "one", "options": [option("1"), option("2")]}
    home: Json = {"type": "home", "blocks": [row(boxes, radio, button())]}
    await emulator.client.views_publish(user_id=emulator.alice.id, view=home)
    assert emulator.alice.home is not None
    await payload_of(emulator, emulator.alice.home.press("pick", choose=["1", "2"]))
    await payload_of(emulator, emulator.alice.home.press("one", choose="1"))
    left = [{**element, "options": [option("2")]} for element in (boxes, radio)]
    await emulator.client.views_publish(
        user_id=emulator.alice.id, view={"type": "home", "blocks": [row(*left, button())]}
    )
    payload = await payload_of(emulator, emulator.alice.home.press("press"))
    held = payload["view"]["state"]["values"]["row"]
    assert values(held["pick"], "selected_options") == ["2"]
    assert held["one"]["selected_option"] is None
