"""Objects that several answers and payloads carry, as Slack documents them.

Where a page only shows an example, fields are `always` if every example and recorded answer has them.
Recorded: slackapi/java-slack-sdk, `json-logs/samples`, and the test data of slackapi/bolt-python.
"""

from tests.fidelity.shapes import (
    ANYTHING,
    APP,
    BOT,
    CHANNEL,
    DM,
    FALSE,
    FLAG,
    GROUP,
    NULL,
    NUMBER,
    TEAM,
    TEXT,
    TRUE,
    TS,
    URL,
    USER,
    VIEW_ID,
    WHOLE,
    Doc,
    Kind,
    Many,
    Map,
    What,
    either,
    exactly,
    one_of,
)

# https://docs.slack.dev/apis/web-api#evaluating_responses
REFUSED = Doc(
    {"ok": FALSE, "error": TEXT},
    {
        "needed": TEXT,
        "provided": TEXT,
        "req_method": TEXT,
        "errors": Many(TEXT),
        "response_metadata": Doc({}, {"messages": Many(TEXT), "warnings": Many(TEXT)}),
        "warning": TEXT,
    },
)


def answered(fields: dict[str, Doc | Kind | Many], sometimes: dict[str, Doc | Kind] | None = None) -> Doc:
    """An answer that says `ok`."""
    return Doc({"ok": TRUE, **fields}, sometimes or {})


# https://docs.slack.dev/reference/block-kit/composition-objects/text-object
PLAIN = Doc({"type": exactly("plain_text"), "text": TEXT, "emoji": FLAG})

# https://docs.slack.dev/reference/block-kit/blocks; what is in them is `test_block_kit_*`'s subject.
BLOCK = Kind(
    "a block with its id", lambda value: isinstance(value, dict) and {"type", "block_id"} <= set(value)
)

BOT_PROFILE = Doc(
    {"id": BOT, "deleted": FLAG, "name": TEXT, "updated": WHOLE, "app_id": APP, "team_id": TEAM},
    {"icons": Map(URL), "user_id": USER},
)

# The message that an app wrote: example in https://docs.slack.dev/reference/methods/chat.postMessage
# (`bot_message` there is that of classic apps), objs_message of slackapi/slack-api-specs, and recorded ones.
_MESSAGE: dict[str, What] = {
    "type": exactly("message"),
    "text": TEXT,
    "user": USER,
    "bot_id": BOT,
    "app_id": APP,
    "team": TEAM,
}
_MESSAGE_SOMETIMES: dict[str, What] = {
    "blocks": Many(BLOCK),
    "thread_ts": TS,
    "metadata": Doc({"event_type": TEXT, "event_payload": ANYTHING}),
    "edited": Doc({"user": USER, "ts": TS}),
    "bot_profile": BOT_PROFILE,
}
MESSAGE = Doc({**_MESSAGE, "ts": TS}, _MESSAGE_SOMETIMES)
CHANGED_MESSAGE = Doc(_MESSAGE, _MESSAGE_SOMETIMES)
"""In the answer to `chat.update`: neither the example nor the recorded one has a `ts`."""

# https://docs.slack.dev/reference/views/modal-views, example of https://docs.slack.dev/reference/methods/views.open
# and recorded payloads; `title`, `close` and `submit` are null where there are none.
VIEW = Doc(
    {
        "id": VIEW_ID,
        "team_id": TEAM,
        "type": one_of("modal", "home"),
        "title": PLAIN,
        "close": either(PLAIN, NULL),
        "submit": either(PLAIN, NULL),
        "blocks": Many(BLOCK),
        "private_metadata": TEXT,
        "callback_id": TEXT,
        "external_id": TEXT,
        "state": Doc({"values": Map(Map(ANYTHING))}),
        "hash": TEXT,
        "clear_on_close": FLAG,
        "notify_on_close": FLAG,
        "root_view_id": VIEW_ID,
        "previous_view_id": either(VIEW_ID, NULL),
        "app_id": APP,
        "app_installed_team_id": TEAM,
        "bot_id": BOT,
    },
)

_NOTE = Doc({"value": TEXT, "creator": TEXT, "last_set": WHOLE})

