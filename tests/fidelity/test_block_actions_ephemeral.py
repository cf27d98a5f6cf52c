"""`block_actions` from an ephemeral message, compared with recorded ones: all but the message is there.

Recorded: java-slack-sdk, `BlockActionPayloadTest` (`jsonWithState`, `jsonInThread`); bolt-python,
`test_block_actions.py`.
"""

from typing import Any

from tests.fidelity.payloads import ACTED, BUTTON_ACTION, STATE, interaction, on_a_message
from tests.fidelity.shapes import URL, Many, assert_fits
from tests.fidelity.socket_connection import button, payload_of, row
from tests.slack_emulator.harness import EmulatorHarness

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


async def test_a_press_carries_no_message(emulator: EmulatorHarness) -> None:
    seen: dict[str, Any] = {
        "channel": emulator.general.id,
        "user": emulator.bob.id,
        "text": "psst",
        "blocks": [row(button())],
    }
    stamp = (await emulator.raw("chat.postEphemeral", **seen))["message_ts"]
    payload = await payload_of(emulator, emulator.bob.press(emulator.bob.sees(emulator.general)[0], "press"))
    assert_fits(payload, PRESSED)
    assert "message" not in payload
    assert payload["container"]["message_ts"] == stamp


async def test_so_it_is_for_the_answer_to_a_command(emulator: EmulatorHarness) -> None:
    answer = {"text": "psst", "blocks": [row(button())]}
    await payload_of(emulator, emulator.bob.command("/hey", channel=emulator.general), answer)
    payload = await payload_of(emulator, emulator.bob.press(emulator.bob.sees(emulator.general)[0], "press"))
    assert_fits(payload, PRESSED)
