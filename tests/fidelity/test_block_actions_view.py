"""`block_actions` from a modal or home tab, compared with its page and recorded ones.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload; recorded: java-slack-sdk,
`BlockActionPayloadTest` (`jsonWithConfirm`); python-slack-sdk, `mock_socket_mode_server.py`.
"""

from tests.fidelity.ear import button, payload_of, row
from tests.fidelity.payloads import ACTED, BUTTON_ACTION, ON_A_VIEW, OPTION, choice_action, interaction
from tests.fidelity.shapes import Doc, Many, What, assert_fits
from tests.playground.desk import modal, trigger
from tests.playground.house import House


def pressed(action: What) -> Doc:
    return interaction("block_actions", {**ON_A_VIEW, **ACTED, "actions": Many(action)})


async def test_a_press_in_a_modal_carries_the_view_and_no_response_url(house: House) -> None:
    await house.client.views_open(trigger_id=trigger(house), view=modal("Ask", row(button())))
    assert house.alice.modal is not None
    payload = await payload_of(house, house.alice.modal.press("press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["container"]["view_id"] == payload["view"]["id"]


async def test_a_choice_in_a_modal_is_in_the_views_state_too(house: House) -> None:
    one = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}
    select = {"type": "static_select", "action_id": "pick", "options": [one]}
    await house.client.views_open(trigger_id=trigger(house), view=modal("Ask", row(select)))
    assert house.alice.modal is not None
    payload = await payload_of(house, house.alice.modal.press("pick", choose="1"))
    assert_fits(payload, pressed(choice_action("static_select", "selected_option", OPTION)))
    assert payload["view"]["state"]["values"]["row"]["pick"]["selected_option"]["value"] == "1"


async def test_a_home_tab_has_a_title_that_nobody_gave_it(house: House) -> None:
    """Recorded (`jsonWithConfirm`): "View Title"."""
    await house.client.views_publish(user_id=house.alice.id, view={"type": "home", "blocks": [row(button())]})
    assert house.alice.home is not None
    payload = await payload_of(house, house.alice.home.press("press"))
    assert_fits(payload, pressed(BUTTON_ACTION))
    assert payload["view"]["type"] == "home"
    assert payload["view"]["title"]["text"] == "View Title"
