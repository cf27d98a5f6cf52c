"""Calls, folded by minute before they are reported: which, how often, and how they ended."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from envaccess.broker.source import CallRecord

_MOST: Final = 200
"""Different calls of one grant and service between two reports; the rest share one path."""
_OTHERS: Final = "/..."
_PATH_MOST: Final = 200


class CallReport(NamedTuple):
    """Calls of one service under one grant, as they are sent; the same operation id however often that is.

    Attributes:
        calls: each with its method, host, path, status, why it was blocked, and how often.
    """

    grant: str
    service: str
    op: str
    calls: tuple[dict[str, Any], ...]

    def sent(self) -> tuple[str, str, tuple[dict[str, Any], ...], str]:
        """As `AgentApi.report` takes it."""
        return self.grant, self.service, self.calls, self.op


class CallFolder:
    """Counts calls until they are reported."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Counter[CallRecord]] = {}

    def add(self, call: CallRecord) -> None:
        """Count one."""
        counts = self._counts.setdefault((call.grant, call.service), Counter())
        call = call.shortened(call.path[:_PATH_MOST])
        if call not in counts and len(counts) >= _MOST:
            call = call.shortened(_OTHERS)
        counts[call] += 1

    def take(self, new_op: Callable[[], str]) -> Iterator[CallReport]:
        """What is to be reported, and count anew."""
        counts, self._counts = self._counts, {}
        for (grant, service), found in counts.items():
            calls = tuple(
                {
                    "method": call.method,
                    "host": call.host,
                    "path": call.path,
                    "status": call.status,
                    "blocked": call.blocked,
                    "times": times,
                }
                for call, times in found.items()
            )
            yield CallReport(grant, service, new_op(), calls)
