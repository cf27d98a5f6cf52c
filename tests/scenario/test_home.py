"""The Home tab: everything that somebody holds, asked for or has to decide, in one place."""

from slack_emulator import Person
from tests.scenario.town import Town


async def home_shows(town: Town, person: Person, *words: str) -> str:
    """The Home tab's picture, once it shows all of this."""

    def look() -> str | None:
        picture = town.slack.draw(person.home) if person.home else ""
        return picture if all(word in picture for word in words) else None

    return await town.until(look)


async def test_an_approver_decides_in_the_home_tab(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        await town.slack.open_home(town.bob)
        await home_shows(town, town.bob, "Waits for you (1)", "debugging a failed refund")
        await town.slack.open_home(town.alice)
        await home_shows(town, town.alice, "You asked (1)", "[ Cancel request ]")
        assert town.bob.home
        await town.bob.home.press("Approve")
        picture = await home_shows(town, town.bob, "Nothing waits for you")
        assert "Waits for you" not in picture
        await home_shows(town, town.alice, "You hold (1)", "[ Reveal ]", "[ End now ]")
        await town.until(lambda: "*Approved* by @bob" in town.slack.draw(message))
