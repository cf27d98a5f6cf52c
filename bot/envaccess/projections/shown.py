"""What Slack shows, on its way into the store.

What Redis did not take at once is kept and tried again: a message that is forgotten would be posted twice.
"""

from dataclasses import replace
from typing import Any

from envaccess.domain.request import Request
from envaccess.projections.ports import Outbox


class Shown:
    """One process's memory of what it has drawn and not yet stored."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._waiting: dict[str, dict[str, Any]] = {}

    def known(self, request: Request) -> Request:
        """The request as read from the store, with what this process has drawn since."""
        waiting = self._waiting.get(request.id)
        return replace(request, surfaces=replace(request.surfaces, **waiting)) if waiting else request

    async def store(self, request: str, **surfaces: str | int) -> None:
        """Store fields of `domain.request.Surfaces`. Raises `StoreError`: then `catch_up` stores them."""
        self._waiting.setdefault(request, {}).update(surfaces)
        await self._store(request)

    async def catch_up(self) -> float:
        """Store what still waits, whoever leads now; seconds until it is worth looking again."""
        for request in list(self._waiting):
            await self._store(request)
        return 1.0

    async def _store(self, request: str) -> None:
        sent = dict(self._waiting.get(request, {}))
        await self._outbox.shown(request, **sent)
        if self._waiting.get(request) == sent:
            del self._waiting[request]
