"""What is remembered of one person's requests: at most 1 KB, so that old things make room for new ones.

Whatever is forgotten makes a later fact more likely, never less: nobody hides by asking for much.

A name is remembered as 30 bits of a hash over whose it is and what it is called. A name that is new is taken
for one of 64 others once in some ten million times.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

VERSION: Final = "1"
SIZE_MAX: Final = 1_024
"""Bytes of a baseline, with its denials; a longer one is no one of ours."""
VARIABLES_MAX: Final = 64
ENVIRONMENTS_MAX: Final = 12
RECENT_MAX: Final = 15
RING: Final = 16
"""Requests of which length and number of variables are remembered."""
HOURS: Final = 24
DENIED_MAX: Final = 12
DENIED_NAMES: Final = 4
"""Names of one denial that are remembered."""
FORGOTTEN_DAYS: Final = 390
"""After such a silence nothing is remembered: no later than the store forgets it (`TTLS["baseline"]`)."""
DAY_MINUTES: Final = 24 * 60
HOUR_MINUTES: Final = 60

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE: Final = 36
HASH: Final = 5
_AGE: Final = 2
ENTRY: Final = HASH + _AGE
AGES: Final = 36**2
_MINUTE: Final = 5
LENGTH: Final = 4
COUNT: Final = 2
_PARTS: Final = 12
_VALUES: Final = bytes(_DIGITS.index(chr(code)) if chr(code) in _DIGITS else _BASE - 1 for code in range(256))
_LETTERS: Final = _DIGITS.encode() + b"z" * (256 - _BASE)
"""From a digit to its value, and back."""
_NO_HOURS: Final = "0" * HOURS


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is remembered. Texts are as they are stored, because few of them are looked into at each request.

    Attributes:
        seen: requests so far.
        last: when the newest was, in minutes since the epoch.
        recent: when those of the last hour were, likewise.
        hours: on how many days they asked in each hour of their own clock; a digit to base 36 each.
        utc_hours: the same by UTC.
        day: the last day on which they asked, in days since the epoch.
        today: the hours of that day in which they asked, a bit each; `utc_today` by UTC.
        lengths: for how many minutes they asked, the newest last; four digits each.
        counts: for how many variables; two digits each.
        environments: hashes, the newest last.
        variables: hashes with the day on which each was last asked for, the newest last.
        denied: names that were denied, as `denied_hash` has them, with when.
    """

    seen: int = 0
    last: int = 0
    recent: tuple[int, ...] = ()
    hours: str = _NO_HOURS
    utc_hours: str = _NO_HOURS
    day: int = 0
    today: int = 0
    utc_today: int = 0
    lengths: str = ""
    counts: str = ""
    environments: str = ""
    variables: str = ""
    denied: tuple[tuple[str, int], ...] = ()

    def encode(self) -> str:
        """As it is stored; without the denials, which the store writes down by itself (`encode_denied`)."""
        return ".".join(
            (
                VERSION,
                number(self.seen),
                number(self.last),
                "".join(number(minute).zfill(_MINUTE) for minute in self.recent),
                self.hours,
                self.utc_hours,
                number(self.day),
                f"{number(self.today)}-{number(self.utc_today)}",
                self.lengths,
                self.counts,
                self.environments,
                self.variables,
            )
        )

    @classmethod
    def decode(cls, text: str, denied: str = "") -> Self:
        """What was stored. What this version cannot read is a new one: it never stops a request."""
        try:
            return cls._decoded(text, decode_denied(denied))
        except (ValueError, TypeError):
            return cls(denied=decode_denied(denied))

    @classmethod
    def _decoded(cls, text: str, denied: tuple[tuple[str, int], ...]) -> Self:
        parts = text.split(".")
        if len(text) > SIZE_MAX or len(parts) != _PARTS or parts[0] != VERSION or not text.isascii():
            raise ValueError
        _, seen, last, recent, hours, utc_hours, day, today, lengths, counts, environments, variables = parts
        here, _, utc = today.partition("-")
        if {len(hours), len(utc_hours)} != {HOURS} or len(environments) % HASH or len(variables) % ENTRY:
            raise ValueError
        ages = variables[HASH::ENTRY] + variables[HASH + 1 :: ENTRY]
        rings = len(lengths) % LENGTH or len(counts) % COUNT
        numbers = seen + last + recent + day + here + utc + lengths + counts
        if rings or not (numbers + hours + utc_hours + ages).isalnum():  # `int` takes signs, too
            raise ValueError
        return cls(
            int(seen, _BASE),
            int(last, _BASE),
            _numbers(recent, _MINUTE, RECENT_MAX),
            hours,
            utc_hours,
            int(day, _BASE),
            int(here, _BASE),
            int(utc, _BASE),
            lengths[-RING * LENGTH :],
            counts[-RING * COUNT :],
            environments[-ENVIRONMENTS_MAX * HASH :],
            variables[-VARIABLES_MAX * ENTRY :],
            denied,
        )

    def with_denial(self, names: Sequence[str], minute: int) -> "Baseline":
        """The same once a request for these was denied; the store's scripts write the same down."""
        found = tuple((denied_hash(name), minute) for name in names[:DENIED_NAMES])
        return replace(self, denied=(*self.denied, *found)[-DENIED_MAX:])


