"""`conversations.history`, compared with https://docs.slack.dev/reference/methods/conversations.history."""

import pytest

from tests.fidelity.histories import ANSWER, readable, said
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "conversations.history",
    ANSWER,
    frozenset(
        {
            "channel_is_limited_access",
            "channel_not_found",
            "invalid_cursor",
            "invalid_metadata_filter_keys",
            "invalid_ts_latest",
            "invalid_ts_oldest",
            "not_in_channel",
        }
    ),
)


def outside(emulator: EmulatorHarness) -> None:
    readable(emulator)
    emulator.general.members.remove(emulator.slack.bot.id)


REFUSALS = [
    Refusal("invalid_arguments", "no channel is given", lambda _: {}),
    Refusal("channel_not_found", "it does not exist", lambda _: {"channel": "C9NOWHERE"}),
    Refusal("not_in_channel", "the app is outside", lambda h: {"channel": h.general.id}, outside),
    Refusal("invalid_cursor", "made up", lambda h: {"channel": h.general.id, "cursor": "rubbish"}, readable),
    Refusal("invalid_ts_latest", "no stamp", lambda h: {"channel": h.general.id, "latest": "now"}, readable),
    Refusal("invalid_ts_oldest", "no stamp", lambda h: {"channel": h.general.id, "oldest": "x"}, readable),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    readable(emulator)
    good = {"channel": emulator.general.id, "limit": 10, "cursor": "", "latest": "", "oldest": ""}
    await assert_documented_whatever_is_sent(emulator, METHOD, good)


async def test_the_newest_message_comes_first_and_a_page_names_the_next(emulator: EmulatorHarness) -> None:
    readable(emulator)
    said(emulator, "one", "two", "three")
    first = await emulator.raw(METHOD.name, channel=emulator.general.id, limit=2)
    assert_fits(first, METHOD.answer)
    assert [message["text"] for message in first["messages"]] == ["three", "two"]
    cursor = first["response_metadata"]["next_cursor"]
    last = await emulator.raw(METHOD.name, channel=emulator.general.id, limit=2, cursor=cursor)
    assert_fits(last, METHOD.answer)
    assert ([message["text"] for message in last["messages"]], last["has_more"]) == (["one"], False)


async def test_ephemeral_and_deleted_messages_and_replies_are_left_out(
    emulator: EmulatorHarness,
) -> None:
    readable(emulator)
    [parent] = said(emulator, "parent")
    await emulator.post("reply", thread_ts=parent.ts)
    await emulator.client.chat_postEphemeral(channel=emulator.general.id, user=emulator.bob.id, text="psst")
    await emulator.client.chat_delete(channel=emulator.general.id, ts=await emulator.post("gone"))
    answer = await emulator.raw(METHOD.name, channel=emulator.general.id)
    assert_fits(answer, METHOD.answer)
    [message] = answer["messages"]
    assert (message["text"], message["reply_count"], message["reply_users"]) == (
        "parent",
        1,
        [emulator.slack.bot.id],
    )


async def test_bounds_are_left_out_unless_inclusive(emulator: EmulatorHarness) -> None:
    readable(emulator)
    one, _, three = said(emulator, "one", "two", "three")
    bounds = {"channel": emulator.general.id, "oldest": one.ts, "latest": three.ts}
    for more, texts in (({}, ["two"]), ({"inclusive": "true"}, ["three", "two", "one"])):
        answer = await emulator.raw(METHOD.name, **bounds, **more)
        assert [message["text"] for message in answer["messages"]] == texts


async def test_reading_takes_the_scope_of_the_kind_of_channel(emulator: EmulatorHarness) -> None:
    refused = await emulator.refused(METHOD.name, channel=emulator.general.id)
    assert (refused["error"], refused["needed"]) == ("missing_scope", "channels:history")
