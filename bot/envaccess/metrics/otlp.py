"""Sends spans to a collector: OTLP over HTTP, in JSON (OpenTelemetry Protocol 1.9, *OTLP/HTTP*).

By ourselves, on `aiohttp`: the SDK of OpenTelemetry brings a thread, `requests` and protobuf, and waits for a
collector that hangs when a process stops. Here nothing waits for it: what cannot be sent is dropped, counted
and told.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import aiohttp

from envaccess.metrics.spans import EndedSpan, SpanRecorder

EVERY_SECONDS: Final = 2.0
SEND_SECONDS: Final = 5.0
"""For one answer of the collector."""
LAST_SECONDS: Final = 1.0
"""For what is left when the process stops, in all."""
AT_ONCE: Final = 100
"""Spans of a call: to write more of them down at once would keep acks waiting."""
_FAILED: Final = 2
"""`Status.StatusCode.STATUS_CODE_ERROR`."""
_LIMIT: Final = aiohttp.ClientTimeout(total=SEND_SECONDS)
_REDIRECTS: Final = 300


class TraceSender:
    """Sends what a recorder has, for as long as it runs.

    Args:
        recorder: has the spans.
        url: where traces go.
        headers: that a collector wants, such as a key.
        resource: what describes this process.
        note: told in a constant word that sending fails, with why, and that it works again.
    """

    def __init__(
        self,
        recorder: SpanRecorder,
        url: str,
        headers: Mapping[str, str],
        resource: Mapping[str, str],
        note: Callable[[str, str], None],
    ) -> None:
        self._recorder, self._url, self._headers = recorder, url, headers
        self._resource, self._note = _attributes(resource.items()), note
        self._scope = {"name": resource["service.name"], "version": resource["service.version"]}
        self._away = False

    async def run(self) -> None:
        """Send every few seconds, until cancelled; then once more, for a second at most."""
        connections = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(timeout=_LIMIT, connector=connections) as session:
            try:
                while True:
                    await asyncio.sleep(EVERY_SECONDS)
                    await self.send(session)
            finally:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LAST_SECONDS):
                        await self.send(session)

    async def send(self, session: aiohttp.ClientSession) -> None:
        """Send what waits; what a collector does not take is dropped, since more comes."""
        while spans := self._recorder.take(AT_ONCE):
            why = await self._post(session, self._written(spans))
            if why:
                self._recorder.dropped += len(spans)
            if bool(why) is not self._away:
                self._away = bool(why)
                self._note("traces_lost" if why else "traces_sent_again", why)
            if why:
                return

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> str:
        """Why it was not taken, in a word; empty where it was."""
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            async with session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer:
                return f"http_{answer.status}" if answer.status >= _REDIRECTS else ""
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return type(error).__name__

    def _written(self, spans: Sequence[EndedSpan]) -> bytes:
        told = {
            "resourceSpans": [
                {
                    "resource": {"attributes": self._resource},
                    "scopeSpans": [{"scope": self._scope, "spans": [*map(_span, spans)]}],
                }
            ]
        }
        return json.dumps(told, separators=(",", ":")).encode()


def _span(span: EndedSpan) -> dict[str, Any]:
    above = {"parentSpanId": span.parent} if span.parent else {}
    return {
        "traceId": span.trace,
        "spanId": span.id,
        **above,
        "name": span.name.name,
        "kind": int(span.name.kind),
        "startTimeUnixNano": str(span.begun),
        "endTimeUnixNano": str(span.ended),
        "attributes": _attributes(span.attributes),
        "status": {"code": _FAILED} if span.failed else {},
    }


def _attributes(pairs: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any pairs of texts
    return [{"key": key, "value": {"stringValue": word}} for key, word in pairs]
