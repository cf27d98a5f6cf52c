"""The weekly digest in the audit channel: once a week, by the process that has the lease.

A try is noted before Slack is called and its end after it, so that whoever dies in between causes one repeat,
which says that it may be one. Sums are made page by page: whatever else the process does goes on in between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from envaccess.application.ports.process import Journal, Lease
from envaccess.domain.audit import NO_EVENT, Event, stream_order
from envaccess.domain.signals.alerts import Alert
from envaccess.domain.signals.digest import Digest, DigestSums
from envaccess.domain.signals.thresholds import Thresholds
from envaccess.domain.signals.weeks import Week, last_week
from envaccess.projections.errors import MessageDelayedError, MessageError, MessageUncertainError
from envaccess.projections.rate_gate import SELDOM_SECONDS, RateGate

LOOK_SECONDS: Final = 30.0
PAGE: Final = 200
"""Events that are summed up before others have their turn."""
ALERTS_MOST: Final = 500
"""The newest alerts, of which the open ones are told."""
_NAME: Final = "digest"


class Digests(Protocol):
    """Which weeks are told. Methods raise `StoreError`."""

    async def is_posted(self, week: str) -> bool:
        """Whether a week's is there already."""
        ...

    async def begin(self, week: str) -> int:
        """Note that it is about to be posted; which try this is, 0: it is not to be posted, -1: no lease."""
        ...

    async def posted(self, week: str, ts: str) -> None:
        """It arrived."""
        ...

    async def not_posted(self, week: str, tries: int) -> None:
        """Slack did not take it: so many tries before that one may have arrived."""
        ...


class BareStream(Protocol):
    """The audit stream without what people typed."""

    async def bare(self, cursor: str, count: int) -> Sequence[Event]:
        """Events after a stream id, oldest first."""
        ...


class DigestMessages(Protocol):
    """Slack's messages. Raises `MessageRefusedError`, `MessageDelayedError`, `MessageUncertainError`."""

    async def post_week(self, digest: Digest, now: int, patch: str, *, again: bool) -> str:
        """Post a digest to the audit channel; returns `ts`.

        Args:
            digest: the week.
            now: milliseconds since the epoch.
            patch: the policy's part for what it suggests; empty for none.
            again: whether it may be there already.
        """
        ...


class WeeklyDigest:
    """Posts the digest of the last week that is over, if nobody has.

    Args:
        lease: one process posts.
        digests: which are posted.
        stream: what is summed up.
        messages: Slack.
        journal: the log.
        rate_gate: when Slack may be called, shared with the audit lines.
        channel: the audit channel's id.
        now: the store's time in milliseconds.
        limits: when the policy wants it, and from when on approvers are told of.
        patch: the policy's part for what a digest suggests.
        alerts: those that are open, so many at most.
    """

    def __init__(
        self,
        lease: Lease,
        digests: Digests,
        stream: BareStream,
        messages: DigestMessages,
        journal: Journal,
        rate_gate: RateGate,
        channel: str,
        now: Callable[[], Awaitable[int]],
        limits: Callable[[], Thresholds],
        patch: Callable[[Digest], Awaitable[str]],
        alerts: Callable[[int], Awaitable[Sequence[Alert]]],
    ) -> None:
        self._lease, self._digests, self._stream, self._messages = lease, digests, stream, messages
        self._journal, self._rate_gate, self._channel = journal, rate_gate, channel
        self._now, self._limits, self._patch = now, limits, patch
        self._alerts = alerts
        self._done = ""
        self._summed: Digest | None = None

    async def step(self) -> float:
        """Post what is due; returns seconds after which to look again.

        Raises:
            StoreError: Redis did not answer.
        """
        limits = self._limits()
        told = limits.digest
        if told is None or not await self._lease.lead():
            return LOOK_SECONDS
        week = last_week(told, await self._now())
        if str(week) == self._done:
            return LOOK_SECONDS
        if await self._digests.is_posted(str(week)):
            self._done = str(week)
            return LOOK_SECONDS
        if self._summed is None or self._summed.week != week:
            sums = DigestSums(week, limits)
            sums.know(await self._alerts(ALERTS_MOST))
            self._summed = await sum_up(self._stream, sums)
        if self._summed is None:
            self._done = str(week)
            return LOOK_SECONDS
        return await self._post(week, self._summed)

    async def _post(self, week: Week, digest: Digest) -> float:
        wait = self._rate_gate.claim("audit", self._channel)
        if wait:
            return wait
        patch, now = await self._patch(digest), await self._now()
        tries = await self._digests.begin(str(week))
        if tries <= 0:
            self._done = str(week) if tries == 0 else ""
            return LOOK_SECONDS
        try:
            ts = await self._messages.post_week(digest, now, patch, again=tries > 1)
        except MessageUncertainError as error:
            return self._failed(error)
        except MessageError as error:
            await self._digests.not_posted(str(week), tries - 1)
            return self._failed(error)
        self._rate_gate.worked(_NAME)
        await self._digests.posted(str(week), ts)
        self._done, self._summed = str(week), None
        return LOOK_SECONDS

    def _failed(self, error: MessageError) -> float:
        if isinstance(error, MessageDelayedError):
            self._rate_gate.hold("audit", self._channel, error.seconds)
            return error.seconds
        if not self._rate_gate.failing(_NAME):
            self._journal.fault("digest.not_posted", why=str(error))
        return max(LOOK_SECONDS, self._rate_gate.failed(_NAME, SELDOM_SECONDS))


async def sum_up(stream: BareStream, sums: DigestSums) -> Digest | None:
    """Read the stream page by page; None where it begins after the week."""
    first = next(iter(await stream.bare(NO_EVENT, 1)), None)
    if first is None or first.at >= sums.week.until:
        return None
    sums.begins(first.at)
    cursor = max(NO_EVENT, f"{sums.reads_from}-0", key=stream_order)
    while page := await stream.bare(cursor, PAGE):
        for event in page:
            sums.take(event)
        cursor = page[-1].id
        await asyncio.sleep(0)
    return sums.digest()
