"""The manifest asks Slack for exactly what the bot listens to and calls."""

from pathlib import Path

import yaml

from envaccess.slack.events import EVENTS
from envaccess.slack.install import removal
from envaccess.slack.installation import SCOPES
from envaccess.slack.names import COMMAND

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text())


def test_the_manifest_subscribes_to_every_event_that_is_handled_and_to_no_other() -> None:
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == EVENTS | removal.EVENTS


def test_the_manifest_declares_the_one_command_that_is_registered() -> None:
    [command] = MANIFEST["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert command["should_escape"] is True, "typed mentions would arrive as names, which can be forged"


def test_the_manifest_asks_for_the_scopes_that_serving_checks() -> None:
    """An app that asks for less fails at a click; one that asks for more would not be installed."""
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == SCOPES
