"""The events that messages lead to, the app's own included, where it is subscribed to them.

`message.*`: https://docs.slack.dev/reference/events/message and its subtypes `message_changed` and
`message_deleted`; `app_mention`:
https://docs.slack.dev/reference/events/app_mention.
"""

import re
from collections.abc import Iterator

from slack_emulator.messages import Message
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json

SUBSCRIPTIONS = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
"""Which of the app's event subscriptions tells of messages in a kind of channel."""

_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im"}
_LABELLED = re.compile(r"<(@[^|<>]+)\|[^<>]*>")


def events_of(state: EmulatorState, message: Message) -> Iterator[Json]:
    """What the app is told of a message that a person wrote in a place where the bot is."""
    channel, bot = state.workspace.channels[message.channel], state.workspace.bot
    if _told(state, message):
        yield {**_common(state, message), "type": "message", "channel_type": _CHANNEL_TYPES[channel.kind]}
    mentioned = f"<@{bot.id}" in message.text and bot.id in channel.members and not channel.is_im
    if mentioned and "app_mention" in state.events:
        yield {**_common(state, message), "type": "app_mention"}


def posted(state: EmulatorState, message: Message) -> list[Json]:
    """What the app is told of its own message: Slack leaves it to apps to pass over these."""
    own = {**state.workspace.shape(message), "bot_profile": state.workspace.bot_profile()}
    return _own(state, message, {**own, "event_ts": message.ts})


def changed(state: EmulatorState, message: Message, before: Json) -> list[Json]:
    """What it is told when it changed its message; `before` is the message's shape until then."""
    event = {
        "subtype": "message_changed",
        "message": state.workspace.shape(message),
        "previous_message": before,
    }
    return _own(state, message, {**event, "hidden": True, "ts": message.edited_ts})


def deleted(state: EmulatorState, message: Message) -> list[Json]:
    """What it is told when it deleted its message."""
    event = {"subtype": "message_deleted", "previous_message": state.workspace.shape(message)}
    ts = state.workspace.stamps.next()
    return _own(state, message, {**event, "hidden": True, "deleted_ts": message.ts, "ts": ts})


def _own(state: EmulatorState, message: Message, event: Json) -> list[Json]:
    channel = state.workspace.channels[message.channel]
    where = {"type": "message", "channel": channel.id, "channel_type": _CHANNEL_TYPES[channel.kind]}
    return [event | where] if _told(state, message) else []


def _told(state: EmulatorState, message: Message) -> bool:
    """Whether the app is subscribed to messages of this kind of channel, and in it."""
    channel = state.workspace.channels[message.channel]
    return SUBSCRIPTIONS[channel.kind] in state.events and state.workspace.bot.id in channel.members


def _common(state: EmulatorState, message: Message) -> Json:
    event: Json = {
        "user": message.author,
        "text": _LABELLED.sub(r"<\1>", message.text),
        "ts": message.ts,
        "channel": message.channel,
        "event_ts": message.ts,
        "team": state.workspace.members[message.author].team_id,
    }
    return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})
