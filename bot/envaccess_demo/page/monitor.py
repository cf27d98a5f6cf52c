"""What lies monitor, watched once for all browsers: the audit stream, the grants, and Redis itself."""

import asyncio
import contextlib
import dataclasses
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from envaccess import log
from envaccess.domain.audit import NO_EVENT, stream_order
from envaccess.domain.errors import StoreError
from envaccess_demo.page.backend import Backend, GrantFacts, Standing, TreeFacts
from envaccess_demo.page.clock import MovableClock
from slack_emulator.types import Json

EVENTS = 500
"""How many of the newest events are kept for a browser that comes."""

TREE_SECONDS = 2.0
"""How often the audit tree is verified; where that takes long, it rests twenty times as long."""

GRANT_SECONDS = 2.0
"""How often the keys' TTLs are read while there are grants."""

_PAGE = 200
_WAIT_SECONDS = 5.0
_PAUSE = 0.1
_REST = 20


class BackendMonitor:
    """Follows Redis; `changed` is called whenever there is something new to tell.

    Attributes:
        redis: `starting` until it answered for the first time.
        events: the newest, oldest first; `counted` is how many there ever were.
        tree: what the newest verification found; `verified` counts those that found something new.
        grants: the live ones; `readings` counts how often they were worth telling.
    """

    def __init__(self, clock: MovableClock, backend: Backend, changed: Callable[[], None]) -> None:
        self._clock = clock
        self._backend = backend
        self._changed = changed
        self._look = asyncio.Event()
        self._verify = asyncio.Event()
        self.tree: Json = {}
        self.verified = 0
        self._last = "0-0"
        self.redis: Standing = "starting"
        self.events: deque[Json] = deque(maxlen=EVENTS)
        self.counted = 0
        self.grants: list[Json] = []
        self.readings = 0

    def look(self) -> None:
        """Something happened that may have changed the grants: read them now."""
        self._look.set()
        self._verify.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(self._read_events))
            group.create_task(self._follow(self._read_grants))
            group.create_task(self._follow(self._read_tree))

    async def _follow(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except StoreError:
                self._stand("starting" if self.redis == "starting" else "down")
                await asyncio.sleep(_PAUSE)
            except Exception as error:  # noqa: BLE001 - one event that cannot be read must not end the rest
                log.fault("page_reading_failed", error)
                await asyncio.sleep(_PAUSE)

    def _stand(self, standing: Standing) -> None:
        if standing != self.redis:
            self.redis = standing
            self._changed()

    async def _read_events(self) -> None:
        came = await self._backend.events(self._last, _PAGE)
        self._stand("up")
        if not came:
            await self._backend.wait(self._last, _WAIT_SECONDS)
            return
        self.events.extend(self._event(event) for event in came)
        self.counted += len(came)
        self._last = came[-1]["id"]
        self._changed()
        self.look()

    def _event(self, event: Mapping[str, Any]) -> Json:
        """An exported event; `at` is the emulator's time, which is ahead once the clock was moved."""
        at = int(event["id"].partition("-")[0]) + self._clock.offset
        names = [name for name in event["variables"].split(",") if name]
        return {
            **event,
            "at": at,
            "at_redis": event["at"],
            "variables": names,
            "detail": json.loads(event["detail"]),
        }

    async def _read_grants(self) -> None:
        self._look.clear()
        grants = [self._grant(facts) for facts in await self._backend.grants()]
        self._stand("up")
        if grants or self.grants:
            self.grants = grants
            self.readings += 1
            self._changed()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRANT_SECONDS):
                await self._look.wait()

    def _grant(self, facts: GrantFacts) -> Json:
        return {
            "id": facts.id,
            "requester": facts.requester,
            "variables": list(facts.variables),
            "once": facts.once,
            "granted_ms": facts.granted_at + self._clock.offset,
            "expires_ms": facts.expires_at + self._clock.offset,
            "ttl_ms": facts.ttl_ms,
        }

    async def _read_tree(self) -> None:
        self._verify.clear()
        clock = asyncio.get_running_loop().time
        began = clock()
        tree = self._tree(await self._backend.tree())
        took = clock() - began
        if tree != self.tree:
            self.tree = tree
            self.verified += 1
            self._changed()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(TREE_SECONDS, _REST * took)):
                await self._verify.wait()

    def _tree(self, facts: TreeFacts) -> Json:
        """As the browser is told: of events only the newest, and those that are not as they were."""
        newest = max(facts.marks, key=stream_order, default=NO_EVENT)
        told = (event["id"] for event in self.events)
        gone = {event: ("gone", -1) for event in told if stream_order(event) <= stream_order(newest)}
        marks = list({**gone, **facts.marks}.items())
        wrong = [(event, mark) for event, mark in marks[:-EVENTS] if mark[0] in {"altered", "missing"}]
        return {
            **dataclasses.asdict(facts),
            "problems": list(facts.problems),
            "sealed_until": facts.sealed_until + self._clock.offset if facts.sealed_until else 0,
            "marks": {event: list(mark) for event, mark in [*wrong[-EVENTS:], *marks[-EVENTS:]]},
        }
