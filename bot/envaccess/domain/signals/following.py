"""What is unusual about somebody besides what they ask for: refusals, extensions, reveals, new hosts.

State in, event in, state and facts out, as for requests. At most a few hundred bytes are remembered of one
person, and what cannot be read is forgotten.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from envaccess.domain.audit import Event, Tag
from envaccess.domain.signals.facts import Fact
from envaccess.domain.signals.thresholds import USUAL, Thresholds

_write: Final = json.JSONEncoder(separators=(",", ":")).encode
"""As `json.dumps` does, which makes an encoder for every call."""
_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_DAYS_KEPT: Final = 16
"""Days with reveals of which is remembered how many there were."""
_ENOUGH: Final = 8
"""Such days before it is known what is usual."""
_AT_LEAST: Final = 5
"""So many values more than usual are more, however few are usual."""
_GRANTS_KEPT: Final = 6
_REFUSED_KEPT: Final = 16
_COUNT_MAX: Final = 9_999
_TWICE: Final = 2
_NEW: Final = 14 * _DAY
"""How long somebody is new: until then their first host is no new one."""


@dataclass(frozen=True, slots=True)
class Following:
    """What is remembered of one person or machine. Times are milliseconds since the epoch.

    Attributes:
        since: when anything was remembered first.
        refused: when attempts of the last hour were refused, the newest last.
        extended: live grants that were extended, with how often; the newest last.
        day: when the last day with reveals began, in UTC.
        revealed: values of that day.
        days: values of the days before on which there were any, the newest last.
        hosts: whether values ever went to a host.
    """

    since: int = 0
    refused: tuple[int, ...] = ()
    extended: tuple[tuple[str, int], ...] = ()
    day: int = 0
    revealed: int = 0
    days: tuple[int, ...] = ()
    hosts: bool = False

    def encode(self) -> str:
        """As it is stored."""
        return _write(
            (self.since, self.refused, self.extended, self.day, self.revealed, self.days, int(self.hosts))
        )

    @classmethod
    def decode(cls, text: str | None) -> Self:
        """What is stored; nothing where it cannot be read."""
        if not text:
            return cls()
        try:
            since, refused, extended, day, revealed, days, hosts = json.loads(text)
            return cls(
                int(since),
                tuple(map(int, refused))[-_REFUSED_KEPT:],
                tuple([(str(one), int(times)) for one, times in extended])[-_GRANTS_KEPT:],
                int(day),
                int(revealed),
                tuple(map(int, days))[-_DAYS_KEPT:],
                bool(hosts),
            )
        except (ValueError, TypeError, OverflowError, RecursionError):
            return cls()


FOLLOWED: Final = frozenset(
    {
        Tag.ACCESS_REFUSED,
        Tag.ACCESS_REFUSED_COUNT,
        Tag.GRANT_EXTENDED,
        Tag.GRANT_REVEALED,
        Tag.GRANT_NEW_HOST,
        Tag.REQUEST_CREATED,
    }
)
"""The events that change what is remembered."""


def follow(
    known: Following, event: Event, thresholds: Thresholds = USUAL
) -> tuple[Following, tuple[Fact, ...]]:
    """What is remembered after an event of somebody's, and what is unusual about it."""
    if not known.since:
        known = replace(known, since=event.at)
    match event.event:
        case Tag.ACCESS_REFUSED:
            return _refused(known, event.at, 1, thresholds)
        case Tag.ACCESS_REFUSED_COUNT:
            return _refused(known, event.at, _number(event.detail.get("count", "")), thresholds)
        case Tag.GRANT_EXTENDED:
            return _extended(known, event.request)
        case Tag.GRANT_REVEALED:
            return _revealed(known, event.at, max(1, len(event.variables)), thresholds)
        case Tag.GRANT_NEW_HOST:
            is_new = known.hosts or event.at - known.since >= _NEW
            return replace(known, hosts=True), (Fact.NEW_HOST,) if is_new else ()
    return known, ()


def _refused(
    known: Following, at: int, times: int, thresholds: Thresholds
) -> tuple[Following, tuple[Fact, ...]]:
    """Told of each with which there are so many within an hour."""
    recent = [one for one in known.refused if abs(at - one) < _HOUR]
    most = min(thresholds.refusals, _REFUSED_KEPT)
    after = (recent + [at] * min(times, _REFUSED_KEPT))[-_REFUSED_KEPT:]
    told = len(after) >= most
    return replace(known, refused=tuple(after)), (Fact.REFUSALS,) if told else ()


def _extended(known: Following, grant: str) -> tuple[Following, tuple[Fact, ...]]:
    times = dict(known.extended).get(grant, 0) + 1
    others = [one for one in known.extended if one[0] != grant]
    after = replace(known, extended=(*others, (grant, times))[-_GRANTS_KEPT:])
    return after, (Fact.EXTENDED_TWICE,) if times == _TWICE else ()


def _revealed(
    known: Following, at: int, values: int, thresholds: Thresholds
) -> tuple[Following, tuple[Fact, ...]]:
    """Told once a day: when the values of a day become many times as many as usual."""
    day = at - at % _DAY
    if day > known.day:
        days = (*known.days, *((known.revealed,) if known.revealed else ()))[-_DAYS_KEPT:]
        known = replace(known, day=day, revealed=0, days=days)
    after = min(known.revealed + values, _COUNT_MAX)
    usual = _usual(known.days)
    most = max(thresholds.revealed_more * usual, usual + _AT_LEAST)
    told = usual > 0 and known.revealed < most <= after
    return replace(known, revealed=after), (Fact.REVEALED_MORE,) if told else ()


def _usual(days: Sequence[int]) -> int:
    """What nine in ten of somebody's days have at most; 0 while there are too few of them."""
    if len(days) < _ENOUGH:
        return 0
    return sorted(days)[(len(days) * 9 + 9) // 10 - 1]


def _number(text: str) -> int:
    return min(int(text), _COUNT_MAX) if text.isascii() and text.isdigit() and len(text) <= 9 else 1  # noqa: PLR2004
