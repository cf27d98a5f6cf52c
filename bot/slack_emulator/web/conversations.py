"""`conversations.*`: channels and direct messages."""

from slack_emulator.channels import Channel, channel_shape
from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import ApiCall
from slack_emulator.web.paging import page

_PAGE = 100
_PAGE_MOST = 999
_PEOPLE_MOST = 8
_LIST_MOST = 1_000
_KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


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
        raise missing_scope(ask, "mpim:write")
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
    channel = readable(ask)
    count = ask.flag("include_num_members")
    shape = channel_shape(channel, ask.workspace.bot.id, ask.workspace.team_id, count=count)
    return {"channel": shape | ({"locale": "en-US"} if ask.flag("include_locale") else {})}


def members(ask: ApiCall) -> Json:
    """`conversations.members`, paged by cursor, 100 at a time unless `limit` says otherwise."""
    channel = readable(ask)
    limit = ask.number("limit", _PAGE)
    if not 0 < limit <= _PAGE_MOST:
        raise RefusalError("invalid_limit")
    shown, following = page(ask, channel.members, limit)
    return {"members": shown, "response_metadata": {"next_cursor": following}}


def all_channels(ask: ApiCall) -> Json:
    """`conversations.list`: public channels, and what else `types` names, as far as the app can see it."""
    kinds = [_KINDS.get(kind.strip()) for kind in (ask.text("types") or "public_channel").split(",")]
    if None in kinds:
        raise RefusalError("invalid_types")
    limit = ask.number("limit", _PAGE)
    if not 0 < limit <= _LIST_MOST:
        raise RefusalError("invalid_limit")
    found = [channel for channel in ask.workspace.channels.values() if _listed(ask, channel, kinds)]
    for channel in found:
        _need(ask, channel.read_scope)
    shown, following = page(ask, found, limit)
    bot, team = ask.workspace.bot.id, ask.workspace.team_id
    shapes = [channel_shape(channel, bot, team, count=not channel.is_im) for channel in shown]
    return {"channels": shapes, "response_metadata": {"next_cursor": following}}


def _listed(ask: ApiCall, channel: Channel, kinds: list[str | None]) -> bool:
    seen = channel.kind == "public" or ask.workspace.bot.id in channel.members
    return channel.kind in kinds and seen and not (channel.is_archived and ask.flag("exclude_archived"))


def readable(ask: ApiCall) -> Channel:
    """The channel that is asked about, if the app can see it and has the scope for its kind."""
    channel = ask.workspace.visible_channel(ask.text("channel"))
    _need(ask, channel.read_scope)
    return channel


def _need(ask: ApiCall, scope: str) -> None:
    if scope not in ask.state.scopes:
        raise missing_scope(ask, scope)


def missing_scope(ask: ApiCall, scope: str) -> RefusalError:
    """The refusal that names the scope."""
    return RefusalError("missing_scope", needed=scope, provided=",".join(ask.state.scopes))
