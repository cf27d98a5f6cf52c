"""A sink that is Splunk's HTTP Event Collector.

Sources: help.splunk.com, *Format events for HTTP Event Collector*, *Troubleshoot HTTP Event Collector*. 200
with code 0 says that a batch looks valid, not that it is indexed: no acknowledgement is asked for.
"""

import json
from collections.abc import Sequence
from typing import Final

from envaccess.audit.formats import Format, encode
from envaccess.domain.audit import Event
from envaccess.domain.sinks import SinkSpec
from envaccess.projections.sinks.ports import EncodedEvent, SinkError, SinkLimits, SinkRefusedError
from envaccess.sinks.outgoing import SinkAnswer, judge, post

_PATH: Final = "/services/collector/event"
_ABOUT_AN_EVENT: Final = frozenset({6, 12, 13, 15})
"""Codes of 400 that one event may be why of: invalid data, no event, a blank event, indexed fields."""
_FURTHER: Final = ("index", "source", "sourcetype", "host")


class SplunkSink:
    """POSTs events, one JSON object after another; `_time` is the event's own."""

    limits = SinkLimits()

    def __init__(self, spec: SinkSpec) -> None:
        self.name = spec.name
        self._spec, self._form = spec, Format(spec.form)
        self._said = {"source": "envaccess", "sourcetype": "envaccess:audit"}
        self._said |= {name: spec.further[name] for name in _FURTHER if name in spec.further}

    def encode(self, event: Event) -> bytes:
        """The event in its envelope; `time` is seconds."""
        line = encode(self._form, event)
        inner = json.loads(line) if self._form in {Format.JSONL, Format.OCSF} else line
        envelope = {"time": f"{event.at / 1000:.3f}", **self._said, "event": inner}
        return json.dumps(envelope, separators=(",", ":")).encode()

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        """One request."""
        headers = {"Authorization": f"Splunk {self._spec.secret}", "Content-Type": "application/json"}
        body = b"\n".join(one.text for one in batch)
        _judge(await post(self._spec, self._spec.place.rstrip("/") + _PATH, body, headers))


def _judge(answer: SinkAnswer) -> None:
    code = _code(answer.body)
    if answer.status == 400 and code not in _ABOUT_AN_EVENT:  # noqa: PLR2004 (a wrong index, a missing channel)
        raise SinkError(f"it answered 400 with code {code}")
    try:
        judge(answer)
    except SinkRefusedError as error:
        raise SinkRefusedError(f"{error} with code {code}") from None
    if code != 0:
        raise SinkError("it answered as no event collector does")


def _code(body: bytes) -> int | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, int) else None
