"""What an app is told of its own messages, compared with the pages of `message` and its subtypes.

https://docs.slack.dev/reference/events/message, .../message/message_changed and .../message/message_deleted.
slack_bolt's `IgnoringSelfEvents` is there because Slack tells an app of what it posted itself.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from slack_emulator import Json
from tests.fidelity.events import event_payload
from tests.fidelity.objects import BOT_PROFILE, MESSAGE
from tests.fidelity.shapes import (
    APP,
    CHANNEL,
    TEAM,
    TEXT,
    TRUE,
    TS,
    USER,
    What,
    assert_fits,
    exactly,
    matching,
)
from tests.fidelity.socket_connection import connected
from tests.slack_emulator.harness import EmulatorHarness

_WHERE: dict[str, What] = {"channel": CHANNEL, "channel_type": exactly("channel"), "ts": TS}
OWN = event_payload(
    "message",
    {
        **_WHERE,
        "user": USER,
        "bot_id": matching("a bot id", r"B\w+"),
        "app_id": APP,
        "text": TEXT,
        "team": TEAM,
        "bot_profile": BOT_PROFILE,
    },
)
CHANGED = event_payload(
    "message",
    {
        **_WHERE,
        "subtype": exactly("message_changed"),
        "hidden": TRUE,
        "message": MESSAGE,
        "previous_message": MESSAGE,
    },
)
DELETED = event_payload(
    "message",
    {
        **_WHERE,
        "subtype": exactly("message_deleted"),
        "hidden": TRUE,
        "deleted_ts": TS,
        "previous_message": MESSAGE,
    },
)
Told = Callable[[Awaitable[Any]], Awaitable[Json]]


@pytest.fixture
async def told(emulator: EmulatorHarness) -> AsyncIterator[Told]:
    """The next payload after a call."""
    async with connected(emulator) as (wire, _):

        async def next_payload(call: Awaitable[Any]) -> Json:
            await call
            async with asyncio.timeout(60):
                envelope: Json = await wire.receive_json()
            await wire.send_json({"envelope_id": envelope["envelope_id"]})
            payload: Json = envelope["payload"]
            return payload

        yield next_payload


async def test_an_app_is_told_of_what_it_posted_changed_and_deleted(
    emulator: EmulatorHarness, told: Told
) -> None:
    emulator.slack.state.events = frozenset({"message.channels"})
    channel = emulator.general.id
    posted = await told(emulator.post("first"))
    assert_fits(posted, OWN)
    ts = posted["event"]["ts"]
    changed = await told(emulator.client.chat_update(channel=channel, ts=ts, text="second"))
    assert_fits(changed, CHANGED)
    event = changed["event"]
    assert (event["previous_message"]["text"], event["message"]["text"]) == ("first", "second")
    deleted = await told(emulator.client.chat_delete(channel=channel, ts=ts))
    assert_fits(deleted, DELETED)
    assert deleted["event"]["deleted_ts"] == ts


async def test_an_app_that_is_not_subscribed_is_told_nothing(emulator: EmulatorHarness) -> None:
    await emulator.post("first")
    assert emulator.slack.deliveries == []
