"""The events that people's messages lead to, where the app is subscribed to them.

`message.*`: https://docs.slack.dev/reference/events/message; `app_mention`:
https://docs.slack.dev/reference/events/app_mention.
"""

import re
from collections.abc import Iterator

from slack_emulator.messages import Message
from slack_emulator.shapes import Json
from slack_emulator.state import EmulatorState

SUBSCRIPTIONS = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
"""Which of the app's event subscriptions tells of messages in a kind of channel."""

_CHANNEL_TYPES = {"public": "channel", "private": "group", "im": "im"}
_LABELLED = re.compile(r"<(@[^|>]+)\|[^>]*>")


def events_of(state: EmulatorState, message: Message) -> Iterator[Json]:
    """What the app is told of a message that a person wrote in a place where the bot is."""
    channel, bot = state.workspace.channels[message.channel], state.workspace.bot
    if bot.id not in channel.members:
        return
    if SUBSCRIPTIONS[channel.kind] in state.events:
        yield {**_common(state, message), "type": "message", "channel_type": _CHANNEL_TYPES[channel.kind]}
    if "app_mention" in state.events and not channel.is_im and f"<@{bot.id}" in message.text:
        yield {**_common(state, message), "type": "app_mention"}


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
