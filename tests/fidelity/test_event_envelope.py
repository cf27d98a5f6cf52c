"""What surrounds an event, compared with https://docs.slack.dev/apis/events-api."""

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

ANY = event_payload("app_uninstalled", {})


async def test_the_outer_payload_has_the_documented_fields(emulator: EmulatorHarness) -> None:
    payload = await payload_of(emulator, emulator.slack.tell({"type": "app_uninstalled"}))
    assert_fits(payload, ANY)
    [authorization] = payload["authorizations"]
    assert authorization["user_id"] == emulator.slack.bot.id
    assert payload["team_id"] == authorization["team_id"] == emulator.slack.team_id


async def test_each_event_has_an_id_of_its_own(emulator: EmulatorHarness) -> None:
    """`event_id`: "a unique identifier for this specific event, globally unique across all workspaces"."""
    payloads = [
        await payload_of(emulator, emulator.slack.tell({"type": "app_uninstalled"})) for _ in range(3)
    ]
    assert len({payload["event_id"] for payload in payloads}) == 3


async def test_an_event_of_a_shared_channel_says_so(emulator: EmulatorHarness) -> None:
    """`is_ext_shared_channel`: whether it happened in a channel shared with another workspace."""
    carol = emulator.slack.add_person("carol")
    before = await payload_of(emulator, emulator.slack.tell(emulator.slack.join(carol, emulator.general)))
    emulator.slack.share(emulator.general)
    after = await payload_of(emulator, emulator.slack.tell(emulator.slack.leave(carol, emulator.general)))
    assert (before["is_ext_shared_channel"], after["is_ext_shared_channel"]) == (False, True)
