"""For each alert: what its metrics say when it must fire, and the labels that it fires with."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RuleCase:
    """One alert's bad day, and what a good one looks like beside it.

    Attributes:
        series: promtool's notation, by series.
        minutes: after which it fires.
        labels: besides `severity`.
    """

    series: dict[str, str]
    minutes: int
    labels: dict[str, str] = field(default_factory=dict)


BUILD = 'envaccess_build_info{version="0.1.0",instance="%s"}'
SINK = 'envaccess_sink_lag_seconds{sink="siem"}'
LEADER = 'envaccess_leader{workspace="T0ACME",instance="%s"}'
ACKS = 'envaccess_ack_seconds_bucket{kind="command",outcome="answered",le="%s"}'
SOURCE = 'envaccess_source_calls_total{source="vault",fault="%s"}'

HEALTHY = {
    BUILD % "a": "1x150",
    BUILD % "b": "1x150",
    LEADER % "a": "1x150",
    LEADER % "b": "0x150",
    "envaccess_redis_up": "1x150",
    'envaccess_store_calls_total{outcome="done"}': "0+600x150",
    'envaccess_store_calls_total{outcome="uncertain"}': "0x150",
    "envaccess_redis_memory_bytes": "1000x150",
    "envaccess_redis_memory_limit_bytes": "4000x150",
    "envaccess_redis_clock_offset_seconds": "-0.2x150",
    ACKS % "0.05": "0+60x150",
    ACKS % "1.5": "0+60x150",
    ACKS % "3.0": "0+60x150",
    ACKS % "+Inf": "0+60x150",
    'envaccess_ack_seconds_count{kind="command",outcome="failed"}': "0x150",
    "envaccess_slack_token_accepted": "1x150",
    "envaccess_slack_token_left_seconds": "36000-60x150",
    "envaccess_alarms": "0x150",
    'envaccess_slack_calls_total{method="chat.postMessage",code="ratelimited"}': "0+1x150",
    'envaccess_socket_lines{told_by="us",instance="a"}': "2x150",
    'envaccess_socket_lines{told_by="us",instance="b"}': "2x150",
    'envaccess_socket_lines{told_by="slack",instance="b"}': "4x150",
    "envaccess_outbox_oldest_seconds": "2x150",
    "envaccess_oldest_pending_seconds": "600x150",
    "envaccess_audit_lag_seconds": "3x150",
    SINK: "20x150",
    SOURCE % "none": "0+30x150",
    SOURCE % "missing": "0+1x150",
    'envaccess_leases{state="overdue"}': "0x150",
    'envaccess_leases{state="tombstone"}': "0x150",
    'envaccess_events_total{event="rotation.failed"}': "0x150",
    'envaccess_events_total{event="seal.broken"}': "0x150",
    'envaccess_events_total{event="record.refused"}': "0x150",
    'envaccess_events_total{event="audit.gap"}': "0x150",
    'envaccess_expiry_lateness_seconds_bucket{le="1.0"}': "0+5x150",
    'envaccess_expiry_lateness_seconds_bucket{le="300.0"}': "0+5x150",
    'envaccess_expiry_lateness_seconds_bucket{le="+Inf"}': "0+5x150",
    "envaccess_bad_signatures_total": "0+2x150",
    "envaccess_refused_attempts_total": "0+1x150",
}
"""Two hours of a quiet company, a sample a minute: no alert fires."""

CASES = {
    "EnvaccessAbsent": RuleCase({BUILD % "a": "_x150", BUILD % "b": "_x150"}, 6),
    "EnvaccessNoLeader": RuleCase({LEADER % "a": "0x150"}, 2, {"workspace": "T0ACME"}),
    "EnvaccessTwoLeaders": RuleCase({LEADER % "b": "1x150"}, 2, {"workspace": "T0ACME"}),
    "EnvaccessRedisAway": RuleCase({"envaccess_redis_up": "0x150"}, 2),
    "EnvaccessStoreUncertain": RuleCase({'envaccess_store_calls_total{outcome="uncertain"}': "0+1x150"}, 12),
    "EnvaccessRedisFilling": RuleCase({"envaccess_redis_memory_bytes": "3400x150"}, 11),
    "EnvaccessClockApart": RuleCase({"envaccess_redis_clock_offset_seconds": "-7200x150"}, 3),
    "EnvaccessAcksSlow": RuleCase({ACKS % "0.05": "0+58x150", ACKS % "1.5": "0+58x150"}, 11),
    "EnvaccessAcksFail": RuleCase(
        {'envaccess_ack_seconds_count{kind="command",outcome="failed"}': "0+1x150"}, 6
    ),
    "EnvaccessTokenRefused": RuleCase({"envaccess_slack_token_accepted": "0x150"}, 3),
    "EnvaccessTokenEnding": RuleCase({"envaccess_slack_token_left_seconds": "5399-60x150"}, 11),
    "EnvaccessAlarm": RuleCase({"envaccess_alarms": "1x150"}, 6),
    "EnvaccessRatelimited": RuleCase(
        {'envaccess_slack_calls_total{method="chat.postMessage",code="ratelimited"}': "0+15x150"}, 21
    ),
    "EnvaccessGhostConnections": RuleCase(
        {'envaccess_socket_lines{told_by="slack",instance="b"}': "5x150"}, 16
    ),
    "EnvaccessDrawingLate": RuleCase({"envaccess_outbox_oldest_seconds": "301x150"}, 6),
    "EnvaccessPendingLong": RuleCase({"envaccess_oldest_pending_seconds": "14401x150"}, 11),
    "EnvaccessAuditLate": RuleCase({"envaccess_audit_lag_seconds": "901x150"}, 11),
    "EnvaccessSinkLate": RuleCase(
        {'envaccess_sink_lag_seconds{sink="siem"}': "3601x150"}, 11, {"sink": "siem"}
    ),
    "EnvaccessSinkNearlyLost": RuleCase(
        {'envaccess_sink_lag_seconds{sink="siem"}': "432001x150"}, 1, {"sink": "siem"}
    ),
    "EnvaccessSourceFails": RuleCase({SOURCE % "missing": "0+40x150"}, 11, {"source": "vault"}),
    "EnvaccessLeasesOverdue": RuleCase({'envaccess_leases{state="overdue"}': "1x150"}, 11),
    "EnvaccessLeasesLeft": RuleCase({'envaccess_leases{state="tombstone"}': "1x150"}, 61),
    "EnvaccessRotationFails": RuleCase({'envaccess_events_total{event="rotation.failed"}': "0x5 1x150"}, 10),
    "EnvaccessExpiryLate": RuleCase({'envaccess_expiry_lateness_seconds_bucket{le="1.0"}': "0x150"}, 31),
    "EnvaccessSealBroken": RuleCase({'envaccess_events_total{event="seal.broken"}': "0x5 1x150"}, 10),
    "EnvaccessAuditGap": RuleCase({'envaccess_events_total{event="audit.gap"}': "0x5 1x150"}, 10),
    "EnvaccessBadSignatures": RuleCase({"envaccess_bad_signatures_total": "0+90x150"}, 16),
    "EnvaccessRefusedAttempts": RuleCase({"envaccess_refused_attempts_total": "0+20x150"}, 11),
    "EnvaccessVersionsApart": RuleCase(
        {
            'envaccess_build_info{version="0.1.0",instance="b"}': "_x150",
            'envaccess_build_info{version="0.2.0"}': "1x150",
        },
        61,
    ),
}
