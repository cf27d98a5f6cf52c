"""Every metric that there is, but for those that `slack` and `projections` count themselves."""

from typing import Final

from envaccess.domain.metrics import DECLARED, LabelWords, Metric, MetricKind, words
from envaccess.domain.sources.faults import SourceFault
from envaccess.projections import event_metrics
from envaccess.slack import metrics as slack_metrics
from envaccess.sources.limits import UNKNOWN, WELL
from envaccess.store.gauges import STANDINGS
from envaccess.store.runner import OUTCOMES


def _gauge(name: str, says: str, **labels: LabelWords) -> Metric:
    return Metric(f"envaccess_{name}", MetricKind.GAUGE, says, labels)


STORE_CALLS: Final = Metric(
    "envaccess_store_calls_total",
    MetricKind.COUNTER,
    "Calls of Redis: done, unavailable (nothing was done), uncertain (nobody knows).",
    {"outcome": words(*OUTCOMES)},
)
SOURCE_CALLS: Final = Metric(
    "envaccess_source_calls_total",
    MetricKind.COUNTER,
    "Calls of the sources that sources.yml declares, by source and by its fault; none for those that worked.",
    {"source": DECLARED, "fault": words(WELL, UNKNOWN, *SourceFault)},
)
UP: Final = _gauge("redis_up", "1 while Redis answers; without it the gauges that it says are not shown.")
PENDING: Final = _gauge("pending_requests", "Requests that wait for a decision.")
OLDEST_PENDING: Final = _gauge("oldest_pending_seconds", "How long the oldest of them has waited.")
DRAWINGS: Final = _gauge("outbox_requests", "Requests whose messages are to be drawn again.")
OLDEST_DRAWING: Final = _gauge("outbox_oldest_seconds", "How long the oldest of them is overdue.")
AUDIT_LAG: Final = _gauge("audit_lag_seconds", "Age of the oldest event without a line in the audit channel.")
SINK_LAG: Final = _gauge("sink_lag_seconds", "Age of the oldest event that a sink lacks.", sink=DECLARED)
HELD: Final = _gauge("slack_held_seconds", "How long the longest Retry-After still holds calls back.")
LEADER: Final = _gauge("leader", "1 in the replica that draws; the sum over all is 1.", workspace=DECLARED)
SOCKET_LINES: Final = _gauge(
    "socket_lines",
    "Connections of Socket Mode: open in this process, and of this app in all as Slack said last.",
    told_by=words("us", "slack"),
)
MEMORY: Final = _gauge("redis_memory_bytes", "What Redis uses.")
MEMORY_MOST: Final = _gauge("redis_memory_limit_bytes", "Redis' maxmemory; 0 for none.")
CLOCK: Final = _gauge("redis_clock_offset_seconds", "By how much Redis' clock is ahead of this machine's.")
LEASES: Final = _gauge(
    "leases",
    "What sources made that is not confirmed gone: live, ending, overdue by a minute, or a tombstone.",
    state=words(*STANDINGS),
)
ROTATIONS: Final = _gauge(
    "rotations",
    "Rotations that are not over, and of them those to be looked at now.",
    state=words("open", "due"),
)
ALARMS: Final = _gauge("alarms", "Faults that only a person mends, and lost channels.")
TOKEN: Final = _gauge("slack_token_accepted", "1 while Slack accepts the bot token, as far as it was asked.")
TOKEN_LEFT: Final = _gauge(
    "slack_token_left_seconds", "Until the first token that is rotated ends; not shown where none is."
)
POLICY_AGE: Final = _gauge(
    "policy_age_seconds", "For how long this process has its policy, as scrapes saw it."
)
BUILD: Final = _gauge("build_info", "1, with the version of envaccess.", version=DECLARED)
SCHEMA_WRITTEN: Final = _gauge("schema", "The schema of requests that this version writes.")
EPOCH: Final = _gauge("store_epoch", "How the store as a whole is laid out.")
GAUGES: Final = (
    *(UP, PENDING, OLDEST_PENDING, DRAWINGS, OLDEST_DRAWING, AUDIT_LAG, SINK_LAG, HELD, LEADER, SOCKET_LINES),
    *(
        MEMORY,
        MEMORY_MOST,
        CLOCK,
        LEASES,
        ROTATIONS,
        ALARMS,
        TOKEN,
        TOKEN_LEFT,
        POLICY_AGE,
        BUILD,
        SCHEMA_WRITTEN,
        EPOCH,
    ),
)
METRICS: Final = (*slack_metrics.METRICS, *event_metrics.METRICS, STORE_CALLS, SOURCE_CALLS, *GAUGES)
