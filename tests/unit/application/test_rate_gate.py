"""When Slack may be called again: what it asked for, what failed, what is lost."""

import pytest

from envaccess.projections.rate_gate import LOST, MOST_SECONDS, SELDOM_SECONDS, RateGate


class Clock:
    def __init__(self) -> None:
        self.now = 5.0
        self.alarms: list[tuple[str, str]] = []
        self.rate_gate = RateGate(lambda: self.now, lambda channel, code: self.alarms.append((channel, code)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_method_is_held_where_slack_said_so_for_as_long_as_it_said(clock: Clock) -> None:
    clock.rate_gate.hold("post", "C1", 30)
    assert clock.rate_gate.held("post", "C1") == 30
    assert clock.rate_gate.held("post", "C2") == clock.rate_gate.held("update", "C1") == 0
    clock.now += 29.5
    assert clock.rate_gate.held("post", "C1") == 0.5
    clock.now += 0.5
    assert clock.rate_gate.held("post", "C1") == 0


def test_failures_back_off_from_half_a_second_to_five(clock: Clock) -> None:
    waits = [clock.rate_gate.failed("x") for _ in range(40)]
    assert waits[:5] == [0.5, 1.0, 2.0, 4.0, MOST_SECONDS]
    assert set(waits[4:]) == {MOST_SECONDS}
    assert clock.rate_gate.failed("y") == 0.5


def test_what_is_refused_for_good_is_tried_more_and_more_seldom(clock: Clock) -> None:
    waits = [clock.rate_gate.failed("x", SELDOM_SECONDS) for _ in range(40)]
    assert waits[10] == 512
    assert waits[-1] == SELDOM_SECONDS


def test_a_success_forgets_the_failures(clock: Clock) -> None:
    clock.rate_gate.failed("x")
    assert clock.rate_gate.failing("x")
    clock.rate_gate.worked("x")
    assert not clock.rate_gate.failing("x")
    assert clock.rate_gate.failed("x") == 0.5
    clock.rate_gate.rest()
    assert not clock.rate_gate.failing("x")


@pytest.mark.parametrize("code", sorted(LOST))
def test_a_lost_channel_alarms_once_until_it_is_back(clock: Clock, code: str) -> None:
    for _ in range(3):
        clock.rate_gate.refused("C1", code)
    assert clock.alarms == [("C1", code)]
    assert clock.rate_gate.lost == {"C1": code}
    clock.rate_gate.reached("C1", "update")
    assert clock.rate_gate.lost == {"C1": code}
    clock.rate_gate.reached("C1")
    assert clock.rate_gate.lost == {}
    clock.rate_gate.refused("C1", code)
    assert len(clock.alarms) == 2


def test_another_refusal_loses_no_channel(clock: Clock) -> None:
    clock.rate_gate.refused("C1", "invalid_blocks")
    assert (clock.alarms, clock.rate_gate.lost) == ([], {})


def test_a_new_code_about_a_lost_channel_is_told(clock: Clock) -> None:
    clock.rate_gate.refused("C1", "not_in_channel")
    clock.rate_gate.refused("C1", "is_archived")
    assert clock.alarms == [("C1", "not_in_channel"), ("C1", "is_archived")]
    clock.rate_gate.forget("C1")
    assert clock.rate_gate.lost == {}
