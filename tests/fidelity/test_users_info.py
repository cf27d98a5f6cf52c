"""`users.info`, compared with https://docs.slack.dev/reference/methods/users.info."""

import pytest

from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import DEACTIVATED_USER, USER_OBJECT, answered
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.house import House

METHOD = Documented(
    "users.info",
    answered({"user": USER_OBJECT}),
    frozenset({"too_many_users", "user_not_found", "user_not_visible"}),
)
OF_A_DEACTIVATED_ACCOUNT = answered({"user": DEACTIVATED_USER})

REFUSALS = [
    # Measured: kortix-ai/suna#6616. For other methods a missing argument is `invalid_arguments`.
    Refusal("user_not_found", "nobody is named", lambda _: {}),
    Refusal("user_not_found", "the name is empty", lambda _: {"user": ""}),
    Refusal("user_not_found", "there is nobody of that id", lambda _: {"user": "U9NOBODY"}),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(house: House, case: Refusal) -> None:
    await assert_refused(house, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(house: House) -> None:
    await assert_documented_whatever_is_sent(house, METHOD, {"user": house.alice.id})


async def test_a_person_and_a_bot_have_the_documented_fields(house: House) -> None:
    for user_id in (house.alice.id, house.slack.bot.id):
        assert_fits(await house.raw(METHOD.name, user=user_id), METHOD.answer)


async def test_a_locale_is_told_on_request_only(house: House) -> None:
    assert "locale" not in (await house.raw(METHOD.name, user=house.alice.id))["user"]
    answer = await house.raw(METHOD.name, user=house.alice.id, include_locale=True)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["locale"] == "en-US"


async def test_a_deactivated_account_has_no_role_flags_and_no_time_zone(house: House) -> None:
    house.slack.change(house.bob, deleted=True)
    answer = await house.raw(METHOD.name, user=house.bob.id)
    assert_fits(answer, OF_A_DEACTIVATED_ACCOUNT)
    assert answer["user"]["deleted"] is True


async def test_guests_are_marked_and_a_single_channel_guest_doubly(house: House) -> None:
    """https://docs.slack.dev/reference/objects/user-object: `is_restricted` is true of every guest."""
    guest = house.slack.add_person("guest", is_restricted=True)
    single = house.slack.add_person("single", is_ultra_restricted=True)
    flags = []
    for person in (guest, single):
        answer = await house.raw(METHOD.name, user=person.id)
        assert_fits(answer, METHOD.answer)
        flags.append((answer["user"]["is_restricted"], answer["user"]["is_ultra_restricted"]))
    assert flags == [(True, False), (True, True)]


async def test_an_external_person_is_a_stranger_only_while_no_channel_is_shared(house: House) -> None:
    """The same page: without the flag somebody may still be of another workspace; `team_id` tells."""
    external = house.slack.add_person("external", team_id="T0ELSEWHERE")
    answer = await house.raw(METHOD.name, user=external.id)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["is_stranger"] is True
    house.slack.join(external, house.general)
    answer = await house.raw(METHOD.name, user=external.id)
    assert "is_stranger" not in answer["user"]
    assert answer["user"]["team_id"] == "T0ELSEWHERE"


async def test_somebody_invited_is_marked(house: House) -> None:
    invited = house.slack.add_person("invited", is_invited_user=True)
    answer = await house.raw(METHOD.name, user=invited.id)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["is_invited_user"] is True


async def test_an_address_is_told_only_with_its_scope(house: House) -> None:
    """The page, "Email addresses": `users:read` is not enough."""
    house.alice.member.email = "alice@example.com"
    assert "email" not in (await house.raw(METHOD.name, user=house.alice.id))["user"]["profile"]
    house.slack.stage.scopes.append("users:read.email")
    answer = await house.raw(METHOD.name, user=house.alice.id)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["profile"]["email"] == "alice@example.com"


async def test_a_time_zone_is_told_by_its_name_with_its_distance_from_utc_now(house: House) -> None:
    """The page: `tz_offset` is in seconds; it moves with summer time (the clock stands in November 2023)."""
    berlin = house.slack.add_person("uwe", tz="Europe/Berlin", tz_label="Central European Time")
    user = (await house.raw(METHOD.name, user=berlin.id))["user"]
    assert (user["tz"], user["tz_label"], user["tz_offset"]) == (
        "Europe/Berlin",
        "Central European Time",
        3_600,
    )
    house.clock.advance(200 * 86_400)
    assert (await house.raw(METHOD.name, user=berlin.id))["user"]["tz_offset"] == 7_200
