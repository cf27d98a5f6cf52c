"""Saying, changing and taking back messages, with Slack's refusals."""

import pytest
from slack_sdk.errors import SlackApiError

from tests.slack_emulator.harness import EmulatorHarness


async def test_a_posted_message_is_seen_by_members_only(emulator: EmulatorHarness) -> None:
    outsider = emulator.slack.add_person("carol")
    await emulator.post("hello")
    assert [message.text for message in emulator.alice.sees(emulator.general)] == ["hello"]
    assert outsider.sees(emulator.general) == []


async def test_the_answer_carries_the_message_as_stored(emulator: EmulatorHarness) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}}
    answer = await emulator.client.chat_postMessage(channel=emulator.general.id, text="hi", blocks=[block])
    assert answer["channel"] == emulator.general.id
    message = answer["message"]
    assert message["ts"] == answer["ts"]
    assert message["bot_id"] == "B0BOT"
    [stored] = message["blocks"]
    assert stored["block_id"]
    assert stored["text"] == {"type": "mrkdwn", "text": "*hi*", "verbatim": False}


async def test_stamps_never_repeat_though_the_clock_stands_still(emulator: EmulatorHarness) -> None:
    stamps = [await emulator.post() for _ in range(5)]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"channel": "C9NOWHERE"}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"blocks": "[{"}, "invalid_blocks_format"),
        ({"blocks": [{"type": "riddle"}]}, "invalid_blocks"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    ],
)
async def test_postmessage_refuses(emulator: EmulatorHarness, change: dict[str, object], error: str) -> None:
    args = {"channel": emulator.general.id, "text": "hi"} | change
    assert (await emulator.refused("chat.postMessage", **args))["error"] == error


async def test_the_bot_cannot_post_where_it_is_not_a_member(emulator: EmulatorHarness) -> None:
    public = emulator.slack.add_channel("public", [emulator.alice], with_bot=False)
    private = emulator.slack.add_channel("secret", [emulator.alice], with_bot=False, private=True)
    between = emulator.slack.add_dm(emulator.alice, emulator.bob)
    errors = [
        (await emulator.refused("chat.postMessage", channel=channel.id, text="hi"))["error"]
        for channel in (public, private, between)
    ]
    assert errors == ["not_in_channel", "channel_not_found", "channel_not_found"]


async def test_an_archived_channel_takes_nothing(emulator: EmulatorHarness) -> None:
    emulator.general.is_archived = True
    assert (await emulator.refused("chat.postMessage", channel=emulator.general.id, text="x"))[
        "error"
    ] == "is_archived"


async def test_text_over_40000_characters_is_cut_not_refused(emulator: EmulatorHarness) -> None:
    await emulator.post("x" * 40_001)
    assert len(emulator.alice.sees(emulator.general)[0].text) == 40_000


