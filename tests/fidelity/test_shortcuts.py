"""Global and message shortcuts, compared with their page.

https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload; recorded: bolt-python,
`test_shortcut.py`.
"""

import pytest

from slack_emulator import ImpossibleError
from tests.fidelity.objects import MESSAGE
from tests.fidelity.payloads import interaction
from tests.fidelity.shapes import CHANNEL, TEXT, TRIGGER, TS, URL, Doc, What, assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.app_views import modal
from tests.slack_emulator.harness import EmulatorHarness

_BOTH: dict[str, What] = {"callback_id": TEXT, "trigger_id": TRIGGER, "action_ts": TS}
GLOBAL = interaction("shortcut", _BOTH)
OF_A_MESSAGE = interaction(
    "message_action",
    {
        **_BOTH,
        "response_url": URL,
        "message_ts": TS,
        "channel": Doc({"id": CHANNEL, "name": TEXT}),
        "message": MESSAGE,
    },
)


async def test_a_global_shortcut_has_the_fields_and_opens_a_modal(
    emulator: EmulatorHarness,
) -> None:
    payload = await payload_of(emulator, emulator.alice.shortcut("new_task"))
    assert_fits(payload, GLOBAL)
    assert payload["callback_id"] == "new_task"
    await emulator.client.views_open(trigger_id=payload["trigger_id"], view=modal())
    assert emulator.alice.modal


async def test_a_message_shortcut_carries_the_message_and_can_be_answered(emulator: EmulatorHarness) -> None:
    await emulator.post("look at this")
    message = emulator.alice.find("look at this")
    assert message
    payload = await payload_of(emulator, emulator.alice.message_shortcut(message, "make_task"))
    assert_fits(payload, OF_A_MESSAGE)
    assert (payload["message_ts"], payload["message"]["text"]) == (message.ts, "look at this")
    async with emulator.session.post(payload["response_url"], json={"text": "done"}) as answer:
        assert answer.status == 200
    assert emulator.alice.find("done")
    assert not emulator.bob.find("done")


async def test_an_ephemeral_message_has_no_shortcuts(emulator: EmulatorHarness) -> None:
    await emulator.client.chat_postEphemeral(channel=emulator.general.id, user=emulator.alice.id, text="psst")
    message = emulator.alice.find("psst")
    assert message
    with pytest.raises(ImpossibleError):
        await emulator.alice.message_shortcut(message, "make_task")
