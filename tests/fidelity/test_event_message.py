"""`message` and `app_mention`, compared with their pages.

https://docs.slack.dev/reference/events/message.channels, .../message.groups, .../message.im and
.../app_mention; recorded: java-slack-sdk, `json-logs/samples/events/MessagePayload.json`, which has `team`.
"""

from typing import TYPE_CHECKING

import pytest

from tests.fidelity.events import event_payload
from tests.fidelity.shapes import CHANNEL, TEAM, TEXT, TS, USER, What, assert_fits, exactly
from tests.fidelity.socket_connection import connected, payload_of
from tests.slack_emulator.harness import EmulatorHarness

if TYPE_CHECKING:
    from slack_emulator import Channel

_ALWAYS: dict[str, What] = {"user": USER, "text": TEXT, "ts": TS, "channel": CHANNEL}
_SOMETIMES: dict[str, What] = {"team": TEAM, "thread_ts": TS}


def subscribed(emulator: EmulatorHarness, *events: str) -> None:
    emulator.slack.state.events = frozenset(events)


@pytest.mark.parametrize(
    ("kind", "event", "channel_type"),
    [
        ("public", "message.channels", "channel"),
        ("private", "message.groups", "group"),
        ("im", "message.im", "im"),
    ],
)
async def test_a_message_is_told_to_an_app_that_is_subscribed_and_inside(
    emulator: EmulatorHarness, kind: str, event: str, channel_type: str
) -> None:
    subscribed(emulator, event)
    places: dict[str, Channel] = {
        "public": emulator.general,
        "private": emulator.slack.add_channel("plans", [emulator.alice], private=True),
        "im": emulator.slack.state.workspace.open_im(emulator.slack.bot.id, emulator.alice.id),
    }
    payload = await payload_of(emulator, emulator.alice.say(places[kind], "hello"))
    always: dict[str, What] = {**_ALWAYS, "channel_type": exactly(channel_type)}
    assert_fits(payload, event_payload("message", always, _SOMETIMES))
    assert (payload["event"]["text"], payload["event"]["channel"]) == ("hello", places[kind].id)
    assert payload["event"]["ts"] == payload["event"]["event_ts"]


async def test_a_reply_names_its_thread(emulator: EmulatorHarness) -> None:
    subscribed(emulator, "message.channels")
    parent = emulator.bob.write(emulator.general, "parent")
    payload = await payload_of(emulator, emulator.alice.say(emulator.general, "reply", parent.ts))
    assert payload["event"]["thread_ts"] == parent.ts


async def test_a_mention_of_the_app_is_an_event_of_its_own(emulator: EmulatorHarness) -> None:
    """In messages a mention has no label, unlike in commands."""
    subscribed(emulator, "app_mention")
    bot = emulator.slack.bot
    act = emulator.alice.say(emulator.general, f"<@{bot.id}|{bot.name}> are you there?")
    payload = await payload_of(emulator, act)
    assert_fits(payload, event_payload("app_mention", _ALWAYS, _SOMETIMES))
    assert payload["event"]["text"] == f"<@{bot.id}> are you there?"


async def test_nothing_is_told_without_a_subscription_or_from_outside(
    emulator: EmulatorHarness,
) -> None:
    subscribed(emulator, "message.groups", "app_mention")
    outside = emulator.slack.add_channel("plans", [emulator.alice], private=True, with_bot=False)
    async with connected(emulator):
        await emulator.alice.say(emulator.general, "hello")
        await emulator.alice.say(outside, f"hello <@{emulator.slack.bot.id}>")
    assert emulator.slack.deliveries == []
