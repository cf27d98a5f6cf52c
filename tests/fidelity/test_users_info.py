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
from tests.slack_emulator.harness import EmulatorHarness

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
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, {"user": emulator.alice.id})


async def test_a_person_and_a_bot_have_the_documented_fields(emulator: EmulatorHarness) -> None:
    for user_id in (emulator.alice.id, emulator.slack.bot.id):
        assert_fits(await emulator.raw(METHOD.name, user=user_id), METHOD.answer)


async def test_a_locale_is_told_on_request_only(emulator: EmulatorHarness) -> None:
    assert "locale" not in (await emulator.raw(METHOD.name, user=emulator.alice.id))["user"]
    answer = await emulator.raw(METHOD.name, user=emulator.alice.id, include_locale=True)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["locale"] == "en-US"


async def test_a_deactivated_account_has_no_role_flags_and_no_time_zone(emulator: EmulatorHarness) -> None:
    emulator.slack.change(emulator.bob, deleted=True)
    answer = await emulator.raw(METHOD.name, user=emulator.bob.id)
    assert_fits(answer, OF_A_DEACTIVATED_ACCOUNT)
    assert answer["user"]["deleted"] is True


async def test_guests_are_marked_and_a_single_channel_guest_doubly(emulator: EmulatorHarness) -> None:
    """https://docs.slack.dev/reference/objects/user-object: `is_restricted` is true of every guest."""
    guest = emulator.slack.add_person("guest", is_restricted=True)
    single = emulator.slack.add_person("single", is_ultra_restricted=True)
    flags = []
    for person in (guest, single):
        answer = await emulator.raw(METHOD.name, user=person.id)
        assert_fits(answer, METHOD.answer)
        flags.append((answer["user"]["is_restricted"], answer["user"]["is_ultra_restricted"]))
    assert flags == [(True, False), (True, True)]


async def test_an_external_person_is_a_stranger_only_while_no_channel_is_shared(
    emulator: EmulatorHarness,
) -> None:
    """The same page: without the flag somebody may still be of another workspace; `team_id` tells."""
    external = emulator.slack.add_person("external", team_id="T0ELSEWHERE")
    answer = await emulator.raw(METHOD.name, user=external.id)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["is_stranger"] is True
    emulator.slack.join(external, emulator.general)
    answer = await emulator.raw(METHOD.name, user=external.id)
    assert "is_stranger" not in answer["user"]
    assert answer["user"]["team_id"] == "T0ELSEWHERE"


async def test_somebody_invited_is_marked(emulator: EmulatorHarness) -> None:
    invited = emulator.slack.add_person("invited", is_invited_user=True)
    answer = await emulator.raw(METHOD.name, user=invited.id)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["is_invited_user"] is True


async def test_an_address_is_told_only_with_its_scope(emulator: EmulatorHarness) -> None:
    """The page, "Email addresses": `users:read` is not enough."""
    emulator.alice.member.email = "alice@example.com"
    assert "email" not in (await emulator.raw(METHOD.name, user=emulator.alice.id))["user"]["profile"]
    emulator.slack.state.scopes.append("users:read.email")
    answer = await emulator.raw(METHOD.name, user=emulator.alice.id)
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["profile"]["email"] == "alice@example.com"


async def test_a_time_zone_is_told_by_its_name_with_its_distance_from_utc_now(
    emulator: EmulatorHarness,
) -> None:
    """The page: `tz_offset` is in seconds; it moves with summer time (the clock stands in November 2023)."""
    berlin = emulator.slack.add_person("uwe", tz="Europe/Berlin", tz_label="Central European Time")
    user = (await emulator.raw(METHOD.name, user=berlin.id))["user"]
    assert (user["tz"], user["tz_label"], user["tz_offset"]) == (
        "Europe/Berlin",
        "Central European Time",
        3_600,
    )
    emulator.clock.advance(200 * 86_400)
    assert (await emulator.raw(METHOD.name, user=berlin.id))["user"]["tz_offset"] == 7_200
