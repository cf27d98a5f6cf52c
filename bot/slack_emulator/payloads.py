"""What Slack sends an app, field by field as its reference pages show it.

https://docs.slack.dev/interactivity/implementing-slash-commands,
https://docs.slack.dev/reference/interaction-payloads and
https://docs.slack.dev/reference/events.
"""

import secrets

from slack_emulator import inputs
from slack_emulator.channels import Channel
from slack_emulator.members import Member
from slack_emulator.messages import Message
from slack_emulator.state import EmulatorState
from slack_emulator.teams import Organisation
from slack_emulator.types import Json
from slack_emulator.views import View

_HOME_TITLE = {"type": "plain_text", "text": "View Title", "emoji": True}


def command(
    state: EmulatorState, member: Member, channel: Channel, name: str, text: str, response_url: str
) -> Json:
    """A slash command: a form of strings."""
    organisation = state.teams.organisation_of(state.workspace.team_id)
    grid = {"enterprise_id": organisation.id, "enterprise_name": organisation.name} if organisation else {}
    return grid | {
        "token": state.secrets.verification_token,
        "team_id": state.workspace.team_id,
        "team_domain": state.workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel.name_in_commands,
        "user_id": member.id,
        "user_name": member.name,
        "command": name,
        "text": text,
        "api_app_id": state.workspace.app_id,
        "is_enterprise_install": "true" if state.teams.org_wide(state.workspace.team_id) else "false",
        "response_url": response_url,
        "trigger_id": state.triggers.mint(member.id),
    }


def _interaction(state: EmulatorState, member: Member, kind: str) -> Json:
    """What all interactions carry. `team` is the person's, who may belong to another workspace.

    The test data of slackapi/bolt-python show it so for Slack Connect (`test_view_submission.py`). On
    Enterprise Grid `user.team_id` is any workspace of the person (slackapi/bolt-js#1875), and `team` is
    null for an org-wide installation (slackapi/bolt-python#23).
    """
    who = {"id": member.id, "username": member.name, "name": member.name}
    here = state.workspace.team_id
    own = here if member.belongs_to(here) else member.team_id
    team: Json | None = {"id": own, "domain": state.workspace.domain_of(own)}
    grid = {"id": member.enterprise_id, "name": member.enterprise_name} if member.enterprise_id else None
    if grid and team:
        team |= {"enterprise_id": grid["id"], "enterprise_name": grid["name"]}
    org_wide = state.teams.org_wide(here)
    if org_wide:
        team, grid = None, {"id": org_wide.id, "name": org_wide.name}
    return {
        "type": kind,
        "user": {**who, "team_id": member.acts_from or own},
        "api_app_id": state.workspace.app_id,
        "token": state.secrets.verification_token,
        "team": team,
        "enterprise": grid,
        "is_enterprise_install": bool(org_wide),
    }


def shortcut(state: EmulatorState, member: Member, callback_id: str) -> Json:
    """A global shortcut (https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload)."""
    payload = _interaction(state, member, "shortcut")
    return payload | {
        "callback_id": callback_id,
        "trigger_id": state.triggers.mint(member.id),
        "action_ts": state.workspace.stamps.next(),
    }


def message_action(
    state: EmulatorState, member: Member, message: Message, callback_id: str, response_url: str
) -> Json:
    """A shortcut of a message; the same page."""
    channel = state.workspace.channels[message.channel]
    return shortcut(state, member, callback_id) | {
        "type": "message_action",
        "response_url": response_url,
        "channel": {"id": channel.id, "name": channel.name_in_commands},
        "message_ts": message.ts,
        "message": state.workspace.shape(message),
    }


def message_surface(state: EmulatorState, message: Message) -> Json:
    """Where a message's controls are: container and channel, and the message unless it is ephemeral."""
    channel = state.workspace.channels[message.channel]
    surface: Json = {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.is_ephemeral,
        },
        "channel": {"id": channel.id, "name": channel.name_in_commands},
    }
    if message.thread_ts:
        surface["container"]["thread_ts"] = message.thread_ts
    if not message.is_ephemeral:
        surface["message"] = state.workspace.shape(message)
    return surface


