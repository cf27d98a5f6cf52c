"""Sinks: other people's systems that are sent every event, as their file declares them; when to try again."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from envaccess.domain.audit import stream_order
from envaccess.domain.cursors import SINK, Cursor

BACKOFF_MOST: Final = 300.0
"""Seconds between two tries of a sink that fails."""
WAIT_MOST: Final = 3_600.0
"""Seconds that a sink may ask us to wait."""
LATE_AFTER: Final = 900.0
"""Seconds after which the oldest event that waits is an alarm."""
LATE_BYTES: Final = 4 * 1024 * 1024
"""Bytes that wait, as they would be sent, which are an alarm."""
WEBHOOK_SECRET: Final = "whsec_"  # noqa: S105 - what stands before one
"""What a webhook's secret begins with, before base64."""


class SinkKind(StrEnum):
    """What a sink is."""

    FOLDER = "folder"
    WEBHOOK = "webhook"
    SPLUNK = "splunk"
    DATADOG = "datadog"
    SYSLOG = "syslog"


@dataclass(frozen=True, slots=True)
class SinkSpec:
    """One sink, as the file declares it.

    Attributes:
        name: a word; its cursor is `sink:NAME`.
        place: a folder's path, a URL, or `host:port`.
        authority: certificates (PEM) that its certificate must come from; empty for those of the system.
        form: how events are written (`audit.formats`).
        private: whether its address may be one that is not public.
        secret: what proves who we are; never in the file itself.
        secret_file: the file that has it, which may change; empty where it is in the environment.
        further: what else was said, by field.
        archive: the folder from which it goes on, where the stream waits for it no longer; empty for none.
    """

    name: str
    kind: SinkKind
    place: str
    form: str
    private: bool = False
    secret: str = field(default="", repr=False)
    secret_file: str = ""
    authority: str = field(default="", repr=False)
    further: Mapping[str, str] = field(default_factory=dict)
    archive: str = ""


@dataclass(frozen=True, slots=True)
class SinkLag:
    """How far a sink is behind.

    Attributes:
        name: the sink's.
        begun: whether it has a cursor.
        after: the last event that it has; empty where its cursor cannot be believed.
        seconds: for how long the oldest event that it does not have has waited; 0 where it has all.
        archived: while it gets older events from an archive, the last of them that it has; else empty.
    """

    name: str
    begun: bool
    after: str
    seconds: int
    archived: str = ""


def is_sound_secret(kind: SinkKind, secret: str) -> bool:
    """Whether this can be a secret of such a sink: one line, and of a webhook `whsec_` and base64."""
    if kind is SinkKind.WEBHOOK:
        try:
            found = base64.b64decode(secret.removeprefix(WEBHOOK_SECRET), validate=True)
        except (ValueError, binascii.Error):
            return False
        return secret.startswith(WEBHOOK_SECRET) and bool(found)
    return bool(secret) and secret.isprintable() and secret.isascii()


def lag_of(name: str, cursors: Sequence[Cursor], now: int) -> SinkLag:
    """How far a sink is behind; `now` is the store's time in milliseconds."""
    for cursor in cursors:
        if cursor.name == SINK + name:
            waited = now - stream_order(cursor.waiting)[0] if cursor.waiting else 0
            return SinkLag(name, True, cursor.at, max(0, waited) // 1_000)
    return SinkLag(name, False, "", 0)


def known_sinks(cursors: Sequence[Cursor]) -> list[str]:
    """The names of the sinks that have a cursor, whether a file declares them or not."""
    return [cursor.name.removeprefix(SINK) for cursor in cursors if cursor.name.startswith(SINK)]


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4, ... 300."""
    return min(2.0 ** min(failures - 1, 20), BACKOFF_MOST)
