"""The main job, as the people of it live it."""

from tests.scenario.harness import STRIPE, ScenarioHarness


async def test_a_request_is_approved_revealed_expired_and_proven(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        assert "debugging a failed refund" in harness.slack.draw(message)
        await harness.bob.press(message, "Approve")
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        face = card.revisions[-1]
        await harness.move_clock(3600.1)
        press = await harness.alice.press(card, "Reveal", shown=face)
        await harness.until(lambda: press.answers)
        assert "expired" in press.answers[0].text
        await harness.until(lambda: "[ Reveal ]" not in harness.slack.draw(card))
    assert await harness.tags() == [
        "secret.created",
        "secret.created",
        "bot.started",
        "request.created",
        "request.approved",
        "grant.activated",
        "grant.revealed",
        "value.seen",
        "grant.expired",
        "access.refused",
        "bot.stopped",
    ]
    for person in (harness.bob, harness.carol, harness.dana):
        assert person.find(harness.values[STRIPE]) is None
