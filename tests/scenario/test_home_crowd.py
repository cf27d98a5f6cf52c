"""One person opens the Home tab again and again: Slack is asked a few times, and it is right at the end."""

import asyncio

from tests.scenario.test_home import home_shows
from tests.scenario.town import Town


async def test_three_hundred_openings_cost_a_few_calls_and_end_right(town: Town) -> None:
    async with town.bot():
        await asyncio.gather(*(town.slack.open_home(town.alice) for _ in range(300)))
        await home_shows(town, town.alice, "Nothing waits for you")
        await town.filed()
        await asyncio.gather(*(town.slack.open_home(town.alice) for _ in range(300)))
        await home_shows(town, town.alice, "You asked (1)")
        assert len(town.slack.calls_of("views.publish")) <= 6
