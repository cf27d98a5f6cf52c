"""What is counted of Slack: how fast it is answered, what its methods say, how long it asks to wait."""

from collections.abc import Mapping
from typing import Any, Final

from envaccess.domain.metrics import LabelWords, Metric, MetricKind, words
from envaccess.domain.tracing import SpanKind, SpanName
from envaccess.projections.refused_calls import Cause, codes_of

_KINDS: Final = (
    "block_actions",
    "block_suggestion",
    "command",
    "event_callback",
    "message_action",
    "shortcut",
    "url_verification",
    "view_closed",
    "view_submission",
)
_OUTCOMES: Final = {200: "answered", 400: "unreadable", 404: "no_listener"}
FAILED: Final = "failed"
NOT_SENT: Final = "not_sent"
_METHOD: Final = words(
    "apps.connections.open",
    "auth.revoke",
    "auth.teams.list",
    "auth.test",
    "chat.delete",
    "chat.postEphemeral",
    "chat.postMessage",
    "chat.update",
    "conversations.info",
    "conversations.members",
    "conversations.open",
    "oauth.v2.access",
    "usergroups.list",
    "usergroups.users.list",
    "users.info",
    "views.open",
    "views.publish",
)
OK: Final = "ok"
RATELIMITED: Final = "ratelimited"
LOST: Final = "lost"
_CODES: Final = codes_of(set(Cause) - {Cause.UNKNOWN})

PAYLOAD: Final = SpanName(
    "slack.payload", SpanKind.SERVER, {"kind": words(*_KINDS)}, words(*_OUTCOMES.values(), FAILED, NOT_SENT)
)
"""From when a payload is read until it is answered."""
CALL: Final = SpanName(
    "slack.call", SpanKind.CLIENT, {"method": _METHOD}, LabelWords(_CODES | {OK, RATELIMITED, LOST, NOT_SENT})
)

ACK_SECONDS: Final = Metric(
    "envaccess_ack_seconds",
    MetricKind.HISTOGRAM,
    "From when a payload of Slack's is read until it is answered; Slack waits 3 s.",
    {"kind": words(*_KINDS), "outcome": words(*_OUTCOMES.values(), FAILED, NOT_SENT)},
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0),
)
SLACK_CALLS: Final = Metric(
    "envaccess_slack_calls_total",
    MetricKind.COUNTER,
    "Calls of Slack's Web API, by what Slack said: ok, ratelimited, lost, not_sent, or its code.",
    {"method": _METHOD, "code": LabelWords(_CODES | {OK, RATELIMITED, LOST, NOT_SENT})},
)
RETRY_AFTER_SECONDS: Final = Metric(
    "envaccess_slack_retry_after_seconds_total",
    MetricKind.COUNTER,
    "Seconds that Slack asked to wait in all, by method.",
    {"method": _METHOD},
)
BAD_SIGNATURES: Final = Metric(
    "envaccess_bad_signatures_total",
    MetricKind.COUNTER,
    "Posts to /slack/events that are not Slack's.",
)
METRICS: Final = (ACK_SECONDS, SLACK_CALLS, RETRY_AFTER_SECONDS, BAD_SIGNATURES)


def kind_of(payload: Mapping[str, Any]) -> str:
    """Under which kind a payload is timed."""
    return "command" if "command" in payload else str(payload.get("type"))


def outcome_of(status: int) -> str:
    """Under which outcome, by the status that Bolt answers with."""
    return _OUTCOMES.get(status, FAILED)
