"""`users.*`: who is who."""

from slack_emulator.members import Member
from slack_emulator.types import Json, RefusalError
from slack_emulator.web.api_call import ApiCall
from slack_emulator.web.paging import page

_MOST = 1_000


def info(ask: ApiCall) -> Json:
    """`users.info`."""
    return {"user": _shape(ask, ask.workspace.member(ask.text("user")))}


def everybody(ask: ApiCall) -> Json:
    """`users.list`: all accounts, deactivated ones and bots included; in one page unless `limit` is given."""
    limit = min(max(ask.number("limit", _MOST), 1), _MOST)
    shown, following = page(ask, list(ask.workspace.members.values()), limit)
    members = [_shape(ask, member) for member in shown]
    cache = {"cache_ts": int(ask.state.clock())}
    return {"members": members, **cache, "response_metadata": {"next_cursor": following}}


def by_email(ask: ApiCall) -> Json:
    """`users.lookupByEmail`; deactivated accounts are not found."""
    email = (ask.text("email") or "").lower()
    for member in ask.workspace.members.values():
        if email and member.email.lower() == email and not member.deleted:
            return {"user": _shape(ask, member)}
    raise RefusalError("users_not_found")


def _shape(ask: ApiCall, member: Member) -> Json:
    shape = ask.workspace.describe(member)
    if ask.flag("include_locale"):
        shape["locale"] = "en-US"
    if "users:read.email" in ask.state.scopes and member.email:
        shape["profile"]["email"] = member.email
    return shape