def number(value: int) -> str:
    """To base 36, as `int` reads it."""
    found, value = "", max(value, 0)
    while value:
        value, digit = divmod(value, _BASE)
        found = _DIGITS[digit] + found
    return found or "0"


def hash_of(who: str, name: str) -> str:
    """By what a name is remembered."""
    digest = hashlib.sha256(f"{who}\0{name}".encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest[:6])[:HASH].decode()


def denied_hash(name: str) -> str:
    """By what a denied name is remembered: something that Lua can make, too."""
    digest = hashlib.sha1(name.encode("utf-8", "surrogatepass"), usedforsecurity=False)
    return digest.hexdigest()[:12]


def encode_denied(denied: Iterable[tuple[str, int]]) -> str:
    """As the store's scripts write it: `HASH:MINUTE`, comma-separated."""
    return ",".join(f"{name}:{minute}" for name, minute in denied)


def decode_denied(text: str) -> tuple[tuple[str, int], ...]:
    """The inverse; nothing where it cannot be read."""
    try:
        pairs = [entry.split(":") for entry in text.split(",") if entry]
        return tuple((name, int(minute)) for name, minute in pairs)[-DENIED_MAX:]
    except ValueError:
        return ()


def age_of(entries: str, found: str, day: int) -> int | None:
    """How many days ago a hash was last put among entries; None where it is not there."""
    place = place_of(entries, found, ENTRY)
    if place < 0:
        return None
    then = int(entries[place + HASH : place + ENTRY], _BASE)
    return (day - then) % AGES


def place_of(entries: str, found: str, size: int) -> int:
    """Where the entry of a hash begins among entries of one size; -1 where there is none."""
    place = entries.find(found)
    while place > 0 and place % size:
        place = entries.find(found, place + 1)
    return place


def with_variable(entries: str, found: str, day: int) -> str:
    """The same entries with this one as the newest."""
    kept = _without(entries, found, ENTRY)
    return (kept + found + number(day % AGES).zfill(_AGE))[-VARIABLES_MAX * ENTRY :]


def with_environment(entries: str, found: str) -> str:
    """Likewise of environments, which have no day."""
    return (_without(entries, found, HASH) + found)[-ENVIRONMENTS_MAX * HASH :]


def has_environment(entries: str, found: str) -> bool:
    """Whether an environment is known."""
    return place_of(entries, found, HASH) >= 0


def hours_of(text: str) -> bytes:
    """Counts by hour."""
    return text.encode().translate(_VALUES)


def with_hour(text: str, hour: int) -> str:
    """One more day in an hour; all are halved before one would have no room."""
    hours = bytearray(hours_of(text))
    if hours[hour] >= _BASE - 1:
        hours = bytearray(count // 2 for count in hours)
    hours[hour] += 1
    return hours.translate(_LETTERS).decode()


def with_number(ring: str, value: int, size: int) -> str:
    """A ring of numbers of so many digits with this one as the newest."""
    return (ring + number(capped(value, size)).zfill(size))[-RING * size :]


def most_of(ring: str, size: int, least: int) -> int:
    """The greatest of them; 0 while there are fewer than `least`. Digits of one length sort as numbers do."""
    if len(ring) < least * size:
        return 0
    return int(max(ring[place : place + size] for place in range(0, len(ring), size)), _BASE)


def capped(value: int, digits: int) -> int:
    """The same, or the greatest number that has so many digits."""
    return min(max(value, 0), int("z" * digits, _BASE))


def _without(entries: str, found: str, size: int) -> str:
    place = place_of(entries, found, size)
    return entries if place < 0 else entries[:place] + entries[place + size :]


def _numbers(text: str, size: int, most: int) -> tuple[int, ...]:
    if len(text) % size:
        raise ValueError
    return tuple(int(text[place : place + size], _BASE) for place in range(0, len(text), size))[-most:]
