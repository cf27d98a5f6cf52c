"""Socket Mode's envelope of an interaction, compared with its page and recorded ones.

https://docs.slack.dev/apis/events-api/using-socket-mode; recorded: java-slack-sdk, `EnvelopeTest`;
python-slack-sdk, `mock_socket_mode_server.py`: `accepts_response_payload` is false for `block_actions`.
"""

from tests.fidelity.shapes import ANYTHING, FLAG, Doc, assert_fits, exactly
from tests.fidelity.socket_connection import button, envelope_of, row
from tests.fidelity.test_socket_slash_commands import ENVELOPE_ID
from tests.slack_emulator.app_views import SEARCH, modal, option, trigger
from tests.slack_emulator.harness import EmulatorHarness

ENVELOPE = Doc(
    {
        "envelope_id": ENVELOPE_ID,
        "type": exactly("interactive"),
        "accepts_response_payload": FLAG,
        "payload": ANYTHING,
    }
)


async def test_a_press_takes_no_answer_and_one_that_comes_is_passed_over(emulator: EmulatorHarness) -> None:
    await emulator.post("x", blocks=[row(button())])
    message = emulator.bob.sees(emulator.general)[0]
    envelope = await envelope_of(emulator, emulator.bob.press(message, "press"), {"text": "hello"})
    assert_fits(envelope, ENVELOPE)
    assert envelope["accepts_response_payload"] is False
    assert emulator.bob.find("hello") is None


async def test_a_form_and_a_search_take_an_answer_and_a_closed_view_does_not(
    emulator: EmulatorHarness,
) -> None:
    view = modal("Ask", SEARCH, notify_on_close=True)
    await emulator.client.views_open(trigger_id=trigger(emulator), view=view)
    assert emulator.alice.modal is not None
    options = {"options": [option("A")]}
    found = await envelope_of(emulator, emulator.alice.modal.suggest("search", "A"), options)
    errors = {"response_action": "errors", "errors": {"variable": "no"}}
    sent = await envelope_of(emulator, emulator.alice.modal.submit({"variable": option("A")}), errors)
    closed = await envelope_of(emulator, emulator.alice.modal.close())
    for envelope, answered in ((found, True), (sent, True), (closed, False)):
        assert_fits(envelope, ENVELOPE)
        assert envelope["accepts_response_payload"] is answered
