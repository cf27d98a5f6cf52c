"""Messages: what they hold, and how Slack hands them to an app."""

from dataclasses import dataclass, field

from slack_emulator.types import Json


@dataclass(frozen=True)
class Revision:
    """What a message showed at one time."""

    text: str
    blocks: list[Json]


@dataclass(eq=False)
class Message:
    """One message in a channel.

    `only_for` is the user id of the only person who sees it (an ephemeral message); such a message is
    not stored by Slack, so no method can reach it. `revisions` are all it ever showed, oldest first. `typed`
    is what people typed and chose in it, by user id, then block and action id; it lives in their clients.
    """

    channel: str
    ts: str
    author: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    only_for: str | None = None
    metadata: Json | None = None
    formatting: Json = field(default_factory=dict)
    edited_ts: str | None = None
    gone: bool = False
    revisions: list[Revision] = field(default_factory=list)
    typed: dict[str, dict[tuple[str, str], Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.revisions.append(Revision(self.text, self.blocks))

    @property
    def is_ephemeral(self) -> bool:
        """True when only one person sees it."""
        return self.only_for is not None

    def typed_by(self, user_id: str) -> dict[tuple[str, str], Json]:
        """What this person typed and chose in it, to be added to."""
        return self.typed.setdefault(user_id, {})

    def show(self, text: str, blocks: list[Json]) -> None:
        """Replace what the message shows."""
        self.text, self.blocks = text, blocks
        self.revisions.append(Revision(text, blocks))


def message_shape(message: Message, *, team_id: str, app_id: str, bot_id: str) -> Json:
    """The `message` object in answers and payloads, for a message that the bot wrote."""
    shape: Json = {
        "user": message.author,
        "type": "message",
        "ts": message.ts,
        "bot_id": bot_id,
        "app_id": app_id,
        "text": message.text,
        "team": team_id,
    }
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if message.metadata:
        shape["metadata"] = message.metadata
    if message.edited_ts:
        shape["edited"] = {"user": message.author, "ts": message.edited_ts}
    return shape
