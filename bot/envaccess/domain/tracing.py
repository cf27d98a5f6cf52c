"""What a span of a trace is: its name, and which words its attributes may have.

Whoever looks at traces sees no person, no variable, no reason, no value, no id and no address: as a label of
a metric, an attribute has a closed set of words, and whatever else comes is `other`.

Who records is a `Tracer` in a context variable, which every task inherits from the one that serves: each part
says `with traced(...)` around what takes time, and nothing is kept where nobody records.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from enum import IntEnum
from types import TracebackType
from typing import Final, Protocol, Self

from envaccess.domain.metrics import LabelWords

OUTCOME: Final = "outcome"
"""The attribute that a span is given once it is over."""


class SpanKind(IntEnum):
    """Which side of a call it is, as OTLP numbers it (`Span.SpanKind`)."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3


@dataclass(frozen=True, slots=True, eq=False)
class SpanName:
    """One kind of span.

    Attributes:
        name: the same for every span of it.
        attributes: by name, in the order in which their words are given.
        outcomes: what may come of it; `OTHER` for every other word.
        quiet: whether a trace that begins with it is kept only where it called Slack or failed: what happens
            each second, and mostly finds nothing to do.
        root: whether it begins a trace wherever it is: what began the task that it is in is over.
    """

    name: str
    kind: SpanKind = SpanKind.INTERNAL
    attributes: Mapping[str, LabelWords] = field(default_factory=dict)
    outcomes: LabelWords = field(default_factory=LabelWords)
    quiet: bool = False
    root: bool = False


class Span(Protocol):
    """Something that takes time, from `with` to its end; it failed where an exception leaves it."""

    def __enter__(self) -> Self:
        """It begins, inside of the one that is open."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """It is over."""
        ...

    def came_to(self, outcome: str, *, failed: bool = False) -> None:
        """What came of it."""
        ...


class Tracer(Protocol):
    """Records spans. It never raises and waits for nothing."""

    def span(self, name: SpanName, words: tuple[str, ...]) -> Span:
        """A span that has not begun."""
        ...


class _Nothing:
    """Where nobody records."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept."""

    def came_to(self, outcome: str, *, failed: bool = False) -> None:
        """Nothing is kept."""


_NOTHING: Final = _Nothing()
_TRACER: Final[ContextVar[Tracer | None]] = ContextVar("tracer", default=None)


def traced(name: SpanName, *words: str) -> Span:
    """A span for what happens inside of `with`, with a word for each of its attributes."""
    tracer = _TRACER.get()
    return _NOTHING if tracer is None else tracer.span(name, words)


class recorded_by(AbstractContextManager[None]):  # noqa: N801 - reads as what it does
    """Every task that is begun inside records with this one."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._token: Token[Tracer | None] | None = None

    def __enter__(self) -> None:
        self._token = _TRACER.set(self._tracer)

    def __exit__(self, *_: object) -> None:
        assert self._token
        _TRACER.reset(self._token)
