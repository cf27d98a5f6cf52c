"""The rates that the local Slack keeps when asked to, compared with the documented tiers.

https://docs.slack.dev/apis/web-api/rate-limits, and the tier on each method's page. Slack says "at least so
many a minute"; here exactly so many pass.
"""

import pytest

from tests.slack_emulator.harness import EmulatorHarness

TIER = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute."""

TIERS = {
    "apps.connections.open": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.info": 3,
    "conversations.members": 4,
    "conversations.open": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.update": 4,
}


def passed(emulator: EmulatorHarness, method: str, args: dict[str, str] | None = None) -> int:
    """How many calls pass before the first that is refused."""
    count = 0
    while emulator.slack.state.rates.refuse(method, args or {}) is None:
        count += 1
    return count


@pytest.fixture
def strict(emulator: EmulatorHarness) -> EmulatorHarness:
    emulator.slack.enforce_rates()
    return emulator


@pytest.mark.parametrize("method", TIERS)
async def test_a_method_has_its_tier(strict: EmulatorHarness, method: str) -> None:
    assert passed(strict, method) == TIER[TIERS[method]]
    strict.clock.advance(60)
    assert passed(strict, method) == TIER[TIERS[method]]


async def test_posting_is_about_one_a_second_in_a_channel_with_short_bursts(strict: EmulatorHarness) -> None:
    """chat.postMessage is "special": about one a second per channel, and several hundred a minute in all."""
    burst = passed(strict, "chat.postMessage", {"channel": "C1"})
    strict.clock.advance(burst)
    assert 1 <= passed(strict, "chat.postMessage", {"channel": "C1"}) <= burst
    assert passed(strict, "chat.postMessage", {"channel": "C2"}) == burst


async def test_the_wait_that_is_asked_for_is_enough(strict: EmulatorHarness) -> None:
    passed(strict, "users.info")
    refused = strict.slack.state.rates.refuse("users.info", {})
    assert refused is not None
    assert refused.status == 429
    strict.clock.advance(int(refused.headers["Retry-After"]))
    assert strict.slack.state.rates.refuse("users.info", {}) is None
