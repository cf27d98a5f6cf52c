"""Socket Mode's envelope of a command, compared with its page and recorded ones.

https://docs.slack.dev/apis/events-api/using-socket-mode; recorded: java-slack-sdk, `EnvelopeTest`.
"""

from tests.fidelity.shapes import TRUE, Doc, assert_fits, exactly, matching
from tests.fidelity.socket_connection import envelope_of
from tests.fidelity.test_slash_command import COMMAND
from tests.slack_emulator.harness import EmulatorHarness

ENVELOPE_ID = matching("a UUID", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ENVELOPE = Doc(
    {
        "envelope_id": ENVELOPE_ID,
        "type": exactly("slash_commands"),
        "accepts_response_payload": TRUE,
        "payload": COMMAND,
    }
)


async def test_a_command_comes_in_an_envelope_that_takes_an_answer(emulator: EmulatorHarness) -> None:
    answer = {"text": "hello"}
    envelope = await envelope_of(emulator, emulator.alice.command("/hey", channel=emulator.general), answer)
    assert_fits(envelope, ENVELOPE)
    assert emulator.alice.find("hello", emulator.general) is not None
