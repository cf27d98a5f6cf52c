"""Looks back through the audit stream: fits `ports.audit.History`.

There is no index by person or variable: it would cost every event a write, and a look is rare. Each reads so
many events at most, page by page, and says how far it came; the next one goes on from there.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from envaccess.domain.audit import Event, stream_order
from envaccess.domain.audit_subject import AuditSubject, Look
from envaccess.store.client import ours
from envaccess.store.trail import Entry, RedisTrail

LOOKED: Final = 25_000
"""Events that one look reads: some 0.3 s, a fifth of it Redis' in pieces (docs/explanation/audit.md)."""
SHOWN: Final = 8
"""Events on a page."""
_PAGE: Final = 500
_SECONDS: Final = 0.8
"""A slow Redis ends a look early: how far it came is said, and Slack waits three seconds at most."""


class RedisHistory:
    """One workspace's audit stream.

    Args:
        trail: reads the events that are shown.
        looked: events that one look reads at most.
    """

    def __init__(self, trail: RedisTrail, looked: int = LOOKED) -> None:
        self._trail = trail
        self._looked = looked

    async def look(self, subject: AuditSubject, start: str, *, newer: bool) -> Look:
        """Events about something next to an event's id, so many at most, as far as one look goes."""
        if subject.event:
            entries = await self._trail.page(subject.event, 1, newer=True, inclusive=True)
            return Look(tuple(await self._read(entries, subject)))
        loop, found = asyncio.get_running_loop(), list[Event]()
        until, looked, reached = loop.time() + _SECONDS, 0, start
        words = subject.words
        while looked < self._looked and (not looked or loop.time() < until):
            entries = await self._trail.page(reached, min(_PAGE, self._looked - looked), newer=newer)
            if not entries:
                return _look(found, looked, reached, newer=newer, ended=True)
            about = await self._read([entry for entry in entries if _holds(entry, words)], subject)
            room = SHOWN - len(found)
            found += about[:room]
            if len(about) > room:
                return _look(found, looked + len(entries), found[-1].id, newer=newer, ended=False)
            looked, reached = looked + len(entries), entries[-1][0]
        return _look(found, looked, reached, newer=newer, ended=False)

    async def _read(self, entries: Sequence[Entry], subject: AuditSubject) -> list[Event]:
        """Those of these that are about it."""
        async with ours():
            return [event for event in await self._trail.read(entries) if subject.concerns(event)]


def _look(found: list[Event], looked: int, reached: str, *, newer: bool, ended: bool) -> Look:
    events = tuple(reversed(found) if newer else found)
    return Look(events, looked, reached, stream_order(reached)[0] if reached else 0, ended)


def _holds(entry: Entry, words: Collection[str]) -> bool:
    """Whether one of these is anywhere in an entry: cheap, and exact enough to leave nearly all out."""
    text = "\n".join(entry[1].values())
    return any(word in text for word in words)
