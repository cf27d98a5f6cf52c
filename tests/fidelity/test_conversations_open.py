"""`conversations.open`, compared with https://docs.slack.dev/reference/methods/conversations.open."""

import pytest

from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import DIRECT_MESSAGES, answered
from tests.fidelity.shapes import DM, TRUE, Doc, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "conversations.open",
    answered({"channel": Doc({"id": DM})}, {"no_op": TRUE, "already_open": TRUE}),
    frozenset(
        {
            "channel_not_found",
            "invalid_user_combination",
            "method_not_supported_for_channel_type",
            "not_enough_users",
            "too_many_users",
            "user_disabled",
            "user_not_found",
            "user_not_visible",
            "users_list_not_supplied",
        }
    ),
    {"cannot_dm_bot": "measured and confirmed by Slack: HubSpot/slack-client#90"},
)
IN_FULL = answered({"channel": DIRECT_MESSAGES}, {"no_op": TRUE, "already_open": TRUE})

REFUSALS = [
    Refusal("users_list_not_supplied", "nobody is named", lambda _: {}),
    Refusal("users_list_not_supplied", "the list is empty", lambda _: {"users": ""}),
    Refusal("user_not_found", "there is nobody of that id", lambda _: {"users": "U9NOBODY"}),
    Refusal(
        "user_disabled",
        "the account is deactivated",
        lambda h: {"users": h.slack.add_person("gone", deleted=True).id},
    ),
    Refusal("cannot_dm_bot", "it is a bot", lambda h: {"users": h.slack.add_person("r", is_bot=True).id}),
    Refusal("too_many_users", "nine people", lambda _: {"users": ",".join(f"U{n}X" for n in range(9))}),
    Refusal("channel_not_found", "there is no such DM", lambda _: {"channel": "D9NOWHERE"}),
    Refusal("method_not_supported_for_channel_type", "it is a channel", lambda h: {"channel": h.general.id}),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(
        emulator, METHOD, {"users": emulator.alice.id, "return_im": True}
    )


async def test_only_the_id_is_told_unless_more_is_asked_for(emulator: EmulatorHarness) -> None:
    assert_fits(await emulator.raw(METHOD.name, users=emulator.alice.id), METHOD.answer)
    again = await emulator.raw(METHOD.name, users=emulator.alice.id, return_im=True)
    assert_fits(again, IN_FULL)
    assert again["channel"]["user"] == emulator.alice.id


async def test_a_dm_that_is_there_is_resumed_and_said_to_be_open(emulator: EmulatorHarness) -> None:
    first = await emulator.raw(METHOD.name, users=emulator.alice.id)
    assert "already_open" not in first
    for args in ({"users": emulator.alice.id}, {"channel": first["channel"]["id"]}):
        again = await emulator.raw(METHOD.name, **args)
        assert_fits(again, METHOD.answer)
        assert (again["channel"], again["already_open"]) == (first["channel"], True)


async def test_a_group_needs_its_own_scope(emulator: EmulatorHarness) -> None:
    answer = await emulator.refused(METHOD.name, users=f"{emulator.alice.id},{emulator.bob.id}")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "mpim:write")
