"""Calls that an agent's broker made, or did not let through, as they are written down."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from envaccess.domain.screening import printable
from envaccess.domain.text import clean

ECHO: Final = "echo"
"""Why a call was blocked whose answer held the value; its grant ends."""
CALLS_MAX: Final = 40
"""Kinds of calls of an agent in one minute that are written down one by one; the rest share an event."""
_PATH_MOST: Final = 200
_HOST_MOST: Final = 100
_SERVICE_MOST: Final = 64
_SHOWN: Final = 20
"""Calls of one report that are written down one by one; the rest share an event."""
_OTHERS: Final = "/..."


@dataclass(frozen=True, slots=True)
class BrokerCall:
    """Calls that were all the same.

    Attributes:
        path: without its query.
        status: of HTTP; 0 where nothing was passed back.
        blocked: why it was not let through; empty where it was.
        times: how often.
    """

    method: str
    host: str
    path: str
    status: int
    blocked: str
    times: int


def clean_calls(calls: Iterable[BrokerCall]) -> tuple[BrokerCall, ...]:
    """As they are written down: short, on one line, without a query or what looks like a secret (law 7)."""
    cleaned = [replace(call, host=_clean(call.host, _HOST_MOST), path=_path(call.path)) for call in calls]
    rest = cleaned[_SHOWN:]
    if not rest:
        return tuple(cleaned)
    blocked = next((call.blocked for call in rest if call.blocked), "")
    times = sum(call.times for call in rest)
    return (*cleaned[:_SHOWN], replace(rest[0], path=_OTHERS, status=0, blocked=blocked, times=times))


def clean_service(name: str) -> str:
    """The name of a service, as it is written down: it need not be of the policy of now."""
    return _clean(name, _SERVICE_MOST)


def _path(path: str) -> str:
    parts = path.partition("?")[0].partition("#")[0].split("/")
    return "/".join(printable(clean(part)) if part else part for part in parts)[:_PATH_MOST]


def _clean(text: str, most: int) -> str:
    return printable(clean(text))[:most]
