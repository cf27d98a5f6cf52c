"""Sinks: other people's systems that are sent every event, as their file declares them; when to try again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

BACKOFF_MOST: Final = 300.0
"""Seconds between two tries of a sink that fails."""
WAIT_MOST: Final = 3_600.0
"""Seconds that a sink may ask us to wait."""
LATE_AFTER: Final = 900.0
"""Seconds after which the oldest event that waits is an alarm."""
LATE_BYTES: Final = 4 * 1024 * 1024
"""Bytes that wait, as they would be sent, which are an alarm."""


class SinkKind(StrEnum):
    """What a sink is."""

    FOLDER = "folder"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class SinkSpec:
    """One sink, as the file declares it.

    Attributes:
        name: a word; its cursor is `sink:NAME`.
        place: a folder's path, or a URL.
        form: how events are written (`audit.formats`).
        private: whether its address may be one that is not public.
        secret: what proves who we are; never in the file itself.
        further: what else was said, by field.
    """

    name: str
    kind: SinkKind
    place: str
    form: str
    private: bool = False
    secret: str = field(default="", repr=False)
    further: Mapping[str, str] = field(default_factory=dict)


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4, ... 300."""
    return min(2.0 ** min(failures - 1, 20), BACKOFF_MOST)
