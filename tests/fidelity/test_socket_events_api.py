"""Socket Mode's envelope of an event, compared with its page and recorded ones.

https://docs.slack.dev/apis/events-api/using-socket-mode and https://docs.slack.dev/apis/events-api#retries;
recorded: java-slack-sdk, `EnvelopeTest`; python-slack-sdk, `mock_socket_mode_server.py`.
"""

import asyncio

from tests.fidelity.shapes import FALSE, TEXT, WHOLE, Doc, assert_fits, exactly
from tests.fidelity.socket_connection import connected, envelope_of
from tests.fidelity.test_event_app_uninstalled import UNINSTALLED
from tests.fidelity.test_socket_slash_commands import ENVELOPE_ID
from tests.slack_emulator.harness import EmulatorHarness

ENVELOPE = Doc(
    {
        "envelope_id": ENVELOPE_ID,
        "type": exactly("events_api"),
        "accepts_response_payload": FALSE,
        "payload": UNINSTALLED,
        "retry_attempt": WHOLE,
        "retry_reason": TEXT,
    }
)


async def test_an_event_comes_in_an_envelope_that_takes_no_answer(emulator: EmulatorHarness) -> None:
    envelope = await envelope_of(emulator, emulator.slack.tell({"type": "app_uninstalled"}))
    assert_fits(envelope, ENVELOPE)
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")


async def test_an_event_that_is_not_acknowledged_comes_three_times_more(emulator: EmulatorHarness) -> None:
    emulator.slack.dispatcher.patience = 0.02
    async with connected(emulator) as (wire, _):
        telling = asyncio.create_task(emulator.slack.tell({"type": "app_uninstalled"}))
        envelopes = [await wire.receive_json(timeout=60) for _ in range(4)]
        await telling
    for envelope in envelopes:
        assert_fits(envelope, ENVELOPE)
    assert [envelope["retry_attempt"] for envelope in envelopes] == [0, 1, 2, 3]
    assert [envelope["retry_reason"] for envelope in envelopes] == ["", "timeout", "timeout", "timeout"]
    assert len({envelope["payload"]["event_id"] for envelope in envelopes}) == 1
