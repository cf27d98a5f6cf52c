"""Channels that turn unsafe while we serve (law 9): nobody decides there, and it is an alarm until mended."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from envaccess.domain.channel import ChannelInfo
from envaccess.domain.errors import DirectoryError
from envaccess.domain.policy.rules import APPROVERS_MAX
from envaccess.slack import guard as guarding
from envaccess.slack.alarms import Alarms
from envaccess.slack.guard import ChannelGuard

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


class House:
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
    house = House()
    assert house.guard.admits(APPROVERS, SAFE)
    assert not house.alarms.faults
    for _ in range(3):
        assert not house.guard.admits(APPROVERS, info)
    assert house.alarms.faults == UNSAFE
    (alarm,) = [line for line in logs if line["event"] == "alarm"]
    assert alarm["problem"]
    assert alarm["mend"]


def test_the_loud_name_admits_what_it_says_and_no_more() -> None:
    house = House(public_allowed=True)
    admitted = [house.guard.admits(APPROVERS, info) for info in WAYS]
    assert admitted == [False, True, False, False, False, True]


def test_a_channel_of_a_former_configuration_is_judged_but_is_no_alarm() -> None:
    """Requests are pinned to it for some hours; whoever runs the bot does not look after it any more."""
    house = House()
    assert house.guard.admits(FORMER, replace(SAFE, id=FORMER))
    assert not house.guard.admits(FORMER, replace(SAFE, id=FORMER, private=False))
    house.guard.shared(FORMER)
    assert not house.alarms.faults


@pytest.mark.parametrize("info", WAYS)
async def test_a_look_finds_what_nobody_asked_about_and_clears_it_once_it_is_mended(
    info: ChannelInfo | None, logs: list[Any]
) -> None:
    house = House()
    house.says[APPROVERS] = info
    await house.guard.look(house.ask)
    assert house.alarms.faults == UNSAFE
    house.says[APPROVERS] = SAFE
    await house.guard.look(house.ask)
    assert not house.alarms.faults
    assert [line["event"] for line in logs] == ["alarm", "alarm_over"]


async def test_a_shared_audit_channel_is_an_alarm_and_a_public_one_is_not() -> None:
    house = House()
    house.says[AUDIT] = replace(SAFE, id=AUDIT, private=False)
    await house.guard.look(house.ask)
    assert not house.alarms.faults
    house.says[AUDIT] = replace(SAFE, id=AUDIT, shared=True)
    await house.guard.look(house.ask)
    assert house.alarms.faults == (f"channel_unsafe:{AUDIT}",)


async def test_what_an_event_told_is_cleared_by_a_later_look_only() -> None:
    """A look that was under way when the event came asked before the change."""
    house = House()
    house.gate = asyncio.Event()
    looking = asyncio.create_task(house.guard.look(house.ask))
    await house.reached.wait()
    house.guard.shared(APPROVERS)
    house.gate.set()
    await looking
    assert house.alarms.faults == UNSAFE
    await house.guard.look(house.ask)
    assert not house.alarms.faults


async def test_slack_that_does_not_answer_clears_and_sounds_nothing(logs: list[Any]) -> None:
    house = House()
    house.guard.shared(APPROVERS)
    house.fault = DirectoryError("Slack did not answer")
    await house.guard.look(house.ask)
    assert house.alarms.faults == UNSAFE
    assert [line["event"] for line in logs] == ["alarm", "channels_not_looked_at"]


async def test_an_event_about_one_of_our_channels_brings_the_look_forward() -> None:
    house = House()
    watching = asyncio.create_task(house.guard.watch(house.ask))
    await asyncio.sleep(0)
    house.guard.changed("C0OTHER")
    await asyncio.sleep(0)
    assert not house.asked
    house.guard.changed(AUDIT)
    async with asyncio.timeout(5):
        assert await watching > 0, "many events together are one look a second"
    assert sorted(house.asked) == [APPROVERS, AUDIT]


async def test_without_any_event_it_looks_each_minute_and_sooner_while_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House()
    assert guarding.ALARMED_SECONDS < guarding.LOOK_SECONDS
    monkeypatch.setattr(guarding, "LOOK_SECONDS", 0.01)
    await house.guard.watch(house.ask)
    monkeypatch.setattr(guarding, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(guarding, "ALARMED_SECONDS", 0.01)
    house.guard.shared(APPROVERS)
    async with asyncio.timeout(5):
        await house.guard.watch(house.ask)
    assert len(house.asked) == 4
    assert not house.alarms.faults
