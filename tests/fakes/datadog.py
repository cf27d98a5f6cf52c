"""A stand-in for Datadog's intake of logs, on loopback.

https://docs.datadoghq.com/api/latest/logs/send-logs/: 202 accepted, 400 no JSON, 403 a wrong key, 413 above
5 MB, at most 1,000 logs, a log over 1 MB is cut with 2xx, a time of up to 18 hours ago. Which time counts:
https://docs.datadoghq.com/logs/log_configuration/processors/log_date_remapper/. That an older log is dropped,
although it was answered with 202, is what this stand-in takes that to mean: the pages do not say it.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.http_service import ReceivedRequest

KEY = "key-for-tests"
_HOUR = 3_600 * 1_000


@dataclass
class DatadogStandIn:
    """What `HttpService.answer_with` takes.

    Attributes:
        now: milliseconds.
        kept: logs that it has.
        cut: how many were cut.
        dropped: how many were too old.
    """

    now: int
    kept: list[dict[str, Any]] = field(default_factory=list)
    cut: int = 0
    dropped: int = 0

    async def __call__(self, received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        status = self._take(received)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
        await writer.drain()

    def _take(self, received: ReceivedRequest) -> int:
        if not received.line.startswith("POST /api/v2/logs"):
            return 404
        if received.every("DD-API-KEY") != [KEY]:
            return 403
        if len(received.body) > 5_000_000:
            return 413
        try:
            logs = json.loads(received.body)
        except ValueError:
            return 400
        logs = [logs] if isinstance(logs, dict) else logs
        if not isinstance(logs, list) or len(logs) > 1_000:
            return 400
        for log in logs:
            self._keep(log)
        return 202

    def _keep(self, log: dict[str, Any]) -> None:
        if len(json.dumps(log)) > 1_000_000:
            self.cut += 1
            return
        if log.get("timestamp", self.now) < self.now - 18 * _HOUR:
            self.dropped += 1
            return
        self.kept.append(log)
