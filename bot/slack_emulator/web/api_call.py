"""One call of a Web API method: its arguments, read the way Slack reads them."""

import json
from dataclasses import dataclass, field
from typing import Literal

from slack_emulator import blockkit
from slack_emulator.installations import BotToken
from slack_emulator.state import EmulatorState
from slack_emulator.types import Json, RefusalError, complain
from slack_emulator.workspace import Workspace

MESSAGE_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
VIEW_BYTES = 250_000
BLOCKS_CHARACTERS = 13_200
"""The last is not documented but what Slack was seen to refuse (slackapi/bolt-js#2509)."""

_WORDS = ("title", "submit", "close")


@dataclass
class ApiCall:
    """The arguments, and the state on which to act.

    `only_for` names the one person who sees the outcome; `token` the kind of token, if there was
    one, and `grant` the bot token itself; `client` is the app's id and secret from HTTP Basic authentication;
    `events` what the app is to be told afterwards.
    """

    state: EmulatorState
    args: Json
    only_for: str | None = None
    token: Literal["bot", "app"] | None = None
    grant: BotToken | None = None
    client: tuple[str, str] | None = None
    events: list[Json] = field(default_factory=list)

    @property
    def workspace(self) -> Workspace:
        """The state that methods read and change."""
        return self.state.workspace

    def text(self, name: str) -> str | None:
        """A string argument, None when missing or empty."""
        value = self.args.get(name)
        return str(value) if value not in (None, "") else None

    def flag(self, name: str) -> bool:
        """A boolean argument in any of its spellings."""
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A whole number; raises `invalid_arguments`."""
        value = self.args.get(name)
        try:
            return default if value in (None, "") else int(str(value))
        except ValueError:
            raise complain("invalid_arguments", [f"must be an integer [json-pointer:/{name}]"]) from None

    def json(self, name: str, error: str) -> object:
        """An argument that may be JSON itself or a string of JSON; raises `error` if it is neither."""
        value = self.args.get(name)
        if not isinstance(value, str) or not value:
            return None if value == "" else value
        try:
            parsed: object = json.loads(value)
        except ValueError:
            raise RefusalError(error) from None
        return parsed

    def blocks(self) -> list[Json] | None:
        """The message's blocks, checked and filled in; None when the argument is missing."""
        return checked_blocks(self.json("blocks", "invalid_blocks_format"))

    def metadata(self) -> Json | None:
        """The message's metadata, checked."""
        given = self.json("metadata", "invalid_metadata_format")
        if given is None:
            return None
        if not isinstance(given, dict) or not {"event_type", "event_payload"} <= given.keys():
            raise RefusalError("invalid_metadata_format")
        return given

    def view(self, *kinds: str) -> Json:
        """The `view` argument, checked and filled in; raises `invalid_arguments` with the reasons."""
        return checked_view(self.json("view", "invalid_arguments"), *kinds)


def checked_blocks(given: object) -> list[Json] | None:
    """Blocks as Slack would take them; raises `invalid_blocks` or `msg_blocks_too_long`."""
    if given is None:
        return None
    if wrong := blockkit.wrong_in_message(given):
        raise complain("invalid_blocks", wrong)
    if len(json.dumps(given, ensure_ascii=False, separators=(",", ":"))) > BLOCKS_CHARACTERS:
        raise RefusalError("msg_blocks_too_long")
    assert isinstance(given, list)
    return blockkit.fill(given)


def checked_view(given: object, *kinds: str) -> Json:
    """A view as Slack would take it; raises `invalid_arguments` or `view_too_large`."""
    if wrong := blockkit.wrong_in_view(given, *kinds):
        raise complain("invalid_arguments", wrong)
    assert isinstance(given, dict)
    if len(json.dumps(given)) > VIEW_BYTES:
        raise RefusalError("view_too_large")
    words = {name: blockkit.fill_words(given[name]) for name in _WORDS if name in given}
    return {**given, **words, "blocks": blockkit.fill(given["blocks"])}
