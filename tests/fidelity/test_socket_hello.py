"""Socket Mode's `hello`, compared with its page and recorded ones.

https://docs.slack.dev/apis/events-api/using-socket-mode; recorded: java-slack-sdk, `EnvelopeTest`;
python-slack-sdk, `mock_socket_mode_server.py`.
"""

from tests.fidelity.shapes import APP, TEXT, WHOLE, Doc, assert_fits, exactly
from tests.fidelity.socket_connection import connected
from tests.slack_emulator.harness import EmulatorHarness

HELLO = Doc(
    {
        "type": exactly("hello"),
        "num_connections": WHOLE,
        "connection_info": Doc({"app_id": APP}),
        "debug_info": Doc({"host": TEXT, "build_number": WHOLE, "approximate_connection_time": WHOLE}),
    }
)


async def test_a_connection_begins_with_hello(emulator: EmulatorHarness) -> None:
    async with connected(emulator) as (_, hello):
        assert_fits(hello, HELLO)


async def test_it_counts_the_connections(emulator: EmulatorHarness) -> None:
    async with connected(emulator), connected(emulator) as (_, hello):
        assert hello["num_connections"] == 2
