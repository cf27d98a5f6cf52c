"""Weeks of events, as the stream has them, for what sums them up."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from envaccess.domain.audit import BOT, Event, Tag, person

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
STRIPE = "production/STRIPE_KEY"


@dataclass
class Weeks:
    """Writes what people did, in order.

    Attributes:
        at: the time now, in milliseconds.
    """

    at: int
    events: list[Event] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def add(self, tag: str, **more: object) -> Event:
        """One event, a millisecond after the last."""
        self.at += 1
        given = {"actor": BOT, **more}
        event = Event(id=f"{self.at}-0", event=tag, at=self.at, **given)  # type: ignore[arg-type]
        self.events.append(event)
        return event

    def ask(self, who: str = "U0ALICE", name: str = STRIPE, duration: str = "1h") -> Event:
        """Somebody asks; what follows takes this event."""
        detail = {"duration": duration, "rules": "everything", "reason": "typed-by-a-person"}
        more = {"request": f"r{next(self._ids)}", "variables": (name,), "requester": who}
        return self.add(Tag.REQUEST_CREATED, actor=person(who), detail=detail, **more)

    def then(self, tag: str, asked: Event, by: str = "", after: int = 0, **detail: str) -> Event:
        """Something becomes of a request, so many milliseconds later."""
        self.at += after
        actor = person(by) if by else BOT
        grant = asked.request if tag.startswith("grant.") else ""
        more = replace(asked, grant=grant)
        return self.add(
            tag,
            actor=actor,
            request=more.request,
            variables=more.variables,
            requester=more.requester,
            grant=grant,
            detail=detail,
        )

    def approved(
        self, who: str = "U0ALICE", by: str = "U0BOB", name: str = STRIPE, after: int = MINUTE
    ) -> Event:
        """A request that one person approved."""
        asked = self.ask(who, name)
        self.then(Tag.REQUEST_APPROVED, asked, by, after, step="1")
        self.then(Tag.GRANT_ACTIVATED, asked, by, seconds="3600")
        return asked

    def used(self, asked: Event) -> None:
        """Its grant is revealed, and ends."""
        self.then(Tag.GRANT_REVEALED, asked, asked.requester)
        self.then(Tag.GRANT_EXPIRED, asked, after=HOUR)


async def put_first(client: Any, stream: str, events: list[Event]) -> None:
    """Put events before all that a stream has; they are in the audit channel already."""
    there = await client.xrange(stream)
    await client.delete(stream)
    for event in events:
        await client.xadd(stream, _fields(event), id=event.id)
    for name, fields in there:
        await client.xadd(stream, fields, id=name)
    await client.hset(stream.rpartition(":")[0] + ":stream-cursors", "lines", events[-1].id)


def _fields(event: Event) -> dict[str, str]:
    said = {
        "event": event.event,
        "at": str(event.at),
        "actor": str(event.actor),
        "request": event.request,
        "grant": event.grant,
        "variables": ",".join(event.variables),
        "requester": event.requester,
        "detail": json.dumps(dict(event.detail)),
    }
    return {name: text for name, text in said.items() if text}
