"""Chains of steps under a policy file, as the people of it live them."""

from pathlib import Path

from slack_emulator import Message, Person
from tests.scenario.town import Town


def write_policy(town: Town, text: str) -> Path:
    """A policy file of this town; `{bob}` and the like are people's ids."""
    people = {name: getattr(town, name).id for name in ("alice", "bob", "carol", "dana")}
    file = town.home / "policy.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.format(**people))
    return file


TWO_STEPS = """
version: 1
rules:
  - name: everything
    match: "*/*"
    steps:
      - {{approvers: [{bob}], remind: 10m, timeout: 1h, then: escalate, escalate: [{alice}, {dana}]}}
      - {{approvers: [{carol}, {dana}]}}
    max: 2h
"""


async def drawn(town: Town, message: Message, words: str) -> str:
    """The message's picture, once it says this."""
    return await town.until(lambda: text if words in (text := town.slack.draw(message)) else None)


async def pressed(town: Town, who: Person, message: Message, button: str) -> str:
    """The private answer to a press."""
    press = await who.press(message, button)
    await town.until(lambda: press.answers)
    return press.answers[0].text


async def test_two_steps_are_passed_in_order_by_two_people(town: Town) -> None:
    policy = write_policy(town, TWO_STEPS)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        assert "Step 1 of 2" in town.slack.draw(message)
        assert "other people at this step" in await pressed(town, town.carol, message, "Approve")
        await town.bob.press(message, "Approve")
        picture = await drawn(town, message, "Step 2 of 2: waits")
        assert "Step 1 of 2: @bob agreed" in picture
        assert town.alice.find("[ Reveal ]") is None
        assert "nobody counts twice" in await pressed(town, town.bob, message, "Approve")
        await town.carol.press(message, "Approve")
        await town.until(lambda: town.alice.find("[ Reveal ]"))
        await drawn(town, message, "*Approved* by @carol")
    tags = await town.tags()
    assert [tag for tag in tags if tag.startswith(("request", "grant"))] == [
        "request.created",
        "request.step_approved",
        "request.approved",
        "grant.activated",
    ]
