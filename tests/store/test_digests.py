"""The weekly digest on both kinds of server: once a week, whatever dies, and whoever else serves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from envaccess.domain.audit import Event, Tag
from envaccess.domain.errors import StoreError
from envaccess.domain.signals.alerts import Alert
from envaccess.domain.signals.digest import Counted, Digest
from envaccess.domain.signals.thresholds import USUAL
from envaccess.domain.signals.weeks import MONDAY, Week, WeeklyTime, last_week, moment
from envaccess.projections.digest import WeeklyDigest
from envaccess.projections.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    MessageUncertainError,
)
from envaccess.projections.rate_gate import RateGate
from envaccess.store.digests import RedisDigests
from tests.fakes.digests import DAY, HOUR, Weeks, put_first
from tests.store.harness import StoreHarness

WEEK = last_week(MONDAY, 1_795_000_000_000)


class KilledError(BaseException):
    """`kill -9`: nothing of this process runs any more."""


@dataclass
class Channel:
    """Slack's audit channel: digests by their week, and what Slack answers next."""

    posted: list[tuple[str, bool]] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    counts: list[Mapping[str, int]] = field(default_factory=list)

    async def post_week(self, digest: Digest, _now: int, _patch: str, *, again: bool) -> str:
        """Post, or not."""
        fault = self.faults.pop(0) if self.faults else None
        if not isinstance(fault, MessageDelayedError | MessageRefusedError):
            self.posted.append((str(digest.week), again))
            self.counts.append(digest.counts)
        if fault:
            raise fault
        return "1.0"


@dataclass
class Journal:
    """The log."""

    faults: list[str] = field(default_factory=list)

    def fault(self, what: str, **_facts: str) -> None:
        """A fault."""
        self.faults.append(what)

    def crash(self, _what: str, error: BaseException) -> None:
        """A bug."""
        raise error


@dataclass
class Office:
    """One workspace with two weeks of events, its audit channel, and the time of day."""

    harness: StoreHarness
    now: int = WEEK.due
    told: WeeklyTime | None = MONDAY
    channel: Channel = field(default_factory=Channel)
    journal: Journal = field(default_factory=Journal)
    seconds: float = 0.0
    read: list[str] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def process(self, name: str = "process-1") -> WeeklyDigest:
        """A bot that starts."""
        self.harness.outbox.token = name

        async def now() -> int:
            return self.now

        async def patch(_: Digest) -> str:
            return ""

        return WeeklyDigest(
            Lease(self.harness, name),
            RedisDigests(self.harness.runner, name),
            self,
            self.channel,
            self.journal,
            RateGate(lambda: self.seconds, lambda _channel, _code: None),
            "C0AUDIT",
            now,
            lambda: replace(USUAL, digest=self.told),
            patch,
            self.open_alerts,
        )

    async def open_alerts(self, _limit: int) -> Sequence[Alert]:
        """Alerts that the store has."""
        return self.alerts

    async def bare(self, cursor: str, count: int) -> Sequence[Event]:
        """The stream."""
        self.read.append(cursor)
        return await self.harness.trail.bare(cursor, count)

    @property
    def weeks(self) -> list[str]:
        """The weeks that were told."""
        return [week for week, _ in self.channel.posted]


@dataclass
class Lease:
    """A process's own name in the lease."""

    harness: StoreHarness
    token: str

    async def lead(self) -> bool:
        """Take or keep it."""
        return bool(await self.harness.runner.run("lead", token=self.token))


@pytest.fixture
async def office(harness: StoreHarness) -> Office:
    """Events of three weeks before anything else."""
    weeks = Weeks(WEEK.edges[0] - DAY)
    weeks.add(Tag.BOT_STARTED)
    weeks.at += 9 * DAY
    weeks.used(weeks.approved())
    await put_first(harness.client, harness.runner.key("audit"), weeks.events)
    return Office(harness)


async def steps(process: WeeklyDigest, number: int = 3) -> None:
    """Look so often."""
    for _ in range(number):
        await process.step()


async def test_a_week_is_told_once_however_often_and_whoever_looks(office: Office) -> None:
    for name in ("process-1", "process-2"):
        await office.harness.runner.run("resign", token="process-1")
        await steps(office.process(name))
    assert office.channel.posted == [(str(WEEK), False)]


async def test_who_has_no_lease_posts_nothing_though_it_had_it_when_it_looked(office: Office) -> None:
    process = office.process()
    process._lease = Lease(office.harness, "somebody-else")
    await steps(process)
    assert office.weeks == []


async def test_two_processes_that_both_summed_it_up_post_it_once(office: Office) -> None:
    """One was paused after it had taken the lease: the other one has it by now."""
    first, second = office.process("process-1"), office.process("process-2")
    await office.harness.runner.run("lead", token="process-1")
    digests: Any = first._digests
    assert await digests.begin(str(WEEK)) == 1
    await office.harness.runner.run("resign", token="process-1")
    await second.step()
    await digests.posted(str(WEEK), "2.0")
    await steps(first)
    assert office.channel.posted == [(str(WEEK), True)]


