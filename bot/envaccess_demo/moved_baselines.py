"""What is remembered of somebody, as it would be, had everything been done earlier."""

from dataclasses import replace
from typing import Final

from envaccess.domain.signals.baseline import (
    AGES,
    DAY_MINUTES,
    ENTRY,
    HASH,
    Baseline,
    decode_denied,
    encode_denied,
    number,
)

_MINUTE: Final = 60_000


def moved_baseline(name: str, text: str, milliseconds: int) -> str:
    """The text of a field of a baseline (`filed`, `denied`) so much earlier; whole days for what has days."""
    minutes = milliseconds // _MINUTE
    if name == "denied":
        return encode_denied((denied, at - minutes) for denied, at in decode_denied(text))
    known = Baseline.decode(text)
    days = round(minutes / DAY_MINUTES)
    return replace(
        known,
        last=known.last - minutes,
        recent=tuple(at - minutes for at in known.recent),
        day=known.day - days,
        variables=_moved_days(known.variables, days),
    ).encode()


def _moved_days(entries: str, days: int) -> str:
    found = (entries[place : place + ENTRY] for place in range(0, len(entries), ENTRY))
    return "".join(one[:HASH] + number((int(one[HASH:], 36) - days) % AGES).zfill(2) for one in found)
