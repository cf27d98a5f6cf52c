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
from tests.slack_emulator.harness import EmulatorHarness

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
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    good = {"channel": emulator.general.id, "limit": 10, "cursor": ""}
    await assert_documented_whatever_is_sent(emulator, METHOD, good)


async def test_a_page_has_ids_and_the_next_cursor(emulator: EmulatorHarness) -> None:
    first = await emulator.raw(METHOD.name, channel=emulator.general.id, limit=2)
    assert_fits(first, METHOD.answer)
    assert first["members"] == [emulator.alice.id, emulator.bob.id]
    cursor = first["response_metadata"]["next_cursor"]
    last = await emulator.raw(METHOD.name, channel=emulator.general.id, limit=2, cursor=cursor)
    assert_fits(last, METHOD.answer)
    assert (last["members"], last["response_metadata"]) == ([emulator.slack.bot.id], {"next_cursor": ""})


async def test_a_page_has_100_members_unless_told_otherwise(emulator: EmulatorHarness) -> None:
    crowd = emulator.slack.add_channel("crowd", [emulator.slack.add_person(f"p{n}") for n in range(101)])
    assert len((await emulator.raw(METHOD.name, channel=crowd.id))["members"]) == 100


async def test_a_public_channel_lists_its_members_to_a_bot_outside_it(emulator: EmulatorHarness) -> None:
    elsewhere = emulator.slack.add_channel("elsewhere", [emulator.alice], with_bot=False)
    assert (await emulator.raw(METHOD.name, channel=elsewhere.id))["members"] == [emulator.alice.id]
