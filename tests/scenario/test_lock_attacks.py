"""Ways round a lock: what was opened before it, and what is pressed after it."""

from slack_emulator import Modal
from tests.scenario.policies import card, granted, opened, pressed, write_policy
from tests.scenario.test_lock import ASK, WATCHED
from tests.scenario.town import Town
from tests.scenario.watch import say


async def open_at(town: Town) -> Modal:
    """The request form on Alice's screen."""
    await town.ask("")
    return await town.until(lambda: town.alice.modal)


async def test_a_form_that_was_opened_before_the_lock_does_nothing_after_it(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await granted(town)
        waiting = await town.filed("staging/DB_URL 1h a slow query")
        less = await opened(town, town.bob, waiting, "Approve less…")
        more = await open_at(town)
        await say(town, "lock @alice laptop stolen", town.dana)
        sent = await more.submit({"variables": ["STRIPE_KEY"], "duration": "30m", "reason": "one last look"})
        assert sent.next is not None
        assert "Access of @alice is locked by @dana" in sent.next.draw()
        sent = await less.submit({"duration": "15m"})
        assert sent.next is not None
        assert "is locked by @dana" in sent.next.draw()
    tags = await town.tags()
    assert tags[tags.index("principal.locked") :].count("grant.activated") == 0
    assert tags[tags.index("principal.locked") :].count("request.created") == 0


async def test_more_time_that_was_asked_for_before_the_lock_gives_nothing_during_or_after_it(
    town: Town,
) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await granted(town)
        request = (await town.requests())[0]
        known = set(map(id, town.slack.messages(town.approvers)))
        await say(town, f"extend {request.id} 30m the refund takes longer")
        message = await town.until(
            lambda: next((m for m in town.slack.messages(town.approvers) if id(m) not in known), None)
        )
        old = message.blocks
        await say(town, "lock @alice laptop stolen", town.dana)
        message.blocks = old
        assert "is locked by @dana" in await pressed(town, town.bob, message, "Approve")
        await say(town, "unlock @alice found it", town.dana)
        message.blocks = old
        assert "ended" in await pressed(town, town.bob, message, "Approve")
    tags = await town.tags()
    assert "grant.extended" not in tags
    assert tags.count("grant.activated") == 1


async def test_an_old_reveal_button_shows_nothing_during_or_after_a_lock(town: Town) -> None:
    async with town.bot(policy_file=write_policy(town, WATCHED)):
        await granted(town, ASK)
        mine = await card(town, "[ Reveal ]")
        old = mine.blocks
        await say(town, "lock STRIPE_KEY key in a public log", town.dana)
        mine.blocks = old
        assert "is locked by @dana" in await pressed(town, town.alice, mine, "Reveal")
        await say(town, "unlock STRIPE_KEY", town.dana)
        mine.blocks = old
        await pressed(town, town.alice, mine, "Reveal")
    assert "grant.revealed" not in await town.tags()
