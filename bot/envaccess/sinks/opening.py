"""A sink from what its file declares."""

from envaccess.application.ports.process import Clock
from envaccess.audit.formats import Format
from envaccess.domain.sinks import SinkKind, SinkSpec
from envaccess.projections.sinks.ports import Sink
from envaccess.sinks.datadog import DatadogSink
from envaccess.sinks.folder import FolderSink
from envaccess.sinks.splunk import SplunkSink
from envaccess.sinks.syslog import SyslogSink
from envaccess.sinks.webhook import WebhookSink


def open_sink(spec: SinkSpec, clock: Clock) -> Sink:
    """The sink; nothing is connected yet."""
    match spec.kind:
        case SinkKind.FOLDER:
            return FolderSink(spec.name, spec.place, Format(spec.form))
        case SinkKind.WEBHOOK:
            return WebhookSink(spec, clock)
        case SinkKind.SPLUNK:
            return SplunkSink(spec, clock)
        case SinkKind.DATADOG:
            return DatadogSink(spec, clock)
        case SinkKind.SYSLOG:
            return SyslogSink(spec)
