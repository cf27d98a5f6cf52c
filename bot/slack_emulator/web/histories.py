"""`conversations.history` and `conversations.replies`: what was said."""

import re
from collections.abc import Iterator

from slack_emulator.channels import Channel
from slack_emulator.messages import Message
from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import ApiCall
from slack_emulator.web.conversations import missing_scope
from slack_emulator.web.paging import page

_PAGE = 100
_THREAD_PAGE = 1_000
"""Messages in a page unless `limit` says otherwise; both pages say 999 at most."""

_MOST = 999
_STAMP = re.compile(r"\d{1,10}(\.\d{1,6})?")


def history(ask: ApiCall) -> Json:
    """`conversations.history`: messages outside threads and threads' parents, the newest first."""
    channel = ask.workspace.visible_channel(ask.text("channel"))
    _need_history(ask, channel)
    if ask.workspace.bot.id not in channel.members:
        raise RefusalError("not_in_channel")
    found = [message for message in _stored(ask, channel) if message.thread_ts in (None, message.ts)]
    return _page(ask, list(reversed(_between(ask, found))), _PAGE) | {"pin_count": 0}


def replies(ask: ApiCall) -> Json:
    """`conversations.replies`: the parent of the thread that `ts` is in, then its replies, oldest first."""
    channel = ask.workspace.visible_channel(ask.text("channel"))
    _need_history(ask, channel)
    if ask.workspace.bot.id not in channel.members:
        raise RefusalError("channel_not_found")
    named = next((message for message in _stored(ask, channel) if message.ts == ask.text("ts")), None)
    if named is None:
        raise RefusalError("thread_not_found")
    root = named.thread_ts or named.ts
    thread = [message for message in _stored(ask, channel) if root in (message.ts, message.thread_ts)]
    parent = [message for message in thread if message.ts == root]
    under = [message for message in thread if message.ts != root]
    return _page(ask, parent + _between(ask, under), _THREAD_PAGE)


def _need_history(ask: ApiCall, channel: Channel) -> None:
    scope = channel.read_scope.replace(":read", ":history")
    if scope not in ask.state.scopes:
        raise missing_scope(ask, scope)


def _stored(ask: ApiCall, channel: Channel) -> Iterator[Message]:
    """Everything but ephemeral and deleted messages."""
    timeline = ask.workspace.timelines.get(channel.id, [])
    return (message for message in timeline if not message.is_ephemeral and not message.gone)


def _between(ask: ApiCall, messages: list[Message]) -> list[Message]:
    """The messages between `oldest` and `latest`, with those at the bounds where `inclusive` is true."""
    oldest, latest = _stamp(ask, "oldest", 0.0), _stamp(ask, "latest", float("inf"))
    if ask.flag("inclusive"):
        return [message for message in messages if oldest <= float(message.ts) <= latest]
    return [message for message in messages if oldest < float(message.ts) < latest]


def _stamp(ask: ApiCall, name: str, default: float) -> float:
    given = ask.text(name)
    if given is None:
        return default
    if not _STAMP.fullmatch(given):
        raise RefusalError(f"invalid_ts_{name}")
    return float(given)


def _page(ask: ApiCall, messages: list[Message], usual: int) -> Json:
    limit = min(max(ask.number("limit", usual), 1), _MOST)
    shown, following = page(ask, messages, limit)
    answer: Json = {"messages": [_shape(ask, message) for message in shown], "has_more": bool(following)}
    return answer | ({"response_metadata": {"next_cursor": following}} if following else {})


def _shape(ask: ApiCall, message: Message) -> Json:
    """A message in a history; a thread's parent counts its replies."""
    shape = ask.workspace.shape(message)
    if not ask.flag("include_all_metadata"):
        shape.pop("metadata", None)
    if message.thread_ts is None:
        return shape
    channel = ask.workspace.channels[message.channel]
    thread = [one for one in _stored(ask, channel) if one.thread_ts == message.thread_ts]
    under = [one for one in thread if one.ts != message.thread_ts]
    if message.ts != message.thread_ts:
        parent = next((one for one in thread if one.ts == message.thread_ts), message)
        return shape | {"parent_user_id": parent.author}
    authors = list(dict.fromkeys(one.author for one in under))
    counts: Json = {"reply_count": len(under), "reply_users_count": len(authors), "reply_users": authors}
    return shape | counts | ({"latest_reply": under[-1].ts} if under else {})
