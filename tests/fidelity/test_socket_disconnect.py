"""Socket Mode's `disconnect`, compared with its page and a recorded one.

https://docs.slack.dev/apis/events-api/using-socket-mode; recorded: python-slack-sdk,
`mock_socket_mode_server.py`.
"""

import pytest

from slack_emulator.sockets import MOST_CONNECTIONS
from tests.fidelity.shapes import APP, TEXT, WHOLE, Doc, assert_fits, exactly
from tests.fidelity.socket_connection import connected
from tests.slack_emulator.harness import EmulatorHarness


def disconnect(reason: str) -> Doc:
    return Doc(
        {"type": exactly("disconnect"), "reason": exactly(reason), "debug_info": Doc({"host": TEXT})},
        {"num_connections": WHOLE, "connection_info": Doc({"app_id": APP})},
    )


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_a_connection_that_will_end_is_told_why(emulator: EmulatorHarness, reason: str) -> None:
    async with connected(emulator) as (wire, _):
        await emulator.slack.refresh_sockets(reason)
        assert_fits(await wire.receive_json(timeout=60), disconnect(reason))
        assert not wire.closed, "what runs can still be acknowledged on it"


async def test_the_eleventh_connection_is_told_why_it_cannot_stay(emulator: EmulatorHarness) -> None:
    """The page: "up to 10 simultaneous WebSocket connections"."""
    assert MOST_CONNECTIONS == 10
    wires = []
    for _ in range(MOST_CONNECTIONS):
        url = (await emulator.raw("apps.connections.open", token=emulator.slack.app_token))["url"]
        wires.append(await emulator.session.ws_connect(url))
    await emulator.slack.connected(MOST_CONNECTIONS)
    async with connected(emulator) as (_, goodbye):
        assert_fits(goodbye, disconnect("too_many_websockets"))
    for wire in wires:
        await wire.close()
