"""Keeps sessions of the minting role open for some seconds, for the next call.

A sweep that ends fifty logins, and below PostgreSQL 16 the look into each database before one is made, would
open the same sessions again and again, and a new one costs as much as what is done in it. None is old: it is
closed soon after it was opened, however much it is used, so that a database can be dropped or copied, and a
password that was changed counts. What is looked at is looked at anew each time: no answer is kept.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from envaccess.sources.postgres.session import PostgresSession, close_session

_MOST: Final = 8
"""In all; a server has a hundred by default."""
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _IdleSession:
    """A session that nobody uses.

    Attributes:
        until: by the event loop's clock.
        closing: closes it then.
    """

    session: PostgresSession
    until: float
    closing: asyncio.TimerHandle


@dataclass(slots=True)
class KeptSessions:
    """At most one of each DSN and database, which a call has for itself while it lasts."""

    _waiting: dict[_Key, _IdleSession] = field(default_factory=dict, repr=False)
    _goodbyes: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _is_closed: bool = False

    def take(self, dsn: str, database: str) -> tuple[PostgresSession, float] | None:
        """One that is open, and until when it may be used; none where none is kept."""
        found = self._waiting.pop((dsn, database), None)
        if found is None:
            return None
        found.closing.cancel()
        return None if found.session.is_closed() else (found.session, found.until)

    def give(self, dsn: str, database: str, session: PostgresSession, until: float) -> bool:
        """Keep it until then; false where it is too old, where one is kept already, or many are."""
        loop, key = asyncio.get_running_loop(), (dsn, database)
        full = key in self._waiting or len(self._waiting) >= _MOST
        if self._is_closed or full or session.is_closed() or until <= loop.time():
            return False
        self._waiting[key] = _IdleSession(session, until, loop.call_at(until, self._say_goodbye, key))
        return True

    async def close(self) -> None:
        """Close all; what comes back later is not kept."""
        self._is_closed = True
        for key, found in list(self._waiting.items()):
            found.closing.cancel()
            self._say_goodbye(key)
        await asyncio.gather(*self._goodbyes)

    def _say_goodbye(self, key: _Key) -> None:
        closing = asyncio.ensure_future(close_session(self._waiting.pop(key).session))
        self._goodbyes.add(closing)
        closing.add_done_callback(self._goodbyes.discard)
