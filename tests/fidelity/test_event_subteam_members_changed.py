"""`subteam_members_changed`, compared with https://docs.slack.dev/reference/events/subteam_members_changed."""

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import GROUP, TEAM, TEXT, USER, WHOLE, Many, assert_fits, either
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

COUNT = either(WHOLE, TEXT)  # text in the page's example, a number where it was recorded
CHANGED = event_payload(
    "subteam_members_changed",
    {"subteam_id": GROUP, "team_id": TEAM, "date_previous_update": WHOLE, "date_update": WHOLE},
    {
        "added_users": Many(USER),
        "added_users_count": COUNT,
        "removed_users": Many(USER),
        "removed_users_count": COUNT,
    },
)


async def test_the_event_names_who_came_and_who_went_and_when_it_changed_before(
    emulator: EmulatorHarness,
) -> None:
    group = emulator.slack.add_group("on-call", [emulator.alice])
    made = int(emulator.clock())
    emulator.clock.advance(10)
    payload = await payload_of(
        emulator, emulator.slack.tell(emulator.slack.add_to_group(emulator.bob, group))
    )
    assert_fits(payload, CHANGED)
    event = payload["event"]
    assert (event["subteam_id"], event["added_users"], event["removed_users"]) == (
        group.id,
        [emulator.bob.id],
        [],
    )
    assert (event["date_previous_update"], event["date_update"]) == (made, made + 10)
    payload = await payload_of(
        emulator, emulator.slack.tell(emulator.slack.remove_from_group(emulator.alice, group))
    )
    assert_fits(payload, CHANGED)
    assert payload["event"]["removed_users"] == [emulator.alice.id]
    assert group.members == [emulator.bob.id]
