"""A sink that is Splunk's HTTP Event Collector.

Sources: help.splunk.com, *Format events for HTTP Event Collector*, *Troubleshoot HTTP Event Collector*,
*About HTTP Event Collector Indexer Acknowledgment*. 200 with code 0 says that a batch looks valid, not that
it is indexed. With `acknowledge` it counts as accepted when Splunk says that it is indexed, as it does once.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.application.ports.process import Clock
from envaccess.audit.formats import Format, encode
from envaccess.domain.audit import Event
from envaccess.domain.sinks import SinkSpec
from envaccess.projections.sinks.ports import (
    EncodedEvent,
    SinkError,
    SinkLimits,
    SinkPendingError,
    SinkRefusedError,
)
from envaccess.sinks.outgoing import SinkAnswer, judge, post
from envaccess.sinks.secret import SinkSecret

_PATH: Final = "/services/collector/event"
_ACKS: Final = "/services/collector/ack"
_CHANNEL: Final = "X-Splunk-Request-Channel"
_INDEXED_WITHIN: Final = 300_000
"""Milliseconds until a batch is sent again: Splunk gathers events for two minutes before it indexes a few of
them, and whoever asks for a shorter time sends them for ever (kafka-connect-splunk#122)."""
_ABOUT_AN_EVENT: Final = frozenset({6, 12, 13, 15})
"""Codes of 400 that one event may be why of: invalid data, no event, a blank event, indexed fields."""
_FURTHER: Final = ("index", "source", "sourcetype", "host")


@dataclass(frozen=True, slots=True)
class _Taken:
    """What Splunk took and has not said to be indexed: the ids, its number for them, and since when."""

    ids: frozenset[str]
    ack: int
    since: int


class SplunkSink:
    """POSTs events, one JSON object after another; `_time` is the event's own."""

    limits = SinkLimits()

    def __init__(self, spec: SinkSpec, clock: Clock) -> None:
        self.name = spec.name
        self._spec, self._clock, self._form = spec, clock, Format(spec.form)
        self._secret = SinkSecret(spec)
        self._base = spec.place.rstrip("/")
        self._channel = str(uuid.uuid4()) if spec.further.get("acknowledge") else ""
        self._taken: _Taken | None = None
        self._indexed = frozenset[str]()
        self._said = {"source": "envaccess", "sourcetype": "envaccess:audit"}
        self._said |= {name: spec.further[name] for name in _FURTHER if name in spec.further}

    def encode(self, event: Event) -> bytes:
        """The event in its envelope; `time` is seconds."""
        line = encode(self._form, event)
        inner = json.loads(line) if self._form in {Format.JSONL, Format.OCSF} else line
        envelope = {"time": f"{event.at / 1000:.3f}", **self._said, "event": inner}
        return json.dumps(envelope, separators=(",", ":")).encode()

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        """One request; with acknowledgements, none for what was taken, until that is indexed or too old."""
        if not self._channel:
            await self._post(batch)
            return
        ids = {one.id for one in batch}
        if self._taken and not self._taken.ids <= ids:  # the cursor is elsewhere
            self._taken, self._indexed = None, frozenset()
        if self._taken:
            await self._ask(self._taken)
        rest = [one for one in batch if one.id not in self._indexed]
        if rest:
            number = await self._post(rest)
            if number is None:
                raise SinkError("it gives no acknowledgements: the token has them off")
            self._taken = _Taken(frozenset(one.id for one in rest), number, self._clock.now())
            await self._ask(self._taken)
        self._indexed = frozenset()

    async def _post(self, batch: Sequence[EncodedEvent]) -> int | None:
        """The number by which to ask for what was taken; None where Splunk gives none."""
        body = b"\n".join(one.text for one in batch)
        answer = await post(self._spec, self._base + _PATH, body, self._headers())
        _judge(answer)
        return _number(_read(answer.body).get("ackId"))

    async def _ask(self, taken: _Taken) -> None:
        """Return when it is indexed.

        Raises:
            SinkPendingError: not yet.
            SinkError: not within five minutes, or nobody knows: it is sent again.
        """
        body = json.dumps({"acks": [taken.ack]}).encode()
        answer = await post(self._spec, f"{self._base}{_ACKS}?channel={self._channel}", body, self._headers())
        acks = _read(answer.body).get("acks")
        if answer.status != 200 or not isinstance(acks, dict):  # noqa: PLR2004
            raise SinkError(f"it answered {answer.status} when it was asked what it indexed", answer.seconds)
        if acks.get(str(taken.ack)) is True:
            self._taken, self._indexed = None, self._indexed | taken.ids
            return
        if self._clock.now() - taken.since < _INDEXED_WITHIN:
            raise SinkPendingError("it has not indexed the last events yet")
        self._taken = None
        raise SinkError("it did not index the last events within five minutes: they are sent again")

    def _headers(self) -> dict[str, str]:
        headers = {"Authorization": f"Splunk {self._secret.now()}", "Content-Type": "application/json"}
        return headers | ({_CHANNEL: self._channel} if self._channel else {})


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
    return _number(_read(body).get("code"))


def _read(body: bytes) -> dict[str, object]:
    """What an answer says; empty for what is no object of JSON."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) else None
