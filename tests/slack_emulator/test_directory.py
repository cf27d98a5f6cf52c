"""People and channels as the Web API describes them."""

from typing import TYPE_CHECKING

import pytest

from tests.slack_emulator.harness import EmulatorHarness

if TYPE_CHECKING:
    from slack_emulator import Channel


async def test_a_member_has_role_flags_and_a_profile(emulator: EmulatorHarness) -> None:
    user = (await emulator.client.users_info(user=emulator.alice.id))["user"]
    assert user["id"] == emulator.alice.id
    assert user["team_id"] == "T0PLAYGROUND"
    assert user["profile"]["real_name"] == "Alice Engineer"
    flags = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_admin")
    assert [user[flag] for flag in flags] == [False] * 5
    assert "is_stranger" not in user
    assert "email" not in user["profile"]


async def test_guests_strangers_and_invited_people_are_marked(emulator: EmulatorHarness) -> None:
    guest = emulator.slack.add_person("guest", is_ultra_restricted=True)
    stranger = emulator.slack.add_person("stranger", team_id="T0OTHER")
    invited = emulator.slack.add_person("invited", is_invited_user=True)
    users = [(await emulator.client.users_info(user=one.id))["user"] for one in (guest, stranger, invited)]
    assert (users[0]["is_restricted"], users[0]["is_ultra_restricted"]) == (True, True)
    assert (users[1]["is_stranger"], users[1]["team_id"]) == (True, "T0OTHER")
    assert users[2]["is_invited_user"] is True


async def test_a_deactivated_person_has_no_role_flags(emulator: EmulatorHarness) -> None:
    emulator.slack.change(emulator.bob, deleted=True)
    user = (await emulator.client.users_info(user=emulator.bob.id))["user"]
    assert user["deleted"] is True
    assert "is_restricted" not in user


async def test_unknown_people_are_not_found(emulator: EmulatorHarness) -> None:
    assert (await emulator.refused("users.info", user="U9NOBODY"))["error"] == "user_not_found"
    assert (await emulator.refused("users.info"))["error"] == "user_not_found"


async def test_an_email_is_told_only_with_its_scope(emulator: EmulatorHarness) -> None:
    emulator.alice.member.email = "alice@example.com"
    emulator.slack.state.scopes.append("users:read.email")
    user = (await emulator.client.users_info(user=emulator.alice.id))["user"]
    assert user["profile"]["email"] == "alice@example.com"


async def test_a_channel_tells_how_far_it_is_shared(emulator: EmulatorHarness) -> None:
    emulator.general.is_pending_ext_shared = True
    emulator.slack.share(emulator.general)
    answer = await emulator.client.conversations_info(channel=emulator.general.id, include_num_members=True)
    channel = answer["channel"]
    assert (channel["is_ext_shared"], channel["is_pending_ext_shared"]) == (True, True)
    assert (channel["is_member"], channel["is_private"], channel["num_members"]) == (True, False, 3)
    assert channel == emulator.slack.describe(emulator.general)


async def test_a_private_channel_is_there_only_for_members(emulator: EmulatorHarness) -> None:
    inside = emulator.slack.add_channel("inside", private=True)
    outside = emulator.slack.add_channel("outside", private=True, with_bot=False)
    assert (await emulator.client.conversations_info(channel=inside.id))["channel"]["is_private"] is True
    for method in ("conversations.info", "conversations.members"):
        assert (await emulator.refused(method, channel=outside.id))["error"] == "channel_not_found"


@pytest.mark.parametrize("scope", ["channels:read", "groups:read", "im:read"])
async def test_reading_needs_the_scope_of_the_channels_kind(emulator: EmulatorHarness, scope: str) -> None:
    dm = emulator.slack.state.workspace.open_im("U0BOT", emulator.alice.id)
    places: dict[str, Channel] = {
        "channels:read": emulator.general,
        "groups:read": emulator.slack.add_channel("inside", private=True),
        "im:read": dm,
    }
    emulator.slack.state.scopes[:] = [one for one in emulator.slack.state.scopes if one != scope]
    answer = await emulator.refused("conversations.info", channel=places[scope].id)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)


async def test_members_come_in_pages(emulator: EmulatorHarness) -> None:
    people = [emulator.slack.add_person(f"p{number}") for number in range(23)]
    crowd = emulator.slack.add_channel("crowd", people, with_bot=False)
    found: list[str] = []
    sizes: list[int] = []
    async for page in await emulator.client.conversations_members(channel=crowd.id, limit=10):
        found += page["members"]
        sizes.append(len(page["members"]))
    assert found == [person.id for person in people]
    assert sizes == [10, 10, 3]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"cursor": "rubbish"}, "invalid_cursor"),
        ({"limit": 1001}, "invalid_limit"),
        ({"limit": "ten"}, "invalid_arguments"),
    ],
)
async def test_bad_paging_is_refused(emulator: EmulatorHarness, args: dict[str, object], error: str) -> None:
    answer = await emulator.refused("conversations.members", channel=emulator.general.id, **args)
    assert answer["error"] == error


async def test_opening_a_dm_twice_gives_the_same_one(emulator: EmulatorHarness) -> None:
    assert emulator.slack.dm_of(emulator.alice) is None
    first = await emulator.client.conversations_open(users=emulator.alice.id)
    second = await emulator.client.conversations_open(users=emulator.alice.id, return_im=True)
    assert emulator.alice.dm is not None
    assert first["channel"] == {"id": emulator.alice.dm.id}
    assert (second["channel"]["id"], second["already_open"]) == (emulator.alice.dm.id, True)
    assert second["channel"]["user"] == emulator.alice.id


async def test_a_dm_is_seen_by_its_two_people_only(emulator: EmulatorHarness) -> None:
    dm = (await emulator.client.conversations_open(users=emulator.alice.id))["channel"]["id"]
    await emulator.client.chat_postMessage(channel=dm, text="for alice")
    assert emulator.alice.find("for alice") is not None
    assert emulator.bob.find("for alice") is None


async def test_some_dms_cannot_be_opened(emulator: EmulatorHarness) -> None:
    gone = emulator.slack.add_person("gone", deleted=True)
    robot = emulator.slack.add_person("robot", is_bot=True)
    both = f"{emulator.alice.id},{emulator.bob.id}"
    cases = {
        "": "users_list_not_supplied",
        "U9NOBODY": "user_not_found",
        gone.id: "user_disabled",
        robot.id: "cannot_dm_bot",
        both: "missing_scope",
    }
    answers = {users: (await emulator.refused("conversations.open", users=users))["error"] for users in cases}
    assert answers == cases
