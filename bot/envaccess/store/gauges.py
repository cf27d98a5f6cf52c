"""What a workspace's state says about itself in numbers, for metrics; a bounded look, whatever is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from envaccess.domain.leases import LeaseState
from envaccess.domain.text import whole_number
from envaccess.store.keys import MINUTE
from envaccess.store.records import read_score, read_time
from envaccess.store.runner import Runner

_SOURCES_MOST: Final = 100
_LEASES_MOST: Final = 500
"""Of each source, those to be looked at soonest: whatever is overdue is among them."""
_LEASE_FIELDS: Final = ("state", "ends_at", "ending_at", "closed", "owned")
_MOMENTS: Final = ("created_at", "expires_at")

LIVE: Final = "live"
OVERDUE: Final = "overdue"
TOMBSTONE: Final = "tombstone"
ENDING: Final = "ending"
STANDINGS: Final = (LIVE, ENDING, OVERDUE, TOMBSTONE)
"""It works; it is being ended; it should be gone for a minute; locked out, but something of it is left."""


@dataclass(frozen=True, slots=True)
class StoreGauges:
    """One moment of a workspace; times in milliseconds, by Redis' clock.

    Attributes:
        oldest_pending: how long the oldest pending request has waited.
        oldest_drawing: how long the oldest message that is to be drawn is overdue.
        holder: the process that draws.
        leases: how many stand how, by the words of `STANDINGS`.
    """

    now: int
    pending: int = 0
    oldest_pending: int = 0
    drawings: int = 0
    oldest_drawing: int = 0
    holder: str = ""
    epoch: int = 0
    rotations: int = 0
    rotations_due: int = 0
    leases: Mapping[str, int] = field(default_factory=dict)


class RedisGauges:
    """Reads them; changes nothing."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def read(self) -> StoreGauges:
        """Everything, as of now.

        Raises:
            StoreUnavailableError: Redis does not answer.
        """
        key = self._runner.key
        asked: list[tuple[str | int, ...]] = [
            ("TIME",),
            ("ZCARD", key("undecided")),
            ("ZRANGE", key("undecided"), 0, 0, "WITHSCORES"),
            ("ZCARD", key("dirty")),
            ("ZRANGE", key("dirty"), 0, 0, "WITHSCORES"),
            ("GET", key("lease")),
            ("GET", key("epoch")),
            ("ZCARD", key("rotations")),
            ("HKEYS", key("leasing")),
        ]
        answers = await self._runner.read_all(asked)
        time, pending, first, drawings, overdue, holder, epoch, rotations, sources = answers
        now = read_time(time)
        return StoreGauges(
            now=now,
            pending=pending,
            oldest_pending=_age(first, now),
            drawings=drawings,
            oldest_drawing=_age(overdue, now),
            holder=str(holder or ""),
            epoch=_number(epoch),
            rotations=rotations,
            rotations_due=int(await self._runner.read("ZCOUNT", key("rotations"), "-inf", now)),
            leases=await self._leases(sorted(sources)[:_SOURCES_MOST], now),
        )

    async def moments(self, requests: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        """When each request was made, and until when its grant lives; 0 for what its record does not say."""
        names = [("HMGET", self._runner.key("request", one), *_MOMENTS) for one in requests]
        found = await self._runner.read_all(names)
        moments = [tuple(map(_number, fields)) for fields in found]
        return {one: (made, ends) for one, (made, ends) in zip(requests, moments, strict=True)}

    async def _leases(self, sources: Sequence[str], now: int) -> Mapping[str, int]:
        counts = dict.fromkeys(STANDINGS, 0)
        for source in sources:
            name = self._runner.key("leases_at", source)
            total, ids = await self._runner.read_all([("ZCARD", name), ("ZRANGE", name, 0, _LEASES_MOST - 1)])
            records = await self._runner.read_all(
                [("HMGET", self._runner.key("source_lease", one), *_LEASE_FIELDS) for one in ids]
            )
            for record in records:
                counts[_standing(record, now)] += 1
            counts[LIVE] += max(0, total - len(ids))
        return counts


def _standing(record: Sequence[object], now: int) -> str:
    state, ends, ending, closed, owned = record
    if "1" in {closed, owned}:
        return TOMBSTONE
    since = _number(ending if state == LeaseState.ENDING else ends)
    if since and now - since > MINUTE:
        return OVERDUE
    return ENDING if state == LeaseState.ENDING else LIVE


def _age(first: Sequence[Any], now: int) -> int:
    """How long ago the first of a sorted set was due; RESP3 answers pairs, RESP2 a flat list."""
    if not first:
        return 0
    pair = first[0] if isinstance(first[0], (list, tuple)) else first
    due = read_score(pair[1])
    return max(0, now - due) if due > 0 else 0


def _number(text: object) -> int:
    """A stored number; 0 for what is none, since somebody may have written it."""
    return whole_number(str(text or "")) or 0
