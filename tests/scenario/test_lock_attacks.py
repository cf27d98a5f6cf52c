"""Ways round a lock: what was opened before it, and what is pressed after it."""

from slack_emulator import Modal
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import card, granted, opened, pressed, write_policy
from tests.scenario.test_lock import ASK, WATCHED
from tests.scenario.watch import say


async def open_at(harness: ScenarioHarness) -> Modal:
    """The request form on Alice's screen."""
    await harness.ask("")
    return await harness.until(lambda: harness.alice.modal)


async def test_a_form_that_was_opened_before_the_lock_does_nothing_after_it(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await granted(harness)
        waiting = await harness.filed("staging/DB_URL 1h a slow query")
        less = await opened(harness, harness.bob, waiting, "Approve less…")
        more = await open_at(harness)
        await say(harness, "lock @alice laptop stolen", harness.dana)
        sent = await more.submit({"variables": ["STRIPE_KEY"], "duration": "30m", "reason": "one last look"})
        assert sent.next is not None
        assert "Access of @alice is locked by @dana" in sent.next.draw()
        sent = await less.submit({"duration": "15m"})
        assert sent.next is not None
        assert "is locked by @dana" in sent.next.draw()
    tags = await harness.tags()
    assert tags[tags.index("principal.locked") :].count("grant.activated") == 0
    assert tags[tags.index("principal.locked") :].count("request.created") == 0


async def test_more_time_that_was_asked_for_before_the_lock_gives_nothing_during_or_after_it(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await granted(harness)
        request = (await harness.requests())[0]
        known = set(map(id, harness.slack.messages(harness.approvers)))
        await say(harness, f"extend {request.id} 30m the refund takes longer")
        message = await harness.until(
            lambda: next((m for m in harness.slack.messages(harness.approvers) if id(m) not in known), None)
        )
        old = message.blocks
        await say(harness, "lock @alice laptop stolen", harness.dana)
        message.blocks = old
        assert "is locked by @dana" in await pressed(harness, harness.bob, message, "Approve")
        await say(harness, "unlock @alice found it", harness.dana)
        message.blocks = old
        assert "ended" in await pressed(harness, harness.bob, message, "Approve")
    tags = await harness.tags()
    assert "grant.extended" not in tags
    assert tags.count("grant.activated") == 1


async def test_an_old_reveal_button_shows_nothing_during_or_after_a_lock(harness: ScenarioHarness) -> None:
    async with harness.bot(policy_file=write_policy(harness, WATCHED)):
        await granted(harness, ASK)
        mine = await card(harness, "[ Reveal ]")
        old = mine.blocks
        await say(harness, "lock STRIPE_KEY key in a public log", harness.dana)
        mine.blocks = old
        assert "is locked by @dana" in await pressed(harness, harness.alice, mine, "Reveal")
        await say(harness, "unlock STRIPE_KEY", harness.dana)
        mine.blocks = old
        await pressed(harness, harness.alice, mine, "Reveal")
    assert "grant.revealed" not in await harness.tags()
