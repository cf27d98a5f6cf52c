"""`member_joined_channel`, compared with https://docs.slack.dev/reference/events/member_joined_channel."""

import pytest

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import CHANNEL, TEAM, USER, assert_fits, one_of
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

JOINED = event_payload(
    "member_joined_channel",
    {"user": USER, "channel": CHANNEL, "channel_type": one_of("C", "G"), "team": TEAM},
    {"inviter": USER},
)


@pytest.mark.parametrize(("private", "kind"), [(False, "C"), (True, "G")])
async def test_the_event_names_who_and_where(emulator: EmulatorHarness, private: bool, kind: str) -> None:
    place = emulator.slack.add_channel("place", private=private)
    payload = await payload_of(emulator, emulator.slack.tell(emulator.slack.join(emulator.alice, place)))
    assert_fits(payload, JOINED)
    event = payload["event"]
    assert (event["user"], event["channel"], event["channel_type"]) == (emulator.alice.id, place.id, kind)
    assert event["team"] == emulator.slack.team_id
