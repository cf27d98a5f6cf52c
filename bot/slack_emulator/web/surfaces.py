"""`views.*`: modals and home tabs."""

from slack_emulator.payloads import view_shape
from slack_emulator.types import Json, RefusalError, complain
from slack_emulator.views import View
from slack_emulator.web.api_call import ApiCall


def open_view(ask: ApiCall) -> Json:
    """`views.open`: a modal for whoever the trigger id came from."""
    given = ask.view("modal")
    return _shown(ask, ask.state.views.open(ask.state.triggers.spend(ask.text("trigger_id") or ""), given))


def push(ask: ApiCall) -> Json:
    """`views.push`: a modal over the open one."""
    given = ask.view("modal")
    return _shown(ask, ask.state.views.push(ask.state.triggers.spend(ask.text("trigger_id") or ""), given))


def update(ask: ApiCall) -> Json:
    """`views.update`, by `view_id` or `external_id`, guarded by `hash` if one is given."""
    given = ask.view("modal", "home")
    view_id, external_id = ask.text("view_id"), ask.text("external_id")
    if not view_id and not external_id:
        raise complain("invalid_arguments", ["missing required field: view_id or external_id"])
    return _shown(ask, ask.state.views.update(view_id, external_id, given, ask.text("hash")))


def publish(ask: ApiCall) -> Json:
    """`views.publish`: a person's home tab."""
    given = ask.view("home")
    if not ask.state.home_tab:
        raise RefusalError("not_enabled")
    member = ask.workspace.members.get(ask.text("user_id") or "")
    if member is None:
        raise complain("invalid_arguments", ["invalid `user_id`"])
    return _shown(ask, ask.state.views.publish(member.id, given, ask.text("hash")))


def _shown(ask: ApiCall, view: View) -> Json:
    ask.only_for = view.user
    return {"view": view_shape(ask.state, view)}
