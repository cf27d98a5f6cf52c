"""`chat.update`, compared with https://docs.slack.dev/reference/methods/chat.update."""

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
from tests.fidelity.objects import CHANGED_MESSAGE, answered
from tests.fidelity.shapes import CHANNEL, TEXT, TS, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "chat.update",
    answered({"channel": CHANNEL, "ts": TS, "text": TEXT, "message": CHANGED_MESSAGE}),
    frozenset(
        {
            "as_user_not_supported",
            "block_mismatch",
            "blocked_file_type",
            "cant_broadcast_message",
            "cant_update_message",
            "channel_not_found",
            "edit_window_closed",
            "external_channel_migrating",
            "file_deleted",
            "file_is_deleted",
            "file_not_found",
            "file_share_limit_reached",
            "invalid_attachments",
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "is_inactive",
            "markdown_text_conflict",
            "max_file_sharing_exceeded",
            "message_limit_exceeded",
            "message_not_found",
            "metadata_must_be_sent_from_app",
            "metadata_too_large",
            "msg_too_long",
            "no_dual_broadcast_content_update",
            "no_text",
            "posting_to_channel_denied",
            "slack_connect_blocked_file_type",
            "slack_connect_canvas_sharing_blocked",
            "slack_connect_clip_sharing_blocked",
            "slack_connect_file_link_sharing_blocked",
            "slack_connect_file_upload_sharing_blocked",
            "streaming_state_conflict",
            "team_not_found",
            "too_many_attachments",
            "unable_to_share_files",
            "update_failed",
        }
    ),
    {
        "not_in_channel": "assumed: the page does not say what happens where the bot was removed",
        "msg_blocks_too_long": "assumed: as chat.postMessage",
    },
)
BLOCKS = [{"type": "divider"}]
LONG = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5


def own(emulator: EmulatorHarness, **more: Any) -> Json:
    """Arguments that change a message of the bot's."""
    message = emulator.slack.messages(emulator.general)[0]
    return {"channel": emulator.general.id, "ts": message.ts, "text": "new", **more}


def archived(emulator: EmulatorHarness) -> None:
    emulator.general.is_archived = True


def outside(emulator: EmulatorHarness) -> None:
    emulator.general.members.remove(emulator.slack.bot.id)


REFUSALS = [
    Refusal("invalid_arguments", "no ts is given", lambda h: {"channel": h.general.id, "text": "x"}),
    Refusal("channel_not_found", "it does not exist", lambda h: own(h, channel="C9NOWHERE")),
    Refusal("message_not_found", "there is no such message", lambda h: own(h, ts="1.000001")),
    Refusal(
        "cant_update_message", "a person wrote it", lambda h: own(h, ts=h.alice.write(h.general, "x").ts)
    ),
    Refusal("is_inactive", "the channel is archived", own, archived),
    Refusal("not_in_channel", "the bot was removed from a public channel", own, outside),
    Refusal("no_text", "there is nothing to show", lambda h: own(h, text="")),
    Refusal("msg_too_long", "4,001 characters", lambda h: own(h, text="x" * 4_001)),
    Refusal("invalid_blocks_format", "the blocks are no JSON", lambda h: own(h, blocks="[{")),
    Refusal("invalid_blocks", "a block is unknown", lambda h: own(h, blocks=[{"type": "riddle"}])),
    Refusal("msg_blocks_too_long", "they are too long together", lambda h: own(h, blocks=LONG)),
    Refusal("invalid_metadata_format", "no payload", lambda h: own(h, metadata={"event_type": "x"})),
]


@pytest.fixture
async def posted(emulator: EmulatorHarness) -> EmulatorHarness:
    await emulator.post("old", blocks=BLOCKS)
    return emulator


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(posted: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(posted, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(posted: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(posted, METHOD, own(posted, blocks=BLOCKS, metadata={}))


async def test_the_answer_holds_the_message_without_its_ts(posted: EmulatorHarness) -> None:
    answer = await posted.raw(METHOD.name, **own(posted, blocks=BLOCKS))
    assert_fits(answer, METHOD.answer)
    assert "ts" not in answer["message"]
    assert answer["text"] == answer["message"]["text"] == "new"


async def test_4000_characters_are_taken(posted: EmulatorHarness) -> None:
    assert (await posted.raw(METHOD.name, **own(posted, text="x" * 4_000)))["ok"]


async def test_text_without_blocks_removes_the_old_blocks(posted: EmulatorHarness) -> None:
    """If text is given and blocks are not, the blocks are removed (the page's `blocks` argument)."""
    answer = await posted.raw(METHOD.name, **own(posted))
    assert "blocks" not in answer["message"]


async def test_a_change_by_blocks_is_not_marked_as_edited_on_the_screen(posted: EmulatorHarness) -> None:
    """The flag "will not be displayed" with blocks, and is displayed with text (the same)."""
    await posted.raw(METHOD.name, **own(posted, blocks=BLOCKS))
    [message] = posted.alice.sees(posted.general)
    assert "(edited)" not in posted.slack.draw(message)
    await posted.raw(METHOD.name, **own(posted))
    assert "(edited)" in posted.slack.draw(message)


async def test_metadata_stays_unless_an_empty_object_removes_it(posted: EmulatorHarness) -> None:
    metadata = {"event_type": "asked", "event_payload": {}}
    await posted.raw(METHOD.name, **own(posted, metadata=metadata))
    assert (await posted.raw(METHOD.name, **own(posted)))["message"]["metadata"] == metadata
    answer = await posted.raw(METHOD.name, **own(posted, metadata={}))
    assert_fits(answer, METHOD.answer)
    assert "metadata" not in answer["message"]


async def test_an_ephemeral_message_cannot_be_reached(emulator: EmulatorHarness) -> None:
    """https://docs.slack.dev/messaging/modifying-messages."""
    seen = await emulator.raw(
        "chat.postEphemeral", channel=emulator.general.id, user=emulator.alice.id, text="psst"
    )
    args = {"channel": emulator.general.id, "ts": seen["message_ts"], "text": "x"}
    assert (await emulator.refused(METHOD.name, **args))["error"] == "message_not_found"
