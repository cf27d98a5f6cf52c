"""`conversations.list`, compared with https://docs.slack.dev/reference/methods/conversations.list."""

import pytest

from tests.fidelity.grid import org_wide
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import DIRECT_MESSAGES, NAMED_CHANNEL, answered
from tests.fidelity.shapes import TEXT, Doc, Many, assert_fits, either
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "conversations.list",
    answered(
        {
            "channels": Many(either(NAMED_CHANNEL, DIRECT_MESSAGES)),
            "response_metadata": Doc({"next_cursor": TEXT}),
        }
    ),
    frozenset(
        {
            "invalid_cursor",
            "invalid_limit",
            "invalid_types",
            "method_not_supported_for_channel_type",
            "missing_argument",
        }
    ),
)
REFUSALS = [
    Refusal("invalid_cursor", "it is made up", lambda _: {"cursor": "rubbish"}),
    Refusal("invalid_limit", "it is too high", lambda _: {"limit": 1_001}),
    Refusal("missing_argument", "an org-wide token without a workspace", org_wide),
    Refusal("invalid_types", "there is no such kind", lambda _: {"types": "public_channel,fax"}),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, {"limit": 10, "cursor": "", "types": ""})


async def test_kinds_are_listed_that_are_asked_for_and_seen(emulator: EmulatorHarness) -> None:
    emulator.slack.state.scopes.append("im:read")
    private = emulator.slack.add_channel("plans", [emulator.alice], private=True)
    emulator.slack.add_channel("hidden", [emulator.alice], private=True, with_bot=False)
    old = emulator.slack.add_channel("old", [emulator.alice], is_archived=True)
    dm = emulator.slack.state.workspace.open_im(emulator.slack.bot.id, emulator.alice.id)
    for args, channels in (
        ({}, [emulator.general.id, old.id]),
        ({"exclude_archived": "true"}, [emulator.general.id]),
        ({"types": "private_channel,im"}, [private.id, dm.id]),
    ):
        answer = await emulator.raw(METHOD.name, **args)
        assert_fits(answer, METHOD.answer)
        assert [channel["id"] for channel in answer["channels"]] == channels


async def test_a_page_names_the_next(emulator: EmulatorHarness) -> None:
    other = emulator.slack.add_channel("other")
    first = await emulator.raw(METHOD.name, limit=1)
    last = await emulator.raw(METHOD.name, limit=1, cursor=first["response_metadata"]["next_cursor"])
    assert [channel["id"] for channel in last["channels"]] == [other.id]
    assert last["response_metadata"]["next_cursor"] == ""
