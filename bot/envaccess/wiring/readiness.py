"""Whether this process is ready: Redis and Slack answer, payloads can come in, and nothing is lost."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from envaccess.domain.errors import StoreError
from envaccess.http import Intake

KEPT_SECONDS = 2.0
"""How long one answer of Redis and Slack serves: anybody may ask, and each asking calls `auth.test`."""
_SLACK_SECONDS = 2.5
"""How long Slack may take to count as ready; `http` gives all checks together three."""

_LAG_SECONDS = 1.0
"""How long sinks' lag may take to be found out: it is told, and decides nothing."""

Ask = Callable[[], Awaitable[object]]
AskLag = Callable[[], Awaitable[Mapping[str, int]]]


async def _nothing_behind() -> Mapping[str, int]:
    """Before the parts are joined."""
    return {}


class Readiness:
    """Answers `/readyz`."""

    def __init__(self, ask_redis: Ask, ask_slack: Ask, monotonic: Callable[[], float]) -> None:
        """Nothing is asked yet.

        Args:
            ask_redis: raises when Redis does not answer; bounds its own time.
            ask_slack: raises when Slack does not.
            monotonic: seconds on a clock that never jumps.
        """
        self._ask_redis, self._ask_slack, self._monotonic = ask_redis, ask_slack, monotonic
        self._asking: asyncio.Task[dict[str, bool]] | None = None
        self._until = 0.0
        self._intake: Intake | None = None
        self._stopping = False
        self._lost: Callable[[], bool] = lambda: True
        self._ask_lag: AskLag = _nothing_behind
        self._lag: Mapping[str, int] = {}
        self._lag_until = 0.0

    def serve(self, intake: Intake, lost: Callable[[], bool], lag: AskLag = _nothing_behind) -> None:
        """The parts are joined: from now on these count, too.

        Args:
            intake: where payloads come in.
            lost: whether a channel is lost, or an alarm is raised.
            lag: by how many seconds each sink is behind.
        """
        self._intake, self._lost, self._ask_lag = intake, lost, lag

    def stop(self) -> None:
        """From now on it is not ready, although payloads are taken still: whoever balances sends no more."""
        self._stopping = True

    async def lag(self) -> Mapping[str, int]:
        """Seconds by which each sink is behind, as of some seconds ago, or as was known before a fault."""
        if self._monotonic() >= self._lag_until:
            self._lag_until = self._monotonic() + KEPT_SECONDS
            with contextlib.suppress(StoreError, TimeoutError):
                async with asyncio.timeout(_LAG_SECONDS):
                    self._lag = await self._ask_lag()
        return self._lag

    async def ask(self) -> Mapping[str, bool]:
        """Each part by name: Redis and Slack as of some seconds ago at most, our own state as of now."""
        return {
            **await self._others(),
            "intake": self._intake is not None and self._intake.connected() and not self._stopping,
            "channels": not self._lost(),
        }

    async def aclose(self) -> None:
        """End what is still asked."""
        if self._asking:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _others(self) -> dict[str, bool]:
        """Share one check among concurrent callers, and its answer for some seconds."""
        if self._asking is None or (self._asking.done() and self._monotonic() >= self._until):
            self._asking = asyncio.create_task(self._ask_both())
        return await asyncio.shield(self._asking)

    async def _ask_both(self) -> dict[str, bool]:
        answers = await asyncio.gather(self._ask_redis(), self._ask_slack_in_time(), return_exceptions=True)
        self._until = self._monotonic() + KEPT_SECONDS
        works = (not isinstance(answer, BaseException) for answer in answers)
        return dict(zip(("redis", "slack"), works, strict=True))

    async def _ask_slack_in_time(self) -> None:
        async with asyncio.timeout(_SLACK_SECONDS):
            await self._ask_slack()
