"""`chat.postMessage`, compared with https://docs.slack.dev/reference/methods/chat.postMessage."""

import pytest

from slack_emulator import Json
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import MESSAGE, answered
from tests.fidelity.shapes import CHANNEL, TS, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "chat.postMessage",
    answered({"channel": CHANNEL, "ts": TS, "message": MESSAGE}),
    frozenset(
        {
            "app_access_restricted",
            "as_user_not_supported",
            "attachment_payload_limit_exceeded",
            "cannot_reply_to_message",
            "channel_not_found",
            "draft_already_deleted",
            "draft_already_sent",
            "draft_has_conflict",
            "draft_not_found",
            "duplicate_channel_not_found",
            "duplicate_message_not_found",
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "is_archived",
            "markdown_text_conflict",
            "message_limit_exceeded",
            "messages_tab_disabled",
            "metadata_must_be_sent_from_app",
            "metadata_too_large",
            "missing_file_data",
            "msg_blocks_too_long",
            "no_text",
            "not_in_channel",
            "rate_limited",
            "restricted_action",
            "restricted_action_non_threadable_channel",
            "restricted_action_read_only_channel",
            "restricted_action_thread_locked",
            "restricted_action_thread_only_channel",
            "send_on_behalf_not_allowed",
            "slack_connect_canvas_sharing_blocked",
            "slack_connect_file_link_sharing_blocked",
            "slack_connect_lists_sharing_blocked",
            "team_not_found",
            "too_many_attachments",
            "too_many_contact_cards",
        }
    ),
)


def said(emulator: EmulatorHarness, **more: object) -> Json:
    return {"channel": emulator.general.id, "text": "hi", **more}


def archived(emulator: EmulatorHarness) -> None:
    emulator.general.is_archived = True


def outside(emulator: EmulatorHarness) -> None:
    emulator.general.members.remove(emulator.slack.bot.id)


LONG = [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5

REFUSALS = [
    Refusal("invalid_arguments", "no channel is given", lambda _: {"text": "hi"}),
    Refusal("channel_not_found", "it does not exist", lambda h: said(h, channel="C9NOWHERE")),
    Refusal("channel_not_found", "it is empty", lambda h: said(h, channel="")),
    Refusal(
        "channel_not_found",
        "it is private and the bot is not in it",
        lambda h: said(h, channel=h.slack.add_channel("x", private=True, with_bot=False).id),
    ),
    Refusal("not_in_channel", "it is public and the bot is not in it", said, outside),
    Refusal("is_archived", "the channel is archived", said, archived),
    Refusal("no_text", "there is nothing to say", lambda h: said(h, text="")),
    Refusal("invalid_blocks_format", "the blocks are no JSON", lambda h: said(h, blocks="[{")),
    Refusal("invalid_blocks", "a block is unknown", lambda h: said(h, blocks=[{"type": "riddle"}])),
    Refusal("msg_blocks_too_long", "they are too long together", lambda h: said(h, blocks=LONG)),
    Refusal("invalid_metadata_format", "no payload", lambda h: said(h, metadata={"event_type": "x"})),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    good = said(emulator, blocks=[{"type": "divider"}], thread_ts="1.000001", metadata={})
    await assert_documented_whatever_is_sent(emulator, METHOD, good)


async def test_the_answer_holds_the_message_as_stored(emulator: EmulatorHarness) -> None:
    answer = await emulator.raw(METHOD.name, **said(emulator))
    assert_fits(answer, METHOD.answer)
    assert answer["message"]["ts"] == answer["ts"]
    assert "blocks" not in answer["message"]
    metadata = {"event_type": "asked", "event_payload": {"id": 1}}
    answer = await emulator.raw(
        METHOD.name, **said(emulator, blocks=[{"type": "divider"}], metadata=metadata)
    )
    assert_fits(answer, METHOD.answer)
    assert (answer["message"]["blocks"][0]["type"], answer["message"]["metadata"]) == ("divider", metadata)


async def test_a_reply_says_so_by_thread_ts(emulator: EmulatorHarness) -> None:
    parent = await emulator.post("parent")
    answer = await emulator.raw(METHOD.name, **said(emulator, thread_ts=parent))
    assert_fits(answer, METHOD.answer)
    assert answer["message"]["thread_ts"] == parent


async def test_a_reply_whose_parent_is_gone_goes_to_the_channel_without_an_error(
    emulator: EmulatorHarness,
) -> None:
    """Slack "silently un-threads" it: measured, slack-go/slack#1571."""
    parent = await emulator.post("parent")
    await emulator.client.chat_delete(channel=emulator.general.id, ts=parent)
    answer = await emulator.raw(METHOD.name, **said(emulator, thread_ts=parent))
    assert_fits(answer, METHOD.answer)
    assert "thread_ts" not in answer["message"]
    assert emulator.slack.messages(emulator.general)[-1].thread_ts is None


async def test_text_is_cut_at_40000_characters(emulator: EmulatorHarness) -> None:
    """https://docs.slack.dev/changelog/2018-04-truncating-really-long-messages."""
    answer = await emulator.raw(METHOD.name, **said(emulator, text="x" * 40_001))
    assert len(answer["message"]["text"]) == 40_000


async def test_wrong_blocks_are_explained_in_both_places(emulator: EmulatorHarness) -> None:
    """As recorded in slackapi/bolt-python#1016."""
    answer = await emulator.refused(
        METHOD.name, **said(emulator, blocks=[{"type": "divider", "colour": "red"}])
    )
    [wrong] = answer["errors"]
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {wrong}"]}
    assert wrong.endswith("[json-pointer:/blocks/0]")
