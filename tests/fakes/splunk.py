"""A stand-in for Splunk's HTTP Event Collector, on loopback.

Codes and statuses, with `invalid-event-number`: https://help.splunk.com/en/splunk-enterprise/get-data-in/
collect-http-event-data/troubleshoot-http-event-collector. Objects after one another:
https://docs.splunk.com/Documentation/Splunk/8.0.1/Data/FormateventsforHTTPEventCollector. A body that is too
large is 413: `max_content_length` in https://docs.splunk.com/Documentation/Splunk/latest/Admin/Limitsconf.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.http_service import ReceivedRequest

TOKEN = "12345678-1234-1234-1234-1234567890AB"


@dataclass
class SplunkStandIn:
    """What `HttpService.answer_with` takes.

    Attributes:
        indexed: events that it took.
        busy: whether its queues are full.
        most: bytes of a body.
        indexes: those that the token may write to.
    """

    indexed: list[dict[str, Any]] = field(default_factory=list)
    busy: bool = False
    most: int = 1_000_000
    indexes: frozenset[str] = frozenset({"main", "security"})

    async def __call__(self, received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        status, told = self._take(received)
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    def _take(self, received: ReceivedRequest) -> tuple[int, dict[str, object]]:
        if not received.line.startswith("POST /services/collector/event "):
            return 404, {"text": "The requested URL was not found on this server.", "code": 404}
        given = received.every("Authorization")
        if not given:
            return 401, {"text": "Token is required", "code": 2}
        if given != [f"Splunk {TOKEN}"]:
            return 403, {"text": "Invalid token", "code": 4}
        if self.busy:
            return 503, {"text": "Server is busy", "code": 9}
        if len(received.body) > self.most:
            return 413, {"text": "Content-Length too large", "code": 27}
        return self._read(received.body.decode())

    def _read(self, text: str) -> tuple[int, dict[str, object]]:
        if not text.strip():
            return 400, {"text": "No data", "code": 5}
        found: list[dict[str, Any]] = []
        place, reader = 0, json.JSONDecoder()
        while place < len(text):
            number = len(found)
            try:
                event, place = reader.raw_decode(text, place)
            except ValueError:
                return 400, {"text": "Invalid data format", "code": 6, "invalid-event-number": number}
            if "event" not in event:
                return 400, {"text": "Event field is required", "code": 12, "invalid-event-number": number}
            if event["event"] is None or event["event"] == "":
                return 400, {"text": "Event field is blank", "code": 13, "invalid-event-number": number}
            if event.get("index", "main") not in self.indexes:
                return 400, {"text": "Incorrect index", "code": 7, "invalid-event-number": number}
            found.append(event)
            place += len(text[place:]) - len(text[place:].lstrip())
        self.indexed += found
        return 200, {"text": "Success", "code": 0}
