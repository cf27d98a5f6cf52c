"""What filing reads and writes of baselines: what is usual for somebody (`domain/signals`).

A baseline is an index, like a record's fields: whoever writes to Redis can forge one, and so hide a fact or
make one up. It gives nothing and stops nothing, and whoever replays the events finds the difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.outcome import NewRequest
from envaccess.domain.signals.facts import Noticed, write_facts
from envaccess.domain.signals.observing import NOTHING, Observing, Remembered
from envaccess.store.runner import Runner
from envaccess.store.script_arguments import Argument

MINUTE: Final = 60_000


async def remembered(runner: Runner, who: str) -> Remembered:
    """What is remembered of somebody; nothing where it cannot be read."""
    try:
        found = await runner.read("HMGET", runner.key("baseline", who), "filed", "denied", "mark")
    except (
        StoreUnavailableError
    ):  # another kind of value lies there, or the script will not be reached either
        return NOTHING
    filed, denied, mark = found
    return Remembered(filed or "", denied or "", mark or "")


@dataclass(frozen=True, slots=True)
class Observed:
    """What is unusual about a request, None for nothing, and what the filing script writes down of that."""

    noticed: Noticed | None
    arguments: Mapping[str, Argument]


UNOBSERVED: Final = Observed(None, {})


def observed(new: NewRequest, observing: Observing, minute: int, *, compared: bool) -> Observed:
    """What is unusual about a request that is filed in this minute since the epoch.

    Args:
        new: the request.
        observing: what is known of whoever asks.
        minute: the script refuses another one.
        compared: whether the script refuses what is not filed right after what `observing` remembers.
    """
    seconds = 0 if new.duration.once or new.extends else new.duration.seconds
    after, noticed = observing.look([str(variable) for variable in new.variables], seconds, minute)
    arguments: dict[str, Argument] = {"baseline": after.encode()}
    if compared:
        arguments |= {"mark": observing.remembered.mark, "minute": minute}
    if noticed.hour >= 0:
        arguments["hour"] = noticed.hour
    if noticed.facts:
        arguments["facts"] = write_facts(noticed.facts)
    return Observed(noticed if noticed.facts else None, arguments)


def looked_again(observing: Observing, outcome: Mapping[str, Any]) -> Observing:
    """The same with what the script says is remembered now."""
    found = Remembered(str(outcome["filed"]), str(outcome["denied"]), str(outcome["mark"]))
    return replace(observing, remembered=found)
