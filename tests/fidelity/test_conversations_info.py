"""`conversations.info`, compared with https://docs.slack.dev/reference/methods/conversations.info."""

import pytest

from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import DIRECT_MESSAGES, NAMED_CHANNEL, answered
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "conversations.info",
    answered({"channel": NAMED_CHANNEL}),
    frozenset({"channel_is_limited_access", "channel_not_found"}),
)
OF_A_DM = answered({"channel": DIRECT_MESSAGES})

REFUSALS = [
    Refusal("invalid_arguments", "no channel is given", lambda _: {}),
    Refusal("channel_not_found", "it is empty", lambda _: {"channel": ""}),
    Refusal("channel_not_found", "it is no id", lambda _: {"channel": "general"}),
    Refusal(
        "channel_not_found",
        "it is private and the bot is not in it",
        lambda h: {"channel": h.slack.add_channel("x", private=True, with_bot=False).id},
    ),
    Refusal(
        "channel_not_found",
        "it is a DM between two people",
        lambda h: {"channel": h.slack.add_dm(h.alice, h.bob).id},
    ),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, {"channel": emulator.general.id})


async def test_a_channel_has_the_documented_fields(emulator: EmulatorHarness) -> None:
    private = emulator.slack.add_channel("plans", private=True)
    elsewhere = emulator.slack.add_channel("elsewhere", with_bot=False)
    for place, member in ((emulator.general, True), (private, True), (elsewhere, False)):
        answer = await emulator.raw(METHOD.name, channel=place.id)
        assert_fits(answer, METHOD.answer)
        channel = answer["channel"]
        assert (channel["is_private"], channel["is_member"]) == (place is private, member)
        assert (channel["is_channel"], channel["is_group"]) == (True, False), "since March 2021"


async def test_the_number_of_members_is_told_on_request_only(emulator: EmulatorHarness) -> None:
    assert "num_members" not in (await emulator.raw(METHOD.name, channel=emulator.general.id))["channel"]
    answer = await emulator.raw(METHOD.name, channel=emulator.general.id, include_num_members=True)
    assert_fits(answer, METHOD.answer)
    assert answer["channel"]["num_members"] == 3


async def test_a_locale_is_told_on_request_only(emulator: EmulatorHarness) -> None:
    assert "locale" not in (await emulator.raw(METHOD.name, channel=emulator.general.id))["channel"]
    answer = await emulator.raw(METHOD.name, channel=emulator.general.id, include_locale=True)
    assert_fits(answer, METHOD.answer)
    assert answer["channel"]["locale"] == "en-US"


async def test_a_dm_has_the_documented_fields(emulator: EmulatorHarness) -> None:
    emulator.slack.state.scopes.append("im:read")
    dm = (await emulator.raw("conversations.open", users=emulator.alice.id))["channel"]["id"]
    answer = await emulator.raw(METHOD.name, channel=dm, include_num_members=True)
    assert_fits(answer, OF_A_DM)
    assert answer["channel"]["num_members"] == 2


async def test_a_shared_channel_names_the_workspaces_it_is_shared_with(emulator: EmulatorHarness) -> None:
    emulator.slack.share(emulator.general, "T0ELSEWHERE")
    answer = await emulator.raw(METHOD.name, channel=emulator.general.id)
    assert_fits(answer, METHOD.answer)
    channel = answer["channel"]
    assert (channel["is_shared"], channel["is_ext_shared"]) == (True, True)
    assert channel["shared_team_ids"] == ["T0PLAYGROUND", "T0ELSEWHERE"]
