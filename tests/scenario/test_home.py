"""The Home tab: everything that somebody holds, asked for or has to decide, in one place."""

from slack_emulator import User
from tests.scenario.harness import ScenarioHarness


async def home_shows(harness: ScenarioHarness, person: User, *words: str) -> str:
    """The Home tab's picture, once it shows all of this."""

    def look() -> str | None:
        picture = harness.slack.draw(person.home) if person.home else ""
        return picture if all(word in picture for word in words) else None

    return await harness.until(look)


async def test_an_approver_decides_in_the_home_tab(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        await harness.slack.open_home(harness.bob)
        await home_shows(harness, harness.bob, "Waits for you (1)", "debugging a failed refund")
        await harness.slack.open_home(harness.alice)
        await home_shows(harness, harness.alice, "You asked (1)", "[ Cancel request ]")
        assert harness.bob.home
        await harness.bob.home.press("Approve")
        picture = await home_shows(harness, harness.bob, "Nothing waits for you")
        assert "Waits for you" not in picture
        await home_shows(harness, harness.alice, "You hold (1)", "[ Reveal ]", "[ End now ]")
        await harness.until(lambda: "*Approved* by @bob" in harness.slack.draw(message))
