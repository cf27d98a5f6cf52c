"""What Slack shows, on its way into the store.

What Redis did not take at once is kept and tried again: a message that is forgotten would be posted twice.
What it took is remembered for some minutes, because a failover can take that back.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from envaccess.domain.bounded_memory import BoundedMemory
from envaccess.domain.request import Request, Surfaces
from envaccess.projections.ports import Outbox

REMEMBERED_SECONDS: Final = 900.0
"""Longer than any failover that somebody waits for."""
_REMEMBERED_MOST: Final = 2_000


class Shown:
    """One process's memory of what it has drawn and not yet stored, and of what it drew lately.

    Args:
        outbox: where it is stored.
        now: seconds of a clock that never jumps.
    """

    def __init__(self, outbox: Outbox, now: Callable[[], float]) -> None:
        self._outbox, self._now = outbox, now
        self._waiting: dict[str, dict[str, Any]] = {}
        self._drawn = BoundedMemory[Request](REMEMBERED_SECONDS, _REMEMBERED_MOST)

    def known(self, request: Request) -> Request:
        """The request as read from the store, with what this process has drawn since."""
        waiting = self._waiting.get(request.id, {})
        surfaces = _with_lost(request.surfaces, self._drawn.get(request.id, self._now()))
        if not waiting and surfaces is request.surfaces:
            return request
        return replace(request, surfaces=replace(surfaces, **waiting))

    def begin(self, request: Request) -> None:
        """Remember what is about to be drawn."""
        self._drawn.put(request.id, request, self._now())

    def lately(self) -> Sequence[Request]:
        """What this process drew in the last minutes, each with where it is shown."""
        return [request for request in self._drawn.all(self._now()) if _is_shown(request.surfaces)]

    def forget(self, request: str) -> None:
        """It is not stored any more."""
        self._drawn.forget(request)
        self._waiting.pop(request, None)

    async def store(self, request: str, **surfaces: str | int) -> None:
        """Store fields of `domain.request.Surfaces`. Raises `StoreError`: then `catch_up` stores them."""
        drawn = self._drawn.get(request, self._now())
        if drawn:
            fields: dict[str, Any] = dict(surfaces)
            self.begin(replace(drawn, surfaces=replace(drawn.surfaces, **fields)))
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


def _is_shown(surfaces: Surfaces) -> bool:
    return bool(surfaces.message or surfaces.card)


def _with_lost(surfaces: Surfaces, drawn: Request | None) -> Surfaces:
    """With the messages that the store does not know of any more: they are redrawn, and not posted again."""
    if drawn is None:
        return surfaces
    was = drawn.surfaces
    if was.message and not surfaces.message:
        surfaces = replace(surfaces, message=was.message)
    if was.card and not surfaces.card:
        surfaces = replace(surfaces, dm=was.dm, card=was.card, card_calls=was.card_calls)
    return surfaces