async def test_killed_between_posting_and_storing_it_comes_once_more_and_says_so(office: Office) -> None:
    office.channel.faults = [KilledError(), KilledError()]
    for _ in range(2):
        with pytest.raises(KilledError):
            await office.process().step()
    for _ in range(3):
        await steps(office.process())
    assert office.channel.posted == [(str(WEEK), False), (str(WEEK), True)]


@pytest.mark.parametrize(
    "fault",
    [MessageDelayedError(30), MessageRefusedError("channel_not_found"), MessageRefusedError("fatal")],
)
async def test_what_slack_did_not_take_is_posted_later_and_is_no_repeat(
    office: Office, fault: MessageError
) -> None:
    office.channel.faults = [fault] * 4
    process = office.process()
    for _ in range(5):
        await process.step()
        office.seconds += 700
    assert office.channel.posted == [(str(WEEK), False)]
    assert office.read.count("0-0") == 1, "summed up once, whatever Slack says"


async def test_an_answer_that_is_lost_makes_one_repeat_and_no_third(office: Office) -> None:
    office.channel.faults = [MessageUncertainError("no answer")] * 9
    process = office.process()
    for _ in range(6):
        await process.step()
        office.seconds += 700
    assert office.channel.posted == [(str(WEEK), False), (str(WEEK), True)]
    assert office.journal.faults == ["digest.not_posted"]


async def test_a_bot_that_was_off_on_monday_tells_the_week_late_and_once(office: Office) -> None:
    office.now = WEEK.due + 3 * DAY
    await steps(office.process())
    office.now = WEEK.due + 6 * DAY
    await steps(office.process())
    assert office.weeks == [str(WEEK)]


async def test_a_clock_that_is_put_back_tells_nothing_again(office: Office) -> None:
    for days in (0, 7, 0, 14, 7, 0, -2):
        office.now = WEEK.due + days * DAY
        await steps(office.process())
    told = [str(last_week(MONDAY, WEEK.due + number * DAY)) for number in (0, 7, 14, -2)]
    assert office.weeks == told


async def test_weeks_that_are_remembered_are_few(office: Office) -> None:
    for number in range(30):
        office.now = WEEK.due + 7 * number * DAY
        await steps(office.process(), 1)
    assert len(office.weeks) == 30
    stored: Any = await office.harness.client.hgetall(office.harness.runner.key("digests"))
    assert len(stored) == 12


async def test_no_week_is_told_before_there_was_a_workspace(office: Office) -> None:
    office.now = WEEK.edges[0] - 8 * DAY
    await steps(office.process())
    await office.harness.client.delete(office.harness.runner.key("audit"))
    office.now = WEEK.due
    await steps(office.process())
    assert office.weeks == []


async def test_none_turns_it_off_and_a_change_of_the_hour_repeats_nothing(office: Office) -> None:
    office.told = None
    process = office.process()
    await steps(process)
    assert office.weeks == []
    for told in (MONDAY, WeeklyTime(0, 10 * 60), WeeklyTime(0, 9 * 60, "Asia/Kolkata")):
        office.told, office.now = told, WEEK.due + HOUR
        await steps(process)
    assert office.weeks == [str(WEEK)]


async def test_redis_away_in_the_middle_is_no_lost_week(office: Office) -> None:
    process = office.process()
    real = office.harness.runner
    digests: Any = process._digests

    async def away(_week: str) -> int:
        raise StoreError

    kept, digests.begin = digests.begin, away
    with pytest.raises(StoreError):
        await process.step()
    digests.begin = kept
    await steps(process)
    assert office.channel.posted == [(str(WEEK), False)]
    assert await real.client.hget(real.key("digests"), str(WEEK)) == "posted:1.0"


async def test_a_page_that_redis_did_not_give_makes_no_digest_of_zeros(office: Office) -> None:
    """PostHog/posthog#72105: a read that failed was taken for a week without anything."""
    process, read = office.process(), office.harness.trail.bare
    calls = 0

    async def away_once(cursor: str, count: int) -> Sequence[Event]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StoreError
        return await read(cursor, count)

    office.harness.trail.bare = away_once  # type: ignore[method-assign]
    with pytest.raises(StoreError):
        await process.step()
    assert office.weeks == []
    await steps(process)
    (told,) = office.channel.counts
    assert told[Counted.REQUESTS] == 1


async def test_a_repeat_has_the_same_numbers_whatever_happened_meanwhile(office: Office) -> None:
    """getsentry/sentry#74619: two reports of one week, hours apart, with other numbers."""
    office.channel.faults = [KilledError()]
    with pytest.raises(KilledError):
        await office.process().step()
    await office.harness.file("A")
    office.now += 3 * HOUR
    await steps(office.process())
    first, second = office.channel.counts
    assert first == second
    assert [again for _, again in office.channel.posted] == [False, True]


def test_the_week_of_these_tests_begins_on_a_monday() -> None:
    assert isinstance(WEEK, Week)
    assert WEEK.first.weekday() == 0
    assert WEEK.since == moment(WEEK.first, 0, "UTC")
