"""`conversations.*`: channels and direct messages."""

import base64
import binascii

from slack_emulator.channels import Channel, channel_shape
from slack_emulator.shapes import Json, RefusalError
from slack_emulator.web.asking import ApiCall

_PAGE = 100
_PAGE_MOST = 999
_PEOPLE_MOST = 8


def open_im(ask: ApiCall) -> Json:
    """`conversations.open` for one person; several would need `mpim:write`."""
    if channel_id := ask.text("channel"):
        return _resumed(ask, channel_id)
    users = [user.strip() for user in (ask.text("users") or "").split(",") if user.strip()]
    if not users:
        raise RefusalError("users_list_not_supplied")
    if len(users) > _PEOPLE_MOST:
        raise RefusalError("too_many_users")
    if len(users) > 1:
        raise _missing(ask, "mpim:write")
    other = ask.workspace.member(users[0])
    if other.deleted:
        raise RefusalError("user_disabled")
    if other.is_bot:
        raise RefusalError("cannot_dm_bot")
    known = ask.workspace.im(ask.workspace.bot.id, other.id) is not None
    channel = ask.workspace.open_im(ask.workspace.bot.id, other.id)
    answer: Json = {"channel": {"id": channel.id}}
    if ask.flag("return_im"):
        answer["channel"] = channel_shape(channel, ask.workspace.bot.id, ask.workspace.team_id)
    return answer | ({"no_op": True, "already_open": True} if known else {})


def _resumed(ask: ApiCall, channel_id: str) -> Json:
    channel = ask.workspace.visible_channel(channel_id)
    if not channel.is_im:
        raise RefusalError("method_not_supported_for_channel_type")
    return {"channel": {"id": channel.id}, "no_op": True, "already_open": True}


def info(ask: ApiCall) -> Json:
    """`conversations.info`, with `include_num_members`."""
    channel = _readable(ask)
    count = ask.flag("include_num_members")
    shape = channel_shape(channel, ask.workspace.bot.id, ask.workspace.team_id, count=count)
    return {"channel": shape | ({"locale": "en-US"} if ask.flag("include_locale") else {})}


def members(ask: ApiCall) -> Json:
    """`conversations.members`, paged by cursor, 100 at a time unless `limit` says otherwise."""
    channel = _readable(ask)
    limit = ask.number("limit", _PAGE)
    if not 0 < limit <= _PAGE_MOST:
        raise RefusalError("invalid_limit")
    start = _start(ask.text("cursor"))
    page = channel.members[start : start + limit]
    end = start + len(page)
    following = base64.b64encode(f"user:{end}".encode()).decode() if end < len(channel.members) else ""
    return {"members": page, "response_metadata": {"next_cursor": following}}


def _readable(ask: ApiCall) -> Channel:
    channel = ask.workspace.visible_channel(ask.text("channel"))
    if channel.read_scope not in ask.state.scopes:
        raise _missing(ask, channel.read_scope)
    return channel


def _missing(ask: ApiCall, scope: str) -> RefusalError:
    return RefusalError("missing_scope", needed=scope, provided=",".join(ask.state.scopes))


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("user:"))
    except (binascii.Error, ValueError):
        raise RefusalError("invalid_cursor") from None
