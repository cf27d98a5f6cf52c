"""The main job, as the people of it live it."""

from tests.scenario.town import STRIPE, Town


async def test_a_request_is_approved_revealed_expired_and_proven(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        assert "debugging a failed refund" in town.slack.draw(message)
        await town.bob.press(message, "Approve")
        card = await town.until(lambda: town.alice.find("[ Reveal ]"))
        await town.alice.press(card, "Reveal")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
        face = card.faces[-1]
        await town.move_clock(3600.1)
        press = await town.alice.press(card, "Reveal", shown=face)
        await town.until(lambda: press.answers)
        assert "expired" in press.answers[0].text
        await town.until(lambda: "[ Reveal ]" not in town.slack.draw(card))
    assert await town.tags() == [
        "secret.created",
        "secret.created",
        "bot.started",
        "request.created",
        "request.approved",
        "grant.activated",
        "grant.revealed",
        "grant.expired",
        "access.refused",
        "bot.stopped",
    ]
    for person in (town.bob, town.carol, town.dana):
        assert person.find(town.values[STRIPE]) is None
