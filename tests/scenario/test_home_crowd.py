"""One person opens the Home tab again and again: Slack is asked a few times, and it is right at the end."""

import asyncio

from tests.scenario.harness import ScenarioHarness
from tests.scenario.test_home import home_shows


async def test_three_hundred_openings_cost_a_few_calls_and_end_right(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await asyncio.gather(*(harness.slack.open_home(harness.alice) for _ in range(300)))
        await home_shows(harness, harness.alice, "Nothing waits for you")
        await harness.filed()
        await asyncio.gather(*(harness.slack.open_home(harness.alice) for _ in range(300)))
        await home_shows(harness, harness.alice, "You asked (1)")
        assert len(harness.slack.calls_of("views.publish")) <= 6
