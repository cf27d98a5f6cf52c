"""`conversations.members`, compared with https://docs.slack.dev/reference/methods/conversations.members."""

import pytest

from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import answered
from tests.fidelity.shapes import TEXT, USER, Doc, Many, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.house import House

METHOD = Documented(
    "conversations.members",
    answered({"members": Many(USER), "response_metadata": Doc({"next_cursor": TEXT})}),
    frozenset(
        {
            "channel_not_found",
            "fetch_members_failed",
            "invalid_cursor",
            "invalid_limit",
            "method_not_supported_for_channel_type",
        }
    ),
)
REFUSALS = [
    Refusal("invalid_arguments", "no channel is given", lambda _: {}),
    Refusal("channel_not_found", "it does not exist", lambda _: {"channel": "C9NOWHERE"}),
    Refusal("invalid_cursor", "it is made up", lambda h: {"channel": h.general.id, "cursor": "rubbish"}),
    Refusal("invalid_limit", "it is too high", lambda h: {"channel": h.general.id, "limit": 1_001}),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(house: House, case: Refusal) -> None:
    await assert_refused(house, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(house: House) -> None:
    good = {"channel": house.general.id, "limit": 10, "cursor": ""}
    await assert_documented_whatever_is_sent(house, METHOD, good)


async def test_a_page_has_ids_and_the_next_cursor(house: House) -> None:
    first = await house.raw(METHOD.name, channel=house.general.id, limit=2)
    assert_fits(first, METHOD.answer)
    assert first["members"] == [house.alice.id, house.bob.id]
    cursor = first["response_metadata"]["next_cursor"]
    last = await house.raw(METHOD.name, channel=house.general.id, limit=2, cursor=cursor)
    assert_fits(last, METHOD.answer)
    assert (last["members"], last["response_metadata"]) == ([house.slack.bot.id], {"next_cursor": ""})


async def test_a_page_has_100_members_unless_told_otherwise(house: House) -> None:
    crowd = house.slack.add_channel("crowd", [house.slack.add_person(f"p{n}") for n in range(101)])
    assert len((await house.raw(METHOD.name, channel=crowd.id))["members"]) == 100


async def test_a_public_channel_lists_its_members_to_a_bot_outside_it(house: House) -> None:
    elsewhere = house.slack.add_channel("elsewhere", [house.alice], with_bot=False)
    assert (await house.raw(METHOD.name, channel=elsewhere.id))["members"] == [house.alice.id]
