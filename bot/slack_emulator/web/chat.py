"""`chat.*`: say something, change it, take it back."""

from slack_emulator import message_events
from slack_emulator.channels import Channel
from slack_emulator.messages import Message
from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import MESSAGE_CHARACTERS, UPDATE_CHARACTERS, ApiCall

_FORMATTING = ("parse", "link_names", "unfurl_links", "unfurl_media", "mrkdwn", "reply_broadcast")


def post_message(ask: ApiCall) -> Json:
    """`chat.postMessage`; text over 40,000 characters is cut, not refused."""
    channel = _destination(ask)
    text, blocks = _content(ask)
    message = ask.workspace.say(
        Message(
            channel.id,
            ask.workspace.stamps.next(),
            ask.workspace.bot.id,
            text[:MESSAGE_CHARACTERS],
            blocks,
            thread_ts=_thread(ask, channel),
            metadata=ask.metadata(),
            formatting=_formatting(ask),
        ),
    )
    shape = ask.workspace.shape(message) | {"bot_profile": ask.workspace.bot_profile()}
    ask.events += message_events.posted(ask.state, message)
    return {"channel": channel.id, "ts": message.ts, "message": shape}


def _destination(ask: ApiCall) -> Channel:
    """Where a message goes: a channel's id or its name, or a person's id for the direct messages with them.

    The page: "An encoded ID or channel name"; a person's id as bolt-python's examples pass it.
    """
    given, workspace = ask.text("channel") or "", ask.workspace
    member = workspace.members.get(given)
    if member and not member.is_bot and not member.deleted:
        return workspace.open_im(workspace.bot.id, member.id)
    name = given.removeprefix("#")
    named = next((channel.id for channel in workspace.channels.values() if name == channel.name != ""), given)
    return workspace.writable_channel(named)


def post_ephemeral(ask: ApiCall) -> Json:
    """`chat.postEphemeral`: seen by one person, stored nowhere, and `ok` says nothing about arrival."""
    channel = ask.workspace.writable_channel(ask.text("channel"))
    user = ask.text("user")
    if user not in channel.members:
        raise RefusalError("user_not_in_channel")
    text, blocks = _content(ask)
    if len(text) > MESSAGE_CHARACTERS:
        raise RefusalError("msg_too_long")
    ask.only_for = user
    stamp = ask.workspace.stamps.next()
    thread = ask.text("thread_ts")
    ask.workspace.say(
        Message(
            channel.id, stamp, ask.workspace.bot.id, text, blocks, thread, user, formatting=_formatting(ask)
        ),
    )
    return {"message_ts": stamp}


def update(ask: ApiCall) -> Json:
    """`chat.update`; without blocks the old ones are dropped, without text the old one stays."""
    channel = _changeable_channel(ask)
    message = _own(ask, channel, "cant_update_message")
    text, blocks = _content(ask)
    if len(text) > UPDATE_CHARACTERS:
        raise RefusalError("msg_too_long")
    before = ask.workspace.shape(message)
    message.show(text or message.text, blocks)
    message.edited_ts = ask.workspace.stamps.next()
    message.metadata = _changed_metadata(ask, message)
    message.formatting = _formatting(ask)
    shape = ask.workspace.shape(message) | {"bot_profile": ask.workspace.bot_profile()}
    ask.events += message_events.changed(ask.state, message, before)
    del shape["ts"]
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


def delete(ask: ApiCall) -> Json:
    """`chat.delete`."""
    channel = ask.workspace.visible_channel(ask.text("channel"))
    message = _own(ask, channel, "cant_delete_message")
    message.gone = True
    ask.events += message_events.deleted(ask.state, message)
    return {"channel": channel.id, "ts": message.ts}


def _changeable_channel(ask: ApiCall) -> Channel:
    """Where a message may be changed: as for posting, but an archived channel has another name here."""
    try:
        return ask.workspace.writable_channel(ask.text("channel"))
    except RefusalError as refusal:
        raise RefusalError("is_inactive" if refusal.error == "is_archived" else refusal.error) from None


def _changed_metadata(ask: ApiCall, message: Message) -> Json | None:
    """The new metadata; left out the old stays, and an empty object removes it."""
    if ask.args.get("metadata") in ({}, "{}"):
        return None
    return ask.metadata() or message.metadata


def _content(ask: ApiCall) -> tuple[str, list[Json]]:
    blocks = ask.blocks()
    text = ask.text("text")
    if text is None and not blocks and not ask.args.get("attachments"):
        raise RefusalError("no_text")
    return text or "", blocks or []


def _own(ask: ApiCall, channel: Channel, error: str) -> Message:
    message = ask.workspace.stored(channel.id, ask.text("ts"))
    if message.author != ask.workspace.bot.id:
        raise RefusalError(error)
    return message


def _thread(ask: ApiCall, channel: Channel) -> str | None:
    """The thread that a reply joins.

    Where the parent is gone, Slack posts the reply to the channel without a word; only the answer shows it,
    by having no `thread_ts` (slack-go/slack#1571).
    """
    thread_ts = ask.text("thread_ts")
    try:
        parent = ask.workspace.stored(channel.id, thread_ts)
    except RefusalError:
        return None
    parent.thread_ts = parent.thread_ts or parent.ts
    return parent.thread_ts


def _formatting(ask: ApiCall) -> Json:
    return {name: ask.args[name] for name in _FORMATTING if name in ask.args}
