"""A stand-in for Splunk's HTTP Event Collector, on loopback.

Codes and statuses, with `invalid-event-number`: https://help.splunk.com/en/splunk-enterprise/get-data-in/
collect-http-event-data/troubleshoot-http-event-collector. Objects after one another:
https://docs.splunk.com/Documentation/Splunk/8.0.1/Data/FormateventsforHTTPEventCollector. A body that is too
large is 413: `max_content_length` in https://docs.splunk.com/Documentation/Splunk/latest/Admin/Limitsconf.
Acknowledgements, with their channel, and that each is told once:
https://docs.splunk.com/Documentation/Splunk/8.2.5/Data/AboutHECIDXAck.
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
        acknowledges: whether the token has indexer acknowledgement.
        indexing: whether what it takes is indexed at once; set later, what it holds is.
        held: what it took and did not index, by acknowledgement.
        told: how many acknowledgements it has given numbers to.
    """

    indexed: list[dict[str, Any]] = field(default_factory=list)
    busy: bool = False
    most: int = 1_000_000
    indexes: frozenset[str] = frozenset({"main", "security"})
    acknowledges: bool = False
    indexing: bool = True
    held: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    told: int = 0

    async def __call__(self, received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        status, told = self._route(received)
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    def _route(self, received: ReceivedRequest) -> tuple[int, dict[str, object]]:
        if received.line.startswith("POST /services/collector/ack?channel="):
            return self._tell(received)
        if received.line.startswith("POST /services/collector/event "):
            return self._take(received)
        return 404, {"text": "The requested URL was not found on this server.", "code": 404}

    def _take(self, received: ReceivedRequest) -> tuple[int, dict[str, object]]:
        given = received.every("Authorization")
        if not given:
            return 401, {"text": "Token is required", "code": 2}
        if given != [f"Splunk {TOKEN}"]:
            return 403, {"text": "Invalid token", "code": 4}
        if self.busy:
            return 503, {"text": "Server is busy", "code": 9}
        if len(received.body) > self.most:
            return 413, {"text": "Content-Length too large", "code": 27}
        if self.acknowledges and not received.every("X-Splunk-Request-Channel"):
            return 400, {"text": "Data channel is missing", "code": 10}
        return self._read(received.body.decode())

    def _tell(self, received: ReceivedRequest) -> tuple[int, dict[str, object]]:
        """Which of these it has indexed; what was told is forgotten, as what it never heard of."""
        if not self.acknowledges:
            return 400, {"text": "ACK is disabled", "code": 14}
        acks = json.loads(received.body)["acks"]
        done = {str(ack): self.indexing and ack in self.held for ack in acks}
        for ack in acks:
            if self.indexing:
                self.indexed += self.held.pop(ack, [])
        return 200, {"acks": done}

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
        return 200, {"text": "Success", "code": 0, **self._keep(found)}

    def _keep(self, found: list[dict[str, Any]]) -> dict[str, object]:
        if not self.acknowledges:
            self.indexed += found
            return {}
        self.held[self.told] = found
        self.told += 1
        return {"ackId": self.told - 1}
