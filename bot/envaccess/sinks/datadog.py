"""A sink that is Datadog's intake of logs.

Source: docs.datadoghq.com/api/latest/logs/send-logs: 5 MB a request, 1,000 logs, and a log over 1 MB is cut
with 2xx, so that we truncate far below it and say so. A log may be 18 hours old: an older one goes without a
time, which Datadog then sets, and with the tag `late:true`; the message has the event's own time.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from envaccess.application.ports.process import Clock
from envaccess.audit.formats import Format, encode
from envaccess.audit.formats.classes import Severity, class_of
from envaccess.domain.audit import Event
from envaccess.domain.sinks import SinkSpec
from envaccess.projections.sinks.ports import EncodedEvent, SinkLimits
from envaccess.sinks.outgoing import judge, post
from envaccess.sinks.secret import SinkSecret

_OLDEST: Final = 17 * 3_600 * 1_000
"""Milliseconds: an hour less than what Datadog takes, since it takes its time, too."""
_STATUS: Final[Mapping[Severity, str]] = {
    Severity.INFORMATIONAL: "info",
    Severity.LOW: "notice",
    Severity.MEDIUM: "warn",
    Severity.HIGH: "error",
}


class DatadogSink:
    """POSTs arrays of logs whose message is the event as JSON."""

    limits = SinkLimits()

    def __init__(self, spec: SinkSpec, clock: Clock) -> None:
        self.name = spec.name
        self._spec, self._clock, self._form = spec, clock, Format(spec.form)
        self._secret = SinkSecret(spec)

    def encode(self, event: Event) -> bytes:
        """One log."""
        late = self._clock.now() - event.at > _OLDEST
        tags = [self._spec.further.get("tags", ""), f"event:{event.event}", "late:true" if late else ""]
        log: dict[str, object] = {
            "ddsource": "envaccess",
            "service": self._spec.further.get("service", "envaccess"),
            "ddtags": ",".join(filter(None, tags)),
            "status": _STATUS[class_of(event.event).severity],
            "message": encode(self._form, event),
        }
        if not late:
            log["timestamp"] = event.at
        return json.dumps(log, separators=(",", ":")).encode()

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        """One request."""
        headers = {"DD-API-KEY": self._secret.now(), "Content-Type": "application/json"}
        body = b"[" + b",".join(one.text for one in batch) + b"]"
        judge(await post(self._spec, self._spec.place, body, headers))
