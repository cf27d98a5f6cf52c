"""The ends in the audit stream: fits `projections.ended.EndsStream`."""

import json
from collections.abc import Sequence

from envaccess.domain.ends import ENDS, GIVEN_BACK, EndEvent
from envaccess.store.client import nothing_to_check
from envaccess.store.runner import Runner

_TAGS = ",".join(sorted([*ENDS, GIVEN_BACK]))


class RedisEnds:
    """One workspace's ends, as they stand in its stream."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def after(self, event: str, count: int) -> tuple[str, Sequence[EndEvent]]:
        """How far `count` events after this one reach, and what ended among them."""
        async with nothing_to_check():
            answer = await self._runner.outcome("read_ends", after=event, tags=_TAGS, count=count)
        found = answer.get("events", ())
        return answer["last"], [
            EndEvent(one["event"], one["request"], _seal_in(one["detail"])) for one in found
        ]


def _seal_in(detail: str) -> str:
    """The seal that the detail of an event holds, whatever else somebody wrote there."""
    try:
        read = json.loads(detail)
    except (ValueError, RecursionError):
        return ""
    seal = read.get("seal") if isinstance(read, dict) else None
    return seal if isinstance(seal, str) else ""
