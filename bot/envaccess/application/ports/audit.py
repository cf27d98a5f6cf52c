"""The audit stream: what the verbs write to it, and what follows from it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from envaccess.domain.audit import Actor, Event, Tag
from envaccess.domain.audit_subject import AuditSubject, Look
from envaccess.domain.outcome import Attempt
from envaccess.domain.refusal import Reason


class Trail(Protocol):
    """The audit stream as the verbs write it."""

    async def append(self, op: str, tag: Tag, actor: Actor, detail: Mapping[str, str]) -> None:
        """An event that changes no state."""
        ...

    async def refuse(self, op: str, attempt: Attempt, why: Reason) -> None:
        """`access.refused`: the first per person and reason each minute in full, the rest counted."""
        ...

    async def count_bad_signature(self) -> None:
        """Count a request that failed the signature: one event a minute for all."""
        ...

    async def count_bad_token(self) -> None:
        """Count a pipeline's token that failed the signature: one event a minute for all."""
        ...


class History(Protocol):
    """The audit stream as people look back through it."""

    async def look(self, subject: AuditSubject, start: str, *, newer: bool) -> Look:
        """Events about something next to an event's id, so many at most, as far as one look goes.

        Args:
            subject: what they are about.
            start: look from this event on, without it; empty: from the newest, with it.
            newer: look towards now; else back.
        """
        ...


class Stream(Protocol):
    """The audit stream as whatever follows it reads it."""

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        """Events after a stream id (`0` for all), oldest first."""
        ...

    async def bare(self, cursor: str, count: int) -> Sequence[Event]:
        """The same without what people typed, which costs a further question."""
        ...

    async def last(self) -> str:
        """The newest event's id; `0-0` in an empty stream."""
        ...

    async def wait(self, last: str, seconds: float) -> str:
        """Return the newest event's id when one after `last` comes, or `last` when the time is over."""
        ...

    async def holds(self, event: str) -> bool:
        """Whether an event is there."""
        ...
