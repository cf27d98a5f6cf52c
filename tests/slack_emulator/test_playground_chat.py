"""Saying, changing and taking back messages, with Slack's refusals."""

import pytest
from slack_sdk.errors import SlackApiError

from tests.slack_emulator.house import House


async def test_a_posted_message_is_seen_by_members_only(house: House) -> None:
    outsider = house.slack.add_person("carol")
    await house.post("hello")
    assert [message.text for message in house.alice.sees(house.general)] == ["hello"]
    assert outsider.sees(house.general) == []


async def test_the_answer_carries_the_message_as_stored(house: House) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}}
    answer = await house.client.chat_postMessage(channel=house.general.id, text="hi", blocks=[block])
    assert answer["channel"] == house.general.id
    message = answer["message"]
    assert message["ts"] == answer["ts"]
    assert message["bot_id"] == "B0BOT"
    [stored] = message["blocks"]
    assert stored["block_id"]
    assert stored["text"] == {"type": "mrkdwn", "text": "*hi*", "verbatim": False}


async def test_stamps_never_repeat_though_the_clock_stands_still(house: House) -> None:
    stamps = [await house.post() for _ in range(5)]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"channel": "C9NOWHERE"}, "channel_not_found"),
        ({"channel": "U0001ALICE"}, "channel_not_found"),
        ({"text": ""}, "no_text"),
        ({"blocks": "[{"}, "invalid_blocks_format"),
        ({"blocks": [{"type": "riddle"}]}, "invalid_blocks"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    ],
)
async def test_postmessage_refuses(house: House, change: dict[str, object], error: str) -> None:
    args = {"channel": house.general.id, "text": "hi"} | change
    assert (await house.refused("chat.postMessage", **args))["error"] == error


async def test_the_bot_cannot_post_where_it_is_not_a_member(house: House) -> None:
    public = house.slack.add_channel("public", [house.alice], with_bot=False)
    private = house.slack.add_channel("secret", [house.alice], with_bot=False, private=True)
    between = house.slack.add_dm(house.alice, house.bob)
    errors = [
        (await house.refused("chat.postMessage", channel=channel.id, text="hi"))["error"]
        for channel in (public, private, between)
    ]
    assert errors == ["not_in_channel", "channel_not_found", "channel_not_found"]


async def test_an_archived_channel_takes_nothing(house: House) -> None:
    house.general.is_archived = True
    assert (await house.refused("chat.postMessage", channel=house.general.id, text="x"))[
        "error"
    ] == "is_archived"


async def test_text_over_40000_characters_is_cut_not_refused(house: House) -> None:
    await house.post("x" * 40_001)
    assert len(house.alice.sees(house.general)[0].text) == 40_000


async def test_blocks_that_are_too_long_together_are_refused(house: House) -> None:
    block = {"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}
    answer = await house.refused("chat.postMessage", channel=house.general.id, text="x", blocks=[block] * 5)
    assert answer["error"] == "msg_blocks_too_long"


async def test_a_reply_joins_the_thread_of_its_parent(house: House) -> None:
    parent = await house.post("parent")
    child = await house.post("child", thread_ts=parent)
    await house.post("grandchild", thread_ts=child)
    threads = [message.thread_ts for message in house.alice.sees(house.general)]
    assert threads == [parent, parent, parent]


async def test_an_update_without_blocks_drops_the_old_ones(house: House) -> None:
    stamp = await house.post("first", blocks=[{"type": "divider"}])
    await house.client.chat_update(channel=house.general.id, ts=stamp, text="second")
    [message] = house.alice.sees(house.general)
    assert (message.text, message.blocks) == ("second", [])
    assert message.edited_ts is not None
    assert [face.text for face in message.faces] == ["first", "second"]


@pytest.mark.parametrize(("length", "error"), [(4_000, None), (4_001, "msg_too_long")])
async def test_an_update_takes_4000_characters(house: House, length: int, error: str | None) -> None:
    stamp = await house.post()
    answer = await house.raw("chat.update", channel=house.general.id, ts=stamp, text="x" * length)
    assert answer.get("error") == error


async def test_only_own_messages_can_be_changed_or_deleted(house: House) -> None:
    written = house.alice.write(house.general, "mine")
    args = {"channel": house.general.id, "ts": written.ts, "text": "stolen"}
    assert (await house.refused("chat.update", **args))["error"] == "cant_update_message"
    assert (await house.refused("chat.delete", **args))["error"] == "cant_delete_message"
    assert (await house.refused("chat.update", **args | {"ts": "1.1"}))["error"] == "message_not_found"


async def test_a_deleted_message_is_gone_for_everybody(house: House) -> None:
    stamp = await house.post()
    await house.client.chat_delete(channel=house.general.id, ts=stamp)
    assert house.alice.sees(house.general) == []
    assert (await house.refused("chat.delete", channel=house.general.id, ts=stamp))[
        "error"
    ] == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_person_and_stored_nowhere(house: House) -> None:
    answer = await house.client.chat_postEphemeral(channel=house.general.id, user=house.alice.id, text="psst")
    [message] = house.alice.sees(house.general)
    assert message.ts == answer["message_ts"]
    assert house.bob.sees(house.general) == []
    assert house.slack.messages(house.general) == []
    for method in ("chat.update", "chat.delete"):
        refused = await house.refused(method, channel=house.general.id, ts=message.ts, text="x")
        assert refused["error"] == "message_not_found"
    house.alice.reload()
    assert house.alice.sees(house.general) == []


async def test_an_ephemeral_message_to_somebody_away_is_lost_though_slack_says_ok(house: House) -> None:
    house.alice.member.away = True
    answer = await house.client.chat_postEphemeral(channel=house.general.id, user=house.alice.id, text="psst")
    assert answer["ok"]
    house.alice.member.away = False
    assert house.alice.sees(house.general) == []


async def test_an_ephemeral_message_needs_a_reader_in_the_channel(house: House) -> None:
    outsider = house.slack.add_person("carol")
    for user in (outsider.id, "U9NOBODY", ""):
        args = {"channel": house.general.id, "user": user, "text": "psst"}
        assert (await house.refused("chat.postEphemeral", **args))["error"] == "user_not_in_channel"


async def test_the_sdk_raises_what_slack_refuses(house: House) -> None:
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await house.client.chat_postMessage(channel="C9NOWHERE", text="hi")


async def test_form_and_json_bodies_mean_the_same(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.slack.bot_token}"}
    form = {"channel": house.general.id, "text": "a form", "blocks": '[{"type": "divider"}]'}
    async with house.session.post(
        house.slack.api_url + "chat.postMessage", data=form, headers=headers
    ) as answer:
        assert (await answer.json())["ok"]
    await house.raw("chat.postMessage", channel=house.general.id, text="json", blocks=[{"type": "divider"}])
    kinds = [[block["type"] for block in message.blocks] for message in house.alice.sees(house.general)]
    assert kinds == [["divider"], ["divider"]]