def view_surface(state: EmulatorState, view: View) -> Json:
    """Where a view's controls are."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view_shape(state, view)}


def block_actions(state: EmulatorState, member: Member, surface: Json, action: Json) -> Json:
    """Somebody pressed or chose something; the caller adds `response_url` for a message."""
    payload = _interaction(state, member, "block_actions") | surface
    payload["trigger_id"] = state.triggers.mint(member.id)
    payload["actions"] = [{**action, "action_ts": state.workspace.stamps.next()}]
    return payload


def block_suggestion(
    state: EmulatorState, member: Member, surface: Json, element: Json, block_id: str, typed: str
) -> Json:
    """Somebody types in an external select."""
    payload = _interaction(state, member, "block_suggestion") | surface
    return payload | {"action_id": element["action_id"], "block_id": block_id, "value": typed}


def view_submission(state: EmulatorState, member: Member, view: View) -> Json:
    """Somebody pressed a modal's submit."""
    payload = _interaction(state, member, "view_submission")
    payload["trigger_id"] = state.triggers.mint(member.id)
    return payload | {"view": view_shape(state, view), "response_urls": []}


def view_closed(state: EmulatorState, member: Member, view: View, *, cleared: bool) -> Json:
    """Somebody closed a modal that asked to be told."""
    payload = _interaction(state, member, "view_closed")
    return payload | {"view": view_shape(state, view), "is_cleared": cleared}


def view_shape(state: EmulatorState, view: View) -> Json:
    """A `view` object, in answers and in payloads; a home tab has a title that nobody gave it."""
    given = view.given
    here, org_wide = state.workspace.team_id, state.teams.org_wide(state.workspace.team_id)
    member = state.workspace.members.get(view.user)
    return {
        "id": view.id,
        "team_id": here if member is None or member.belongs_to(here) else member.team_id,
        "type": given["type"],
        "blocks": given["blocks"],
        "private_metadata": given.get("private_metadata", ""),
        "callback_id": given.get("callback_id", ""),
        "state": {"values": inputs.state_values(given["blocks"], view.typed)},
        "hash": view.hash,
        "title": given.get("title", _HOME_TITLE),
        "clear_on_close": given.get("clear_on_close", False),
        "notify_on_close": given.get("notify_on_close", False),
        "close": given.get("close"),
        "submit": given.get("submit"),
        "previous_view_id": view.previous,
        "root_view_id": view.root,
        "app_id": state.workspace.app_id,
        "external_id": given.get("external_id", ""),
        "app_installed_team_id": org_wide.id if org_wide else here,
        "bot_id": state.workspace.bot_id,
    }


def event_callback(state: EmulatorState, event: Json) -> Json:
    """The outer envelope of an Events API event.

    `authorizations` names one installation that may see it: for an org-wide one without a workspace (the
    test data of slackapi/bolt-python, `test_events_org_apps.py`).
    """
    workspace = state.workspace
    place = workspace.channels.get(str(event.get("channel")))
    organisation = state.teams.organisation_of(workspace.team_id)
    enterprise_id = organisation.id if organisation else None
    org_wide = state.teams.org_wide(workspace.team_id) is not None
    authorization = {
        "enterprise_id": enterprise_id,
        "team_id": None if org_wide else workspace.team_id,
        "user_id": workspace.bot.id,
        "is_bot": True,
        "is_enterprise_install": org_wide,
    }
    return ({"enterprise_id": enterprise_id} if enterprise_id else {}) | {
        "token": state.secrets.verification_token,
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": enterprise_id,
        "api_app_id": workspace.app_id,
        "event": {"event_ts": workspace.stamps.next(), **event},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(state.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": bool(place and place.is_ext_shared),
        "event_context": f"4-{secrets.token_urlsafe(24)}",
    }


def access_event(state: EmulatorState, enterprise_id: str, kind: str, team_ids: list[str]) -> Json:
    """`team_access_granted` and `team_access_revoked`, which belong to no workspace; the same test data."""
    return {
        "token": state.secrets.verification_token,
        "enterprise_id": enterprise_id,
        "api_app_id": state.workspace.app_id,
        "event": {"type": kind, "team_ids": team_ids, "event_ts": state.workspace.stamps.next()},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(state.clock()),
    }


def org_event(state: EmulatorState, organisation: Organisation, event: Json) -> Json:
    """An event of an org-wide installation as a whole, which belongs to no workspace."""
    authorization = {
        "enterprise_id": organisation.id,
        "team_id": None,
        "user_id": organisation.bot.id,
        "is_bot": True,
        "is_enterprise_install": True,
    }
    return access_event(state, organisation.id, "", []) | {
        "team_id": None,
        "event": {"event_ts": state.workspace.stamps.next(), **event},
        "authorizations": [authorization],
    }
