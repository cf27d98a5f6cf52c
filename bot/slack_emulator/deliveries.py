"""One thing handed to the bot, and what came back."""

import json
from dataclasses import dataclass, field
from typing import Literal

from slack_emulator.types import Json

Kind = Literal["slash_commands", "interactive", "events_api"]

TIMED_OUT = "operation_timeout"
FAILED = "dispatch_failed"
"""What Slack shows to the person when no acknowledgement came in time, or nobody could be reached."""


@dataclass(eq=False)
class PayloadDelivery:
    """A payload on its way: every acknowledgement in order, the first of which is the one that counts.

    `error` is None, `operation_timeout` or `dispatch_failed`; `status` the last HTTP status (HTTP mode),
    `broken` why the last try got none, as `x-slack-retry-reason` says it.
    """

    kind: Kind
    payload: Json
    envelope_id: str
    acks: list[Json] = field(default_factory=list)
    error: str | None = None
    status: int | None = None
    broken: str = ""

    @property
    def ack(self) -> Json:
        """The payload of the first acknowledgement; empty when it had none."""
        return self.acks[0] if self.acks else {}

    @property
    def acked(self) -> bool:
        """True when the bot acknowledged."""
        return bool(self.acks)


def private_to(delivery: PayloadDelivery) -> str | None:
    """The user id of the only person who sees the acknowledgement's content."""
    if delivery.kind == "slash_commands" and delivery.ack.get("response_type") != "in_channel":
        return str(delivery.payload.get("user_id"))
    user = delivery.payload.get("user")
    return str(user["id"]) if delivery.kind == "interactive" and isinstance(user, dict) else None


def as_ack(body: object) -> Json:
    """An acknowledgement's payload, whatever way it came: an object, JSON text, or plain text."""
    if isinstance(body, dict):
        return body
    if not isinstance(body, str) or not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        return {"text": body}
    return parsed if isinstance(parsed, dict) else {"text": body}
