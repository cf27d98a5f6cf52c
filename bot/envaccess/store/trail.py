"""The audit stream: fits `ports.audit.Trail` and `Stream`."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from envaccess.domain.audit import NO_EVENT, Actor, Event, Tag, read_actor, stream_order
from envaccess.domain.audit_line import day_of, read_texts
from envaccess.domain.outcome import Attempt
from envaccess.domain.refusal import Reason
from envaccess.store.client import CALL_SECONDS, nothing_to_check, ours
from envaccess.store.runner import Runner

_KNOWN = frozenset(
    {"event", "at", "actor", "request", "grant", "variables", "requester", "detail"}
    | {"n", "s", "typed", "before", "before_id"}
)
_MOMENT = re.compile("[0-9]{1,13}")
_NUMBER = re.compile("[0-9]{1,15}")
_LAST = 253_402_300_799_000
"""The last second that a date can name, in milliseconds; an entry's id can be of any."""

Entry = tuple[str, Mapping[str, str]]
"""An event as it is stored: its id and its fields."""


def read_event(event: str, fields: Mapping[str, str], kept: str = "") -> Event:
    """An event from its stream entry, whatever version wrote it: none stops those who read the stream.

    Args:
        event: its id.
        fields: as they are stored.
        kept: what somebody typed, as it lies apart; empty for none.
    """
    detail, at = _read_detail(fields.get("detail", "{}")), fields.get("at", "")
    unread = {name: text for name, text in fields.items() if name not in _KNOWN}
    if detail is None:
        unread["detail"] = fields["detail"]
    return Event(
        id=event,
        event=fields.get("event", ""),
        at=int(at) if _MOMENT.fullmatch(at) else min(stream_order(event)[0], _LAST),
        actor=read_actor(fields.get("actor", "")),
        request=fields.get("request", ""),
        grant=fields.get("grant", ""),
        variables=tuple([name for name in fields.get("variables", "").split(",") if name]),
        requester=fields.get("requester", ""),
        detail={**(detail or {}), **read_texts(fields.get("typed", ""), kept)},
        other=unread,
        number=int(number) if _NUMBER.fullmatch(number := fields.get("n", "")) else None,
    )


def _read_detail(text: str) -> dict[str, str] | None:
    """The details as texts; None for what is no object of them."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}


@dataclass
class _Uncounted:
    """What came since Redis was asked last."""

    why: str
    count: int = 0
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


class RedisTrail:
    """One workspace's audit stream."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._stream = runner.key("audit")
        self._waits: dict[str, asyncio.Future[str]] = {}
        self._requests = _Uncounted("bad_signature")
        self._tokens = _Uncounted("bad_token")

    async def append(self, op: str, tag: Tag, actor: Actor, detail: Mapping[str, str]) -> None:
        """An event that changes no state."""
        await self._runner.run("append", op=op, event=tag, actor=str(actor), detail=dict(detail))

    async def refuse(self, op: str, attempt: Attempt, why: Reason) -> None:
        """Write a refused attempt down, or count it. What was tried is refused either way."""
        async with nothing_to_check():
            await self._runner.run(
                "refuse",
                op=op,
                actor=str(attempt.actor),
                tried=attempt.tried,
                why=why,
                printable=",".join(attempt.names),
                account=attempt.account,
                **({"id": attempt.request} if attempt.request else {}),
                **({"behind": attempt.behind} if attempt.behind else {}),
                **({"claims": dict(attempt.token)} if attempt.token else {}),
            )

    async def count_bad_signature(self) -> None:
        """Count a request that failed the signature."""
        await self._count(self._requests)

    async def count_bad_token(self) -> None:
        """Count a pipeline's token that nobody has signed whose tokens count."""
        await self._count(self._tokens)

    async def _count(self, uncounted: "_Uncounted") -> None:
        """Count one more.

        What comes while Redis is asked is counted together by the next call: a flood of them must not take
        the connections that decisions need. Counts that Redis does not take are lost with one fault.
        """
        uncounted.count += 1
        async with uncounted.counting:
            count, uncounted.count = uncounted.count, 0
            if count:
                await self._runner.run("count_bad_signature", count=count, why=uncounted.why)

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        """Events after a stream id, oldest first."""
        async with ours():
            entries = await self._runner.client.xrange(self._stream, f"({cursor}", "+", count=count)
            return await self.read(entries)

    async def page(self, start: str, count: int, *, newer: bool, inclusive: bool = False) -> Sequence[Entry]:
        """Entries next to an id, the nearest first; from the newest back where the id is empty."""
        mark = start if inclusive or not start else f"({start}"
        client = self._runner.client
        async with ours():
            if newer:
                return list(await client.xrange(self._stream, mark or "-", "+", count=count))
            return list(await client.xrevrange(self._stream, mark or "+", "-", count=count))

    async def bare(self, cursor: str, count: int) -> Sequence[Event]:
        """The same without what people typed."""
        async with ours():
            entries = await self._runner.client.xrange(self._stream, f"({cursor}", "+", count=count)
        return [read_event(event, fields) for event, fields in entries]

    async def holds(self, event: str) -> bool:
        """Whether an event is there."""
        async with ours():
            return bool(await self._runner.client.xrange(self._stream, event, event))

    async def last(self) -> str:
        """The newest event's id; `0-0` in an empty stream."""
        async with ours():
            entries = await self._runner.client.xrevrange(self._stream, count=1)
        return str(entries[0][0]) if entries else NO_EVENT

    async def wait(self, last: str, seconds: float) -> str:
        """Return the newest id when an event after `last` comes, or `last` when the time is over.

        Of those who wait for the same, the first asks Redis, and tells the others; when its time is over, or
        it fails, theirs is over, too.
        """
        asked = self._waits.get(last)
        if asked:
            done, _ = await asyncio.wait([asked], timeout=seconds)
            return asked.result() if done else last
        told = self._waits[last] = asyncio.get_running_loop().create_future()
        newest = last
        try:
            newest = await self._wait(last, seconds)
        finally:
            del self._waits[last]
            told.set_result(newest)
        return newest

    async def _wait(self, last: str, seconds: float) -> str:
        async with ours(seconds + CALL_SECONDS):
            came = await self._runner.client.xread(
                {self._stream: last}, count=1, block=max(1, int(seconds * 1000))
            )
        return await self.last() if came else last

    async def tail(self, count: int) -> Sequence[Event]:
        """The newest events, oldest first."""
        async with ours():
            entries = await self._runner.client.xrevrange(self._stream, count=count)
            return await self.read(entries[::-1])

    async def read(self, entries: Sequence[Entry]) -> Sequence[Event]:
        """Events with what somebody typed."""
        kept = await self.texts(entries)
        return [read_event(event, fields, kept.get(event, "")) for event, fields in entries]

    async def texts(self, entries: Sequence[tuple[str, Mapping[str, str]]]) -> Mapping[str, str]:
        """What somebody typed in these events, as it lies apart; nothing of those whose texts are gone."""
        typed = [event for event, fields in entries if "typed" in fields]
        if not typed:
            return {}
        async with ours():
            pipe = self._runner.client.pipeline(transaction=False)
            for event in typed:
                pipe.hget(self._runner.key("typed", str(day_of(event))), event)
            # A key of another type stops nobody.
            found = await pipe.execute(raise_on_error=False)
        return {event: text for event, text in zip(typed, found, strict=True) if isinstance(text, str)}
