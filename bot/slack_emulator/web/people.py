"""`users.info`: who is who."""

from slack_emulator.shapes import Json
from slack_emulator.web.asking import ApiCall


def info(ask: ApiCall) -> Json:
    """`users.info`."""
    member = ask.workspace.member(ask.text("user"))
    shape = ask.workspace.describe(member)
    if ask.flag("include_locale"):
        shape["locale"] = "en-US"
    if "users:read.email" in ask.state.scopes and member.email:
        shape["profile"]["email"] = member.email
    return {"user": shape}
