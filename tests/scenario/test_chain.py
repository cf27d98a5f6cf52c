"""Chains of steps under a policy file, as the people of it live them."""

from pathlib import Path

from slack_emulator import Message, User
from tests.scenario.harness import ScenarioHarness


def write_policy(harness: ScenarioHarness, text: str) -> Path:
    """A policy file of this town; `{bob}` and the like are people's ids."""
    people = {name: getattr(harness, name).id for name in ("alice", "bob", "carol", "dana")}
    file = harness.home / "policy.yml"
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


async def drawn(harness: ScenarioHarness, message: Message, words: str) -> str:
    """The message's picture, once it says this."""
    return await harness.until(lambda: text if words in (text := harness.slack.draw(message)) else None)


async def pressed(harness: ScenarioHarness, who: User, message: Message, button: str) -> str:
    """The private answer to a press."""
    press = await who.press(message, button)
    await harness.until(lambda: press.answers)
    return press.answers[0].text


async def test_two_steps_are_passed_in_order_by_two_people(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, TWO_STEPS)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        assert "Step 1 of 2" in harness.slack.draw(message)
        assert "other people at this step" in await pressed(harness, harness.carol, message, "Approve")
        await harness.bob.press(message, "Approve")
        picture = await drawn(harness, message, "Step 2 of 2: waits")
        assert "Step 1 of 2: @bob agreed" in picture
        assert harness.alice.find("[ Reveal ]") is None
        assert "nobody counts twice" in await pressed(harness, harness.bob, message, "Approve")
        await harness.carol.press(message, "Approve")
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        await drawn(harness, message, "*Approved* by @carol")
    tags = await harness.tags()
    assert [tag for tag in tags if tag.startswith(("request", "grant"))] == [
        "request.created",
        "request.step_approved",
        "request.approved",
        "grant.activated",
    ]
