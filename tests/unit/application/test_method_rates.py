"""However calls come, Slack's documented rates are kept to, and nobody ordinary waits for them."""

import hashlib

import pytest

from envaccess.projections.method_rates import OVERALL, PLACES, Rate
from envaccess.projections.rate_gate import RateGate
from slack_emulator.rates import Rates

METHODS = {
    "post": "chat.postMessage",
    "direct": "chat.postMessage",
    "update": "chat.update",
    "delete": "chat.delete",
    "dm": "conversations.open",
    "publish": "views.publish",
}


class Office:
    def __init__(self) -> None:
        self.now = 1_000.0
        self.rate_gate = RateGate(lambda: self.now, lambda *_: None)
        self.slack = Rates(lambda: self.now)
        self.slack.enforced = True
        self.refused = 0

    def call(self, method: str, channel: str = "C1", *, urgent: bool = False) -> float:
        """Call if it may be; the seconds to wait, 0 when it was called."""
        wait = self.rate_gate.claim(method, channel, urgent=urgent)
        if not wait:
            reply = self.slack.refuse(METHODS[method], {"channel": channel})
            self.refused += reply is not None
        return wait


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("method", METHODS)
def test_no_load_makes_slack_refuse_a_call(office: Office, method: str, seed: int) -> None:
    for number in range(4_000):
        channel, urgent, pause, long = hashlib.sha256(f"{seed} {number}".encode()).digest()[:4]
        office.call(method, f"C{channel % 4}", urgent=urgent < 50)
        office.now += [0.0, 0.01, 0.1, 1.0, 9.0 if long < 25 else 0.0][pause % 5]
    assert office.refused == 0


def test_posts_to_many_channels_stay_below_the_workspaces_limit_and_emergencies_come_first(
    office: Office,
) -> None:
    """Forty people's direct messages and channels: each is within its own rate, all together are not."""
    sent = 0
    for _ in range(50):
        for number in range(60):
            sent += not office.call("direct", f"D{number}")
        office.now += 0.1
    assert office.refused == 0
    assert sent >= OVERALL["post"].free
    assert office.call("direct", "D99") > 0
    assert office.call("post", "C1", urgent=True) == 0, "an emergency does not wait for the others' cards"


@pytest.mark.parametrize("method", [*PLACES, *OVERALL])
def test_a_few_at_once_never_wait(office: Office, method: str) -> None:
    """What one request needs, its cards and lines, and several of those together."""
    for _ in range(4):
        assert office.rate_gate.claim(method, "C1") == 0


def test_a_person_whose_turn_is_next_waits_two_seconds_at_most_after_a_burst(office: Office) -> None:
    while not office.call("post"):
        pass
    assert 0 < office.rate_gate.wait("post", "C1") <= 2


def test_an_emergency_is_told_at_once_after_the_largest_burst(office: Office) -> None:
    for _ in range(200):
        while not office.call("post"):
            pass
        office.now += 0.1
        if office.now > 1_009:
            break
    assert office.call("post", urgent=True) == 0
    assert office.refused == 0


def test_all_that_waits_leaves_at_most_of_the_rate(office: Office) -> None:
    """The posts of a long queue are not slower than nine in ten seconds."""
    sent = 0
    while office.now < 1_100:
        sent += not office.call("post")
        office.now += 0.05
    assert sent >= 85


def test_a_channel_that_refused_audit_lines_gets_fewer_for_a_while(office: Office) -> None:
    def told() -> int:
        count = 0
        while not office.rate_gate.claim("audit", "C1"):
            count += 1
        return count

    assert told() == PLACES["audit"].free
    office.rate_gate.hold("audit", "C1", 5)
    office.now += 60
    assert told() < PLACES["audit"].free
    office.now += 700
    assert told() == PLACES["audit"].free


@pytest.mark.parametrize("kept", [0, 2])
def test_room_says_how_many_claims_work(kept: int) -> None:
    rate = Rate(3, 5, 10, kept=kept)
    assert rate.available([], 0) == 3
    assert rate.available([0, 0], 0) == 1
    assert rate.available([0, 0, 0], 0) == 0
    assert rate.available([0, 0, 0], 5) == 1
    assert rate.available([0, 1, 2, 3, 4], 9) == 0
    assert rate.wait([0, 1, 2, 3, 4], 9) == 1
    assert (rate.wait([0, 1, 2, 3, 4], 9, urgent=True) <= 0) is bool(kept)


def test_the_places_that_are_remembered_are_bounded(office: Office) -> None:
    for number in range(30_000):
        office.rate_gate.claim("direct", f"D{number}")
        office.now += 1
    assert len(office.rate_gate._calls) <= 10_002
