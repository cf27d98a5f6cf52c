"""`block_actions` from an ephemeral message, compared with recorded ones: all but the message is there.

Recorded: java-slack-sdk, `BlockActionPayloadTest` (`jsonWithState`, `jsonInThread`); bolt-python,
`test_block_actions.py`.
"""

from typing import Any

from tests.fidelity.ear import button, payload_of, row
from tests.fidelity.payloads import ACTED, BUTTON_ACTION, STATE, interaction, on_a_message
from tests.fidelity.shapes import URL, Many, assert_fits
from tests.slack_emulator.house import House

PRESSED = interaction(
    "block_actions",
    {
        **on_a_message(ephemeral=True),
        **ACTED,
        "state": STATE,
        "response_url": URL,
        "actions": Many(BUTTON_ACTION),
    },
)


async def test_a_press_carries_no_message(house: House) -> None:
    seen: dict[str, Any] = {
        "channel": house.general.id,
        "user": house.bob.id,
        "text": "psst",
        "blocks": [row(button())],
    }
    stamp = (await house.raw("chat.postEphemeral", **seen))["message_ts"]
    payload = await payload_of(house, house.bob.press(house.bob.sees(house.general)[0], "press"))
    assert_fits(payload, PRESSED)
    assert "message" not in payload
    assert payload["container"]["message_ts"] == stamp


async def test_so_it_is_for_the_answer_to_a_command(house: House) -> None:
    answer = {"text": "psst", "blocks": [row(button())]}
    await payload_of(house, house.bob.command("/hey", channel=house.general), answer)
    payload = await payload_of(house, house.bob.press(house.bob.sees(house.general)[0], "press"))
    assert_fits(payload, PRESSED)
