"""`chat.postEphemeral`, compared with https://docs.slack.dev/reference/methods/chat.postEphemeral."""

from typing import Any

import pytest

from slack_emulator import Json
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import answered
from tests.fidelity.shapes import TS, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "chat.postEphemeral",
    answered({"message_ts": TS}),
    frozenset(
        {
            "cannot_reply_to_message",
            "channel_not_found",
            "invalid_attachments",
            "invalid_blocks",
            "invalid_blocks_format",
            "is_archived",
            "markdown_text_conflict",
            "message_limit_exceeded",
            "messages_tab_disabled",
            "msg_too_long",
            "no_text",
            "not_in_channel",
            "restricted_action",
            "too_many_attachments",
            "user_not_in_channel",
        }
    ),
    {"msg_blocks_too_long": "assumed: as chat.postMessage"},
)
LONG = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5


def psst(emulator: EmulatorHarness, **more: Any) -> Json:
    return {"channel": emulator.general.id, "user": emulator.alice.id, "text": "psst", **more}


def archived(emulator: EmulatorHarness) -> None:
    emulator.general.is_archived = True


def outside(emulator: EmulatorHarness) -> None:
    emulator.general.members.remove(emulator.slack.bot.id)


REFUSALS = [
    Refusal("invalid_arguments", "no user is given", lambda h: {"channel": h.general.id, "text": "x"}),
    Refusal("channel_not_found", "it does not exist", lambda h: psst(h, channel="C9NOWHERE")),
    Refusal("not_in_channel", "the bot is not in it", psst, outside),
    Refusal("is_archived", "the channel is archived", psst, archived),
    Refusal("user_not_in_channel", "an outsider", lambda h: psst(h, user=h.slack.add_person("carol").id)),
    Refusal("user_not_in_channel", "nobody", lambda h: psst(h, user="U9NOBODY")),
    Refusal("no_text", "there is nothing to say", lambda h: psst(h, text="")),
    Refusal("msg_too_long", "40,001 characters", lambda h: psst(h, text="x" * 40_001)),
    Refusal("invalid_blocks_format", "the blocks are no JSON", lambda h: psst(h, blocks="[{")),
    Refusal("invalid_blocks", "a block is unknown", lambda h: psst(h, blocks=[{"type": "riddle"}])),
    Refusal("msg_blocks_too_long", "they are too long together", lambda h: psst(h, blocks=LONG)),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, psst(emulator, blocks=[{"type": "divider"}]))


async def test_the_answer_is_a_stamp_and_nothing_else(emulator: EmulatorHarness) -> None:
    assert_fits(await emulator.raw(METHOD.name, **psst(emulator)), METHOD.answer)


async def test_it_works_in_the_bots_own_direct_messages(emulator: EmulatorHarness) -> None:
    dm = (await emulator.raw("conversations.open", users=emulator.alice.id))["channel"]["id"]
    assert_fits(await emulator.raw(METHOD.name, **psst(emulator, channel=dm)), METHOD.answer)
    assert emulator.alice.find("psst") is not None


async def test_delivery_is_not_guaranteed_and_ok_says_nothing_of_it(emulator: EmulatorHarness) -> None:
    """The page, "Usage info": it is not guaranteed, and gone after a reload."""
    emulator.alice.member.away = True
    assert_fits(await emulator.raw(METHOD.name, **psst(emulator)), METHOD.answer)
    emulator.alice.member.away = False
    assert emulator.alice.sees(emulator.general) == []
