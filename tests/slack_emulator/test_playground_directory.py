"""People and channels as the Web API describes them."""

from typing import TYPE_CHECKING

import pytest

from tests.slack_emulator.house import House

if TYPE_CHECKING:
    from slack_emulator import Channel


async def test_a_member_has_role_flags_and_a_profile(house: House) -> None:
    user = (await house.client.users_info(user=house.alice.id))["user"]
    assert user["id"] == house.alice.id
    assert user["team_id"] == "T0PLAYGROUND"
    assert user["profile"]["real_name"] == "Alice Engineer"
    flags = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_admin")
    assert [user[flag] for flag in flags] == [False] * 5
    assert "is_stranger" not in user
    assert "email" not in user["profile"]


async def test_guests_strangers_and_invited_people_are_marked(house: House) -> None:
    guest = house.slack.add_person("guest", is_ultra_restricted=True)
    stranger = house.slack.add_person("stranger", team_id="T0OTHER")
    invited = house.slack.add_person("invited", is_invited_user=True)
    users = [(await house.client.users_info(user=one.id))["user"] for one in (guest, stranger, invited)]
    assert (users[0]["is_restricted"], users[0]["is_ultra_restricted"]) == (True, True)
    assert (users[1]["is_stranger"], users[1]["team_id"]) == (True, "T0OTHER")
    assert users[2]["is_invited_user"] is True


async def test_a_deactivated_person_has_no_role_flags(house: House) -> None:
    house.slack.change(house.bob, deleted=True)
    user = (await house.client.users_info(user=house.bob.id))["user"]
    assert user["deleted"] is True
    assert "is_restricted" not in user


async def test_unknown_people_are_not_found(house: House) -> None:
    assert (await house.refused("users.info", user="U9NOBODY"))["error"] == "user_not_found"
    assert (await house.refused("users.info"))["error"] == "user_not_found"


async def test_an_email_is_told_only_with_its_scope(house: House) -> None:
    house.alice.member.email = "alice@example.com"
    house.slack.stage.scopes.append("users:read.email")
    user = (await house.client.users_info(user=house.alice.id))["user"]
    assert user["profile"]["email"] == "alice@example.com"


async def test_a_channel_tells_how_far_it_is_shared(house: House) -> None:
    house.general.is_pending_ext_shared = True
    house.slack.share(house.general)
    answer = await house.client.conversations_info(channel=house.general.id, include_num_members=True)
    channel = answer["channel"]
    assert (channel["is_ext_shared"], channel["is_pending_ext_shared"]) == (True, True)
    assert (channel["is_member"], channel["is_private"], channel["num_members"]) == (True, False, 3)
    assert channel == house.slack.describe(house.general)


async def test_a_private_channel_is_there_only_for_members(house: House) -> None:
    inside = house.slack.add_channel("inside", private=True)
    outside = house.slack.add_channel("outside", private=True, with_bot=False)
    assert (await house.client.conversations_info(channel=inside.id))["channel"]["is_private"] is True
    for method in ("conversations.info", "conversations.members"):
        assert (await house.refused(method, channel=outside.id))["error"] == "channel_not_found"


@pytest.mark.parametrize("scope", ["channels:read", "groups:read", "im:read"])
async def test_reading_needs_the_scope_of_the_channels_kind(house: House, scope: str) -> None:
    dm = house.slack.stage.workspace.open_im("U0BOT", house.alice.id)
    places: dict[str, Channel] = {
        "channels:read": house.general,
        "groups:read": house.slack.add_channel("inside", private=True),
        "im:read": dm,
    }
    house.slack.stage.scopes[:] = [one for one in house.slack.stage.scopes if one != scope]
    answer = await house.refused("conversations.info", channel=places[scope].id)
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)


async def test_members_come_in_pages(house: House) -> None:
    people = [house.slack.add_person(f"p{number}") for number in range(23)]
    crowd = house.slack.add_channel("crowd", people, with_bot=False)
    found: list[str] = []
    sizes: list[int] = []
    async for page in await house.client.conversations_members(channel=crowd.id, limit=10):
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
async def test_bad_paging_is_refused(house: House, args: dict[str, object], error: str) -> None:
    answer = await house.refused("conversations.members", channel=house.general.id, **args)
    assert answer["error"] == error


async def test_opening_a_dm_twice_gives_the_same_one(house: House) -> None:
    assert house.slack.dm_of(house.alice) is None
    first = await house.client.conversations_open(users=house.alice.id)
    second = await house.client.conversations_open(users=house.alice.id, return_im=True)
    assert house.alice.dm is not None
    assert first["channel"] == {"id": house.alice.dm.id}
    assert (second["channel"]["id"], second["already_open"]) == (house.alice.dm.id, True)
    assert second["channel"]["user"] == house.alice.id


async def test_a_dm_is_seen_by_its_two_people_only(house: House) -> None:
    dm = (await house.client.conversations_open(users=house.alice.id))["channel"]["id"]
    await house.client.chat_postMessage(channel=dm, text="for alice")
    assert house.alice.find("for alice") is not None
    assert house.bob.find("for alice") is None


async def test_some_dms_cannot_be_opened(house: House) -> None:
    gone = house.slack.add_person("gone", deleted=True)
    robot = house.slack.add_person("robot", is_bot=True)
    both = f"{house.alice.id},{house.bob.id}"
    cases = {
        "": "users_list_not_supplied",
        "U9NOBODY": "user_not_found",
        gone.id: "user_disabled",
        robot.id: "cannot_dm_bot",
        both: "missing_scope",
    }
    answers = {users: (await house.refused("conversations.open", users=users))["error"] for users in cases}
    assert answers == cases
