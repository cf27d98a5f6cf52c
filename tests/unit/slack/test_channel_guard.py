"""Channels that turn unsafe while we serve (law 9): nobody decides there, and it is an alarm until mended."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from envaccess.domain.errors import DirectoryError
from envaccess.domain.policy.rules import APPROVERS_MAX
from envaccess.slack import channel_guard as guarding
from envaccess.slack.alarms import Alarms
from envaccess.slack.channel_guard import ChannelGuard
from envaccess.slack.channel_info import ChannelInfo

APPROVERS, AUDIT, FORMER = "C0APPROVERS", "C0AUDIT", "C0FORMER"
SAFE = ChannelInfo(APPROVERS, "approvers", private=True, members=5)
UNSAFE = (f"channel_unsafe:{APPROVERS}",)
WAYS: tuple[ChannelInfo | None, ...] = (
    None,
    replace(SAFE, private=False),
    replace(SAFE, shared=True),
    replace(SAFE, archived=True),
    replace(SAFE, member=False),
    replace(SAFE, members=APPROVERS_MAX + 1),
)


class Harness:
    """A guard, and what Slack says of the two channels."""

    def __init__(self, *, public_allowed: bool = False) -> None:
        self.alarms = Alarms()
        self.guard = ChannelGuard(self.alarms, APPROVERS, AUDIT, public_allowed=public_allowed)
        self.says: dict[str, ChannelInfo | None] = {APPROVERS: SAFE, AUDIT: replace(SAFE, id=AUDIT)}
        self.asked: list[str] = []
        self.gate: asyncio.Event | None = None
        self.reached = asyncio.Event()
        self.fault: DirectoryError | None = None

    async def ask(self, channel: str) -> ChannelInfo | None:
        found = self.says[channel]
        self.asked.append(channel)
        self.reached.set()
        if self.gate:
            await self.gate.wait()
        if self.fault:
            raise self.fault
        return found


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


@pytest.mark.parametrize("info", WAYS)
def test_whatever_no_start_would_accept_lets_nobody_decide_and_is_an_alarm(
    info: ChannelInfo | None, logs: list[Any]
) -> None:
    harness = Harness()
    assert harness.guard.admits(APPROVERS, SAFE)
    assert not harness.alarms.faults
    for _ in range(3):
        assert not harness.guard.admits(APPROVERS, info)
    assert harness.alarms.faults == UNSAFE
    (alarm,) = [line for line in logs if line["event"] == "alarm"]
    assert alarm["problem"]
    assert alarm["mend"]


def test_the_loud_name_admits_what_it_says_and_no_more() -> None:
    harness = Harness(public_allowed=True)
    admitted = [harness.guard.admits(APPROVERS, info) for info in WAYS]
    assert admitted == [False, True, False, False, False, True]


def test_a_channel_of_a_former_configuration_is_judged_but_is_no_alarm() -> None:
    """Requests are pinned to it for some hours; whoever runs the bot does not look after it any more."""
    harness = Harness()
    assert harness.guard.admits(FORMER, replace(SAFE, id=FORMER))
    assert not harness.guard.admits(FORMER, replace(SAFE, id=FORMER, private=False))
    harness.guard.shared(FORMER)
    assert not harness.alarms.faults


@pytest.mark.parametrize("info", WAYS)
async def test_a_look_finds_what_nobody_asked_about_and_clears_it_once_it_is_mended(
    info: ChannelInfo | None, logs: list[Any]
) -> None:
    harness = Harness()
    harness.says[APPROVERS] = info
    await harness.guard.look(harness.ask)
    assert harness.alarms.faults == UNSAFE
    harness.says[APPROVERS] = SAFE
    await harness.guard.look(harness.ask)
    assert not harness.alarms.faults
    assert [line["event"] for line in logs] == ["alarm", "alarm_over"]


async def test_a_shared_audit_channel_is_an_alarm_and_a_public_one_is_not() -> None:
    harness = Harness()
    harness.says[AUDIT] = replace(SAFE, id=AUDIT, private=False)
    await harness.guard.look(harness.ask)
    assert not harness.alarms.faults
    harness.says[AUDIT] = replace(SAFE, id=AUDIT, shared=True)
    await harness.guard.look(harness.ask)
    assert harness.alarms.faults == (f"channel_unsafe:{AUDIT}",)


async def test_what_an_event_told_is_cleared_by_a_later_look_only() -> None:
    """A look that was under way when the event came asked before the change."""
    harness = Harness()
    harness.gate = asyncio.Event()
    looking = asyncio.create_task(harness.guard.look(harness.ask))
    await harness.reached.wait()
    harness.guard.shared(APPROVERS)
    harness.gate.set()
    await looking
    assert harness.alarms.faults == UNSAFE
    await harness.guard.look(harness.ask)
    assert not harness.alarms.faults


async def test_slack_that_does_not_answer_clears_and_sounds_nothing(logs: list[Any]) -> None:
    harness = Harness()
    harness.guard.shared(APPROVERS)
    harness.fault = DirectoryError("Slack did not answer")
    await harness.guard.look(harness.ask)
    assert harness.alarms.faults == UNSAFE
    assert [line["event"] for line in logs] == ["alarm", "channels_not_looked_at"]


async def test_an_event_about_one_of_our_channels_brings_the_look_forward() -> None:
    harness = Harness()
    watching = asyncio.create_task(harness.guard.watch(harness.ask))
    await asyncio.sleep(0)
    harness.guard.changed("C0OTHER")
    await asyncio.sleep(0)
    assert not harness.asked
    harness.guard.changed(AUDIT)
    async with asyncio.timeout(30):
        assert await watching > 0, "many events together are one look a second"
    assert sorted(harness.asked) == [APPROVERS, AUDIT]


async def test_without_any_event_it_looks_each_minute_and_sooner_while_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = Harness()
    assert guarding.ALARMED_SECONDS < guarding.LOOK_SECONDS
    monkeypatch.setattr(guarding, "LOOK_SECONDS", 0.01)
    await harness.guard.watch(harness.ask)
    monkeypatch.setattr(guarding, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(guarding, "ALARMED_SECONDS", 0.01)
    harness.guard.shared(APPROVERS)
    async with asyncio.timeout(30):
        await harness.guard.watch(harness.ask)
    assert len(harness.asked) == 4
    assert not harness.alarms.faults