async def test_blocks_that_are_too_long_together_are_refused(emulator: EmulatorHarness) -> None:
    block = {"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}
    answer = await emulator.refused(
        "chat.postMessage", channel=emulator.general.id, text="x", blocks=[block] * 5
    )
    assert answer["error"] == "msg_blocks_too_long"


async def test_a_reply_joins_the_thread_of_its_parent(emulator: EmulatorHarness) -> None:
    parent = await emulator.post("parent")
    child = await emulator.post("child", thread_ts=parent)
    await emulator.post("grandchild", thread_ts=child)
    threads = [message.thread_ts for message in emulator.alice.sees(emulator.general)]
    assert threads == [parent, parent, parent]


async def test_an_update_without_blocks_drops_the_old_ones(emulator: EmulatorHarness) -> None:
    stamp = await emulator.post("first", blocks=[{"type": "divider"}])
    await emulator.client.chat_update(channel=emulator.general.id, ts=stamp, text="second")
    [message] = emulator.alice.sees(emulator.general)
    assert (message.text, message.blocks) == ("second", [])
    assert message.edited_ts is not None
    assert [revision.text for revision in message.revisions] == ["first", "second"]


@pytest.mark.parametrize(("length", "error"), [(4_000, None), (4_001, "msg_too_long")])
async def test_an_update_takes_4000_characters(
    emulator: EmulatorHarness, length: int, error: str | None
) -> None:
    stamp = await emulator.post()
    answer = await emulator.raw("chat.update", channel=emulator.general.id, ts=stamp, text="x" * length)
    assert answer.get("error") == error


async def test_only_own_messages_can_be_changed_or_deleted(emulator: EmulatorHarness) -> None:
    written = emulator.alice.write(emulator.general, "mine")
    args = {"channel": emulator.general.id, "ts": written.ts, "text": "stolen"}
    assert (await emulator.refused("chat.update", **args))["error"] == "cant_update_message"
    assert (await emulator.refused("chat.delete", **args))["error"] == "cant_delete_message"
    assert (await emulator.refused("chat.update", **args | {"ts": "1.1"}))["error"] == "message_not_found"


async def test_a_deleted_message_is_gone_for_everybody(emulator: EmulatorHarness) -> None:
    stamp = await emulator.post()
    await emulator.client.chat_delete(channel=emulator.general.id, ts=stamp)
    assert emulator.alice.sees(emulator.general) == []
    assert (await emulator.refused("chat.delete", channel=emulator.general.id, ts=stamp))[
        "error"
    ] == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_person_and_stored_nowhere(
    emulator: EmulatorHarness,
) -> None:
    answer = await emulator.client.chat_postEphemeral(
        channel=emulator.general.id, user=emulator.alice.id, text="psst"
    )
    [message] = emulator.alice.sees(emulator.general)
    assert message.ts == answer["message_ts"]
    assert emulator.bob.sees(emulator.general) == []
    assert emulator.slack.messages(emulator.general) == []
    for method in ("chat.update", "chat.delete"):
        refused = await emulator.refused(method, channel=emulator.general.id, ts=message.ts, text="x")
        assert refused["error"] == "message_not_found"
    emulator.alice.reload()
    assert emulator.alice.sees(emulator.general) == []


async def test_an_ephemeral_message_to_somebody_away_is_lost_though_slack_says_ok(
    emulator: EmulatorHarness,
) -> None:
    emulator.alice.member.away = True
    answer = await emulator.client.chat_postEphemeral(
        channel=emulator.general.id, user=emulator.alice.id, text="psst"
    )
    assert answer["ok"]
    emulator.alice.member.away = False
    assert emulator.alice.sees(emulator.general) == []


async def test_an_ephemeral_message_needs_a_reader_in_the_channel(emulator: EmulatorHarness) -> None:
    outsider = emulator.slack.add_person("carol")
    for user in (outsider.id, "U9NOBODY", ""):
        args = {"channel": emulator.general.id, "user": user, "text": "psst"}
        assert (await emulator.refused("chat.postEphemeral", **args))["error"] == "user_not_in_channel"


async def test_the_sdk_raises_what_slack_refuses(emulator: EmulatorHarness) -> None:
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await emulator.client.chat_postMessage(channel="C9NOWHERE", text="hi")


async def test_form_and_json_bodies_mean_the_same(emulator: EmulatorHarness) -> None:
    headers = {"Authorization": f"Bearer {emulator.slack.bot_token}"}
    form = {"channel": emulator.general.id, "text": "a form", "blocks": '[{"type": "divider"}]'}
    async with emulator.session.post(
        emulator.slack.api_url + "chat.postMessage", data=form, headers=headers
    ) as answer:
        assert (await answer.json())["ok"]
    await emulator.raw(
        "chat.postMessage", channel=emulator.general.id, text="json", blocks=[{"type": "divider"}]
    )
    kinds = [[block["type"] for block in message.blocks] for message in emulator.alice.sees(emulator.general)]
    assert kinds == [["divider"], ["divider"]]