# https://docs.slack.dev/reference/objects/conversation-object and the examples of conversations.info
NAMED_CHANNEL = Doc(
    {
        "id": CHANNEL,
        "name": TEXT,
        "name_normalized": TEXT,
        "is_channel": FLAG,
        "is_group": FLAG,
        "is_im": FALSE,
        "is_mpim": FLAG,
        "is_private": FLAG,
        "is_archived": FLAG,
        "is_general": FLAG,
        "is_shared": FLAG,
        "is_ext_shared": FLAG,
        "is_org_shared": FLAG,
        "is_pending_ext_shared": FLAG,
        "is_frozen": FLAG,
        "created": WHOLE,
        "updated": WHOLE,
        "creator": USER,
        "context_team_id": TEAM,
        "shared_team_ids": Many(TEAM),
        "pending_shared": Many(TEXT),
        "pending_connected_team_ids": Many(TEXT),
        "unlinked": WHOLE,
        "parent_conversation": either(NULL, CHANNEL),
        "topic": _NOTE,
        "purpose": _NOTE,
        "previous_names": Many(TEXT),
    },
    {"is_member": FLAG, "num_members": WHOLE, "locale": TEXT},
)
DIRECT_MESSAGES = Doc(
    {"id": DM, "created": WHOLE, "is_im": TRUE, "is_org_shared": FLAG, "user": USER, "is_open": FLAG},
    {
        "is_archived": FLAG,
        "context_team_id": TEAM,
        "updated": WHOLE,
        "priority": NUMBER,
        "locale": TEXT,
        "num_members": WHOLE,
    },
)

# https://docs.slack.dev/reference/objects/user-object and https://docs.slack.dev/reference/methods/users.info:
# "Only the image_* fields are guaranteed to be included" in a profile.
PROFILE = Doc(
    {f"image_{size}": URL for size in (24, 32, 48, 72, 192, 512)},
    {
        **dict.fromkeys(
            (
                "title",
                "phone",
                "skype",
                "real_name",
                "real_name_normalized",
                "display_name",
                "display_name_normalized",
                "status_text",
                "status_emoji",
                "avatar_hash",
                "first_name",
                "last_name",
                "email",
            ),
            TEXT,
        ),
        "fields": NULL,
        "status_emoji_display_info": Many(ANYTHING),
        "status_expiration": WHOLE,
        "team": TEAM,
        "api_app_id": APP,
        "bot_id": BOT,
        "always_active": FLAG,
    },
)
_ACCOUNT: dict[str, What] = {
    "id": USER,
    "team_id": TEAM,
    "name": TEXT,
    "deleted": FLAG,
    "profile": PROFILE,
    "is_bot": FLAG,
    "is_app_user": FLAG,
    "updated": WHOLE,
}
_LIVE: dict[str, What] = {
    "color": TEXT,
    "real_name": TEXT,
    "tz": TEXT,
    "tz_label": TEXT,
    "tz_offset": WHOLE,
    "is_admin": FLAG,
    "is_owner": FLAG,
    "is_primary_owner": FLAG,
    "is_restricted": FLAG,
    "is_ultra_restricted": FLAG,
    "is_email_confirmed": FLAG,
    "who_can_share_contact_card": TEXT,
}
_MARKED: dict[str, What] = {"is_stranger": TRUE, "is_invited_user": TRUE, "locale": TEXT}
USER_OBJECT = Doc({**_ACCOUNT, **_LIVE}, _MARKED)
DEACTIVATED_USER = Doc(_ACCOUNT, _MARKED)

# https://docs.slack.dev/reference/objects/usergroup-object, the examples of usergroups.list and of the event
# subteam_updated, and recorded ones. Of `user_count`, examples have text ("4"), recorded answers a number.
USER_GROUP = Doc(
    {
        "id": GROUP,
        "team_id": TEAM,
        "is_usergroup": TRUE,
        "name": TEXT,
        "description": TEXT,
        "handle": TEXT,
        "is_external": FLAG,
        "date_create": WHOLE,
        "date_update": WHOLE,
        "date_delete": WHOLE,
        "auto_type": either(NULL, TEXT),
        "created_by": either(USER, exactly("USLACKBOT")),
        "updated_by": either(USER, exactly("USLACKBOT")),
        "deleted_by": either(NULL, USER),
        "prefs": Doc({"channels": Many(CHANNEL), "groups": Many(CHANNEL)}),
    },
    {
        "is_subteam": TRUE,
        "auto_provision": FLAG,
        "enterprise_subteam_id": TEXT,
        "channel_count": WHOLE,
        "users": Many(USER),
        "user_count": either(WHOLE, TEXT),
    },
)
