"""Records spans, and keeps those that are over until somebody sends them; beyond some thousand the newest go.

A trace is kept or not when the span ends that it began with; until then it is in memory.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from envaccess.domain.tracing import OUTCOME, SpanKind, SpanName

WAITING_MOST: Final = 2_048
"""Spans that wait to be sent."""
SPANS_MOST: Final = 256
"""Spans of one trace before it is known whether it is kept; further ones are dropped."""
_HUNDRED: Final = 100
_TRACE_BYTES, _SPAN_BYTES = 16, 8


@dataclass(frozen=True, slots=True)
class EndedSpan:
    """A span as it is sent.

    Attributes:
        parent: the id of the span that it is in; empty for the first of a trace.
        begun: nanoseconds since 1970.
        ended: the same.
        attributes: words of closed sets.
        failed: whether it ended by an exception, or says so.
    """

    trace: str
    id: str
    parent: str
    name: SpanName
    begun: int
    ended: int
    attributes: tuple[tuple[str, str], ...] = ()
    failed: bool = False


@dataclass(slots=True)
class _Trace:
    id: str
    sampled: bool
    kept: bool | None = None
    loud: bool = False
    spans: list[EndedSpan] = field(default_factory=list)


class SpanRecorder:
    """Fits `domain.tracing.Tracer`.

    Args:
        percent: of traces that are recorded at all.
        now: nanoseconds since 1970.
    """

    def __init__(self, percent: int = _HUNDRED, now: Callable[[], int] = time.time_ns) -> None:
        self._percent, self._now = percent, now
        self._waiting: deque[EndedSpan] = deque()
        self.dropped = 0

    def span(self, name: SpanName, words: tuple[str, ...]) -> "_OpenSpan":
        """A span that has not begun."""
        return _OpenSpan(self, name, words)

    def take(self, most: int) -> Sequence[EndedSpan]:
        """The oldest that wait, which do so no more."""
        return [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]

    def __len__(self) -> int:
        return len(self._waiting)

    def now(self) -> int:
        """Nanoseconds since 1970."""
        return self._now()

    def begin(self) -> _Trace:
        """A new trace."""
        sampled = self._percent >= _HUNDRED or secrets.randbelow(_HUNDRED) < self._percent
        return _Trace(secrets.token_hex(_TRACE_BYTES), sampled)

    def end(self, trace: _Trace, span: EndedSpan) -> None:
        """A span is over; with the first one it is decided whether the trace is kept."""
        if not trace.sampled or trace.kept is False:
            return
        trace.loud = trace.loud or span.failed or (span.name.kind is SpanKind.CLIENT and not span.name.quiet)
        if trace.kept is None and (span.parent or not self._decide(trace, span)):
            if span.parent and len(trace.spans) < SPANS_MOST:
                trace.spans.append(span)
            elif span.parent:
                self.dropped += 1
            return
        for one in (*trace.spans, span):
            self._add(one)
        trace.spans.clear()

    def _decide(self, trace: _Trace, first: EndedSpan) -> bool:
        trace.kept = trace.loud or not first.name.quiet
        if not trace.kept:
            trace.spans.clear()
        return trace.kept

    def _add(self, span: EndedSpan) -> None:
        if len(self._waiting) < WAITING_MOST:
            self._waiting.append(span)
        else:
            self.dropped += 1


class _OpenSpan:
    _trace: _Trace
    _token: "Token[tuple[_Trace, str] | None]"

    def __init__(self, recorder: SpanRecorder, name: SpanName, words: tuple[str, ...]) -> None:
        self._recorder, self._name = recorder, name
        self._id, self._parent, self._begun, self._failed = secrets.token_hex(_SPAN_BYTES), "", 0, False
        self._attributes = [
            (key, label.word(word)) for (key, label), word in zip(name.attributes.items(), words, strict=True)
        ]

    def __enter__(self) -> Self:
        above = None if self._name.root else _CURRENT.get()
        self._trace, self._parent = above or (self._recorder.begin(), "")
        self._token = _CURRENT.set((self._trace, self._id))
        self._begun = self._recorder.now()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        _CURRENT.reset(self._token)
        failed = self._failed or (kind is not None and issubclass(kind, Exception))
        ended = EndedSpan(
            self._trace.id,
            self._id,
            self._parent,
            self._name,
            self._begun,
            self._recorder.now(),
            tuple(self._attributes),
            failed,
        )
        self._recorder.end(self._trace, ended)

    def came_to(self, outcome: str, *, failed: bool = False) -> None:
        """What came of it."""
        self._attributes.append((OUTCOME, self._name.outcomes.word(outcome)))
        self._failed = self._failed or failed


_CURRENT: Final[ContextVar[tuple[_Trace, str] | None]] = ContextVar("span", default=None)
