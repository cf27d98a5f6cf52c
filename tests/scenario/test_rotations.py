"""Rotation in Slack: the owner's task, believed by the source alone, pressed by owners alone."""

from slack_emulator import CommandReply, Message
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, last_event, pressed, shows, write_policy
from tests.scenario.test_home_acts import home
from tests.scenario.watch import buttons, comes_true

OWNED = """
version: 1
owners: {{"*/STRIPE_*": [{carol}]}}
rules:
  - name: everything
    match: "*/*"
    approvers: [{bob}, {carol}]
"""


async def task(harness: ScenarioHarness, *words: str) -> Message:
    """The newest message in the approvers channel that says all of this."""

    def look() -> Message | None:
        drawn = [(one, harness.slack.draw(one)) for one in harness.slack.messages(harness.approvers)]
        return next((one for one, text in reversed(drawn) if all(word in text for word in words)), None)

    found = await harness.until(look)
    await comes_true(lambda: drawn(harness))
    return found


def told_by(harness: ScenarioHarness, reply: CommandReply) -> str:
    """What somebody was told in private."""
    return harness.slack.draw(reply.message) if reply.message else ""


async def drawn(harness: ScenarioHarness) -> bool:
    """Whether nothing is left to draw."""
    return not await harness.redis.exists(harness.runner.key("rotation_cards"))


async def test_owner_rotates_by_hand_and_only_the_source_is_believed(harness: ScenarioHarness) -> None:
    """Carol owns it; she is called in her direct messages, too."""
    async with harness.bot(policy_file=write_policy(harness, OWNED)):
        reply = await harness.ask("rotate STRIPE_KEY", harness.carol)
        assert "`STRIPE_KEY` is being rotated" in told_by(harness, reply)
        message = await task(harness, "@carol", "`STRIPE_KEY` has to be rotated", "press *I rotated it*")
        assert buttons(message) == ["I rotated it"]
        assert harness.carol.find("`STRIPE_KEY`, which you own, has to be rotated")
        refused = await pressed(harness, harness.carol, message, "I rotated it")
        assert "The source still shows the value that was seen" in refused
        await harness.store(STRIPE)
        await harness.carol.press(message, "I rotated it")
        await shows(harness, message, ":white_check_mark: *`STRIPE_KEY` was rotated*")
        assert not buttons(message)
        await audit_says(harness, "`rotation.done`", "`STRIPE_KEY` was rotated")
    event = await last_event(harness, "rotation.done")
    assert (str(event.actor), event.detail["how"]) == (f"person:{harness.carol.id}", "owner")


async def test_owner_outside_the_channel_says_so_by_the_command(harness: ScenarioHarness) -> None:
    """Dana is not in the approvers channel."""
    policy = write_policy(harness, OWNED.replace("[{carol}]}}", "[{dana}]}}"))
    async with harness.bot(policy_file=policy):
        await harness.ask("rotate STRIPE_KEY", harness.dana)
        told = await harness.until(lambda: harness.dana.find("Then type `/envaccess rotate STRIPE_KEY`"))
        assert "approvers channel" not in harness.slack.draw(told), "she does not see it"
        await harness.store(STRIPE)
        await harness.ask("rotate STRIPE_KEY", harness.dana)
        await task(harness, "`STRIPE_KEY` was rotated")
        await harness.ask("rotate STRIPE_KEY", harness.dana)
        tab = await home(harness, harness.dana, "`STRIPE_KEY` has to be rotated", "[ I rotated it ]")
        await tab.press("I rotated it")
        await harness.until(lambda: harness.dana.modal)
        assert harness.dana.modal
        assert "The source still shows the value" in harness.dana.modal.draw()
    assert (await harness.tags()).count("rotation.due") == 2


async def test_who_is_no_owner_neither_begins_nor_closes_one(harness: ScenarioHarness) -> None:
    """Bob decides requests, and is no owner; his press is made up, and Alice's command refused."""
    async with harness.bot(policy_file=write_policy(harness, OWNED)):
        told = told_by(harness, await harness.ask("rotate STRIPE_KEY"))
        assert "A value is rotated by its owners" in told
        await harness.ask("rotate STRIPE_KEY", harness.carol)
        message = await task(harness, "`STRIPE_KEY` has to be rotated")
        await harness.store(STRIPE)
        refused = await pressed(harness, harness.bob, message, "I rotated it")
        assert "A value is rotated by its owners" in refused
        assert "rotation.done" not in await harness.tags()
    refusals = [event for event in await harness.events() if event.event == "access.refused"]
    assert {(event.actor.id, event.detail["why"]) for event in refusals} == {
        (harness.alice.id, "not_rotation_owner"),
        (harness.bob.id, "not_rotation_owner"),
    }


async def test_task_survives_a_restart_and_a_second_press_does_nothing(harness: ScenarioHarness) -> None:
    """No owners are named: whoever is in the approvers channel."""
    async with harness.bot():
        await harness.ask("rotate STRIPE_KEY", harness.bob)
        message = await task(harness, "`STRIPE_KEY` has to be rotated")
    await harness.store(STRIPE)
    async with harness.bot():
        fresh = message.blocks
        await harness.bob.press(message, "I rotated it")
        await shows(harness, message, "`STRIPE_KEY` was rotated")
        message.blocks = fresh
        assert "This rotation is done already" in await pressed(
            harness, harness.carol, message, "I rotated it"
        )
    assert (await harness.tags()).count("rotation.done") == 1


async def test_unknown_name_is_told_with_the_nearest(harness: ScenarioHarness) -> None:
    async with harness.bot():
        told = told_by(harness, await harness.ask("rotate STRIPE_KEE", harness.bob))
        assert "STRIPE_KEY" in told
        told = told_by(harness, await harness.ask("rotate", harness.bob))
        assert "The form is `/envaccess rotate NAME`" in told
        assert "You own" not in told
    assert "rotation.due" not in await harness.tags()


async def test_owner_who_types_no_name_is_told_what_is_theirs(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, OWNED)):
        told = told_by(harness, await harness.ask("rotate", harness.carol))
        assert "Please name the variable after that word. Nothing was done. You own `STRIPE_KEY`." in told
        assert "You own" not in told_by(harness, await harness.ask("rotate", harness.alice))
