"""The manifest installs: it fits Slack's schema, v2, and asks for nothing that the bot does not use.

The schema is our own transcription of the parts that we use, from
https://github.com/slackapi/manifest-schema (schemas/manifest.schema.2.0.0.json, at commit c50cfa8).
"""

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "manifest.yml").read_text()
Json = dict[str, Any]


def closed(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def text(least: int, most: int, **more: Any) -> Json:
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def texts(most: int, longest: int) -> Json:
    return {"type": "array", "maxItems": most, "uniqueItems": True, "items": text(1, longest)}


BOOLEAN = {"type": "boolean"}
URL = text(1, 3500, pattern=r"^https?://")

COMMAND = closed(
    ["command", "description"],
    command=text(2, 32, pattern="^/"),
    url=text(1, 3000, pattern=r"^https?://"),
    description=text(1, 2000),
    usage_hint=text(1, 1000),
    should_escape=BOOLEAN,
)
FEATURES = closed(
    ["app_home", "bot_user", "slash_commands"],
    app_home=closed(
        [], home_tab_enabled=BOOLEAN, messages_tab_enabled=BOOLEAN, messages_tab_read_only_enabled=BOOLEAN
    ),
    bot_user=closed(["display_name"], display_name=text(1, 80), always_online=BOOLEAN),
    slash_commands={"type": "array", "minItems": 1, "maxItems": 50, "items": COMMAND},
)
SETTINGS = closed(
    ["event_subscriptions", "interactivity", "socket_mode_enabled"],
    event_subscriptions=closed(["bot_events"], request_url=URL, bot_events=texts(100, 50)),
    interactivity=closed(["is_enabled"], is_enabled=BOOLEAN, request_url=URL, message_menu_options_url=URL),
    org_deploy_enabled=BOOLEAN,
    socket_mode_enabled=BOOLEAN,
    token_rotation_enabled=BOOLEAN,
)
SCHEMA = closed(
    ["_metadata", "display_information", "features", "oauth_config", "settings"],
    _metadata=closed(["major_version"], major_version={"const": 2}, minor_version={"type": "integer"}),
    display_information=closed(
        ["name"],
        name=text(1, 35),
        description=text(1, 140),
        long_description=text(175, 4000),
        background_color=text(4, 7, pattern="^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"),
    ),
    features=FEATURES,
    oauth_config=closed(["scopes"], scopes=closed(["bot"], bot=texts(255, 50))),
    settings=SETTINGS,
)


def manifest(source: str = TEXT) -> Json:
    loaded: Json = yaml.safe_load(source)
    return loaded


def check(found: Json) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(found)


def test_manifest_fits_slacks_schema() -> None:
    check(manifest())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("display_information", "name"), "n" * 36),
        (("display_information", "description"), "d" * 141),
        (("display_information", "long_description"), "too short"),
        (("display_information", "background_color"), "blue"),
        (("features", "slash_commands", 0, "command"), "envaccess"),
        (("features", "slash_commands", 0, "shold_escape"), True),
        (("settings", "socket_mode"), True),
        (("settings", "event_subscriptions", "bot_events"), ["user_change", "user_change"]),
        (("oauth_config", "scopes", "bot"), "chat:write"),
        (("_metadata", "major_version"), 1),
        (("unknown",), {}),
    ],
)
def test_schema_catches_what_slack_would_refuse(path: tuple[Any, ...], value: object) -> None:
    broken: Any = copy.deepcopy(manifest())
    place = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(broken)


def test_app_asks_no_scope_beyond_what_it_uses() -> None:
    assert manifest()["oauth_config"]["scopes"]["bot"] == [
        "commands",
        "chat:write",
        "im:write",
        "users:read",
        "usergroups:read",
        "channels:read",
        "groups:read",
    ]


def test_app_subscribes_to_the_events_that_end_access_or_trust_and_to_its_home() -> None:
    """A missing one would leave a grant to somebody deactivated, or an approvers channel shared outside."""
    assert set(manifest()["settings"]["event_subscriptions"]["bot_events"]) == {
        "user_change",
        "member_joined_channel",
        "member_left_channel",
        "channel_shared",
        "subteam_members_changed",
        "subteam_updated",
        "app_home_opened",
        "tokens_revoked",
        "app_uninstalled",
        "team_access_granted",
        "team_access_revoked",
    }


def test_mentions_arrive_escaped_and_the_home_tab_and_the_message_box_are_there() -> None:
    features = manifest()["features"]
    (command,) = features["slash_commands"]
    assert command["command"] == "/envaccess"
    assert command["should_escape"] is True
    assert features["app_home"]["home_tab_enabled"] is True
    assert features["app_home"]["messages_tab_enabled"] is True
    assert features["app_home"]["messages_tab_read_only_enabled"] is False


def test_socket_mode_is_on_and_http_mode_is_what_the_comments_say() -> None:
    """Following the comment must give a manifest that fits too, with four addresses at one path."""
    socket = manifest()
    assert socket["settings"]["socket_mode_enabled"] is True
    assert socket["settings"]["interactivity"]["is_enabled"] is True
    names = ("url", "request_url", "message_menu_options_url")
    source = TEXT.replace("socket_mode_enabled: true", "socket_mode_enabled: false")
    for name in names:
        source = source.replace(f"# {name}: ", f"{name}: ")
    http = manifest(source)
    check(http)
    assert source.count("https://HOST/slack/events") == 4
    assert http["features"]["slash_commands"][0]["url"] == "https://HOST/slack/events"
    assert http["settings"]["interactivity"]["request_url"] == "https://HOST/slack/events"
    assert http["settings"]["interactivity"]["message_menu_options_url"] == "https://HOST/slack/events"
    assert http["settings"]["event_subscriptions"]["request_url"] == "https://HOST/slack/events"


def test_procfile_serves_on_the_port_that_the_host_gives() -> None:
    assert (ROOT / "Procfile").read_text() == "web: env ENVACCESS_LISTEN=0.0.0.0 envaccess serve\n"
