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
from slack_emulator.types import Json
from slack_emulator.views import View

_HOME_TITLE = {"type": "plain_text", "text": "View Title", "emoji": True}


def command(
    state: EmulatorState, member: Member, channel: Channel, name: str, text: str, response_url: str
) -> Json:
    """A slash command: a form of strings."""
    return {
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
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": state.triggers.mint(member.id),
    }


def _interaction(state: EmulatorState, member: Member, kind: str) -> Json:
    """What all interactions carry. `team` is the person's, who may belong to another workspace.

    The test data of slackapi/bolt-python show it so for Slack Connect (`test_view_submission.py`). On
    Enterprise Grid `user.team_id` is any workspace of the person (slackapi/bolt-js#1875).
    """
    who = {"id": member.id, "username": member.name, "name": member.name}
    team = {"id": member.team_id, "domain": state.workspace.domain_of(member.team_id)}
    grid = {"id": member.enterprise_id, "name": "Playground Org"} if member.enterprise_id else None
    if grid:
        team |= {"enterprise_id": grid["id"], "enterprise_name": grid["name"]}
    return {
        "type": kind,
        "user": {**who, "team_id": member.acts_from or member.team_id},
        "api_app_id": state.workspace.app_id,
        "token": state.secrets.verification_token,
        "team": team,
        "enterprise": grid,
        "is_enterprise_install": False,
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
    return {
        "id": view.id,
        "team_id": state.workspace.members[view.user].team_id,
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
        "app_installed_team_id": state.workspace.team_id,
        "bot_id": state.workspace.bot_id,
    }


def event_callback(state: EmulatorState, event: Json) -> Json:
    """The outer envelope of an Events API event."""
    workspace = state.workspace
    place = workspace.channels.get(str(event.get("channel")))
    authorization = {
        "enterprise_id": None,
        "team_id": workspace.team_id,
        "user_id": workspace.bot.id,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": state.secrets.verification_token,
        "team_id": workspace.team_id,
        "context_team_id": workspace.team_id,
        "context_enterprise_id": None,
        "api_app_id": workspace.app_id,
        "event": {"event_ts": workspace.stamps.next(), **event},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(state.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": bool(place and place.is_ext_shared),
        "event_context": f"4-{secrets.token_urlsafe(24)}",
    }
