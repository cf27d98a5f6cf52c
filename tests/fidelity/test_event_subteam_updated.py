"""`subteam_updated`, compared with https://docs.slack.dev/reference/events/subteam_updated."""

from tests.fidelity.events import event_payload
from tests.fidelity.objects import USER_GROUP
from tests.fidelity.shapes import assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

UPDATED = event_payload("subteam_updated", {"subteam": USER_GROUP})


async def test_a_disabled_group_comes_whole_with_the_time_of_its_end(emulator: EmulatorHarness) -> None:
    group = emulator.slack.add_group("on-call", [emulator.alice])
    payload = await payload_of(emulator, emulator.slack.tell(emulator.slack.disable(group)))
    assert_fits(payload, UPDATED)
    told = payload["event"]["subteam"]
    assert (told["id"], told["users"], told["user_count"]) == (group.id, [emulator.alice.id], 1)
    assert told["date_delete"] == int(emulator.clock())


async def test_the_members_of_a_large_group_are_cut_and_their_count_is_not(emulator: EmulatorHarness) -> None:
    """The page: "The users field is truncated at 500"."""
    crowd = [emulator.slack.add_person(f"p{number}") for number in range(501)]
    told = emulator.slack.enable(emulator.slack.add_group("everybody", crowd))["subteam"]
    assert (len(told["users"]), told["user_count"]) == (500, 501)
