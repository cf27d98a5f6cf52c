"""Messages as histories hold them, and a workspace in which the app may read them."""

from collections.abc import Sequence

from slack_emulator import Message
from tests.fidelity.objects import answered
from tests.fidelity.shapes import FLAG, TEXT, TS, USER, WHOLE, Doc, Kind, Many, What, exactly
from tests.slack_emulator.harness import EmulatorHarness

SCOPES = ("channels:history", "groups:history", "im:history")

_ALWAYS: dict[str, What] = {"type": exactly("message"), "user": USER, "text": TEXT, "ts": TS}
_SOMETIMES: dict[str, What] = {
    "team": TEXT,
    "bot_id": TEXT,
    "app_id": TEXT,
    "blocks": Many(Kind("a block", lambda value: isinstance(value, dict))),
    "edited": Doc({"user": USER, "ts": TS}),
    "metadata": Doc({"event_type": TEXT, "event_payload": Kind("an object", lambda v: isinstance(v, dict))}),
    "thread_ts": TS,
    "parent_user_id": USER,
    "reply_count": WHOLE,
    "reply_users_count": WHOLE,
    "reply_users": Many(USER),
    "latest_reply": TS,
}
STORED = Doc(_ALWAYS, _SOMETIMES)
"""Example of https://docs.slack.dev/reference/methods/conversations.replies; recorded: java-slack-sdk,
`json-logs/samples/api/conversations.history.json`."""

MORE = Doc({"next_cursor": TEXT})
ANSWER = answered(
    {"messages": Many(STORED), "has_more": FLAG}, {"response_metadata": MORE, "pin_count": WHOLE}
)


def readable(emulator: EmulatorHarness) -> None:
    """Give the app the scopes."""
    emulator.slack.state.scopes += SCOPES


def said(emulator: EmulatorHarness, *texts: str) -> Sequence[Message]:
    """Alice writes these, a second apart."""
    written = []
    for text in texts:
        emulator.clock.advance(1)
        written.append(emulator.alice.write(emulator.general, text))
    return written
