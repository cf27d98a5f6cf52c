"""The most and the longest of everything: whatever fits the grammar also fits Slack's limits."""

import pytest

from envaccess.domain.request import State
from envaccess.domain.variable import Variable
from tests.scenario.harness import ScenarioHarness
from tests.scenario.watch import AGAIN, buttons, card_of, id_on, one_request, say, settled

LONGEST = [Variable("environment-of-20-ch", f"N{number}_{'X' * 125}") for number in range(10)]
"""Ten names of the greatest length, as many as one request may have."""


async def test_the_longest_request_is_filed_decided_revealed_and_told(harness: ScenarioHarness) -> None:
    """A message that Slack refuses would be a request that nobody can decide."""
    assert {len(str(variable)) for variable in LONGEST} == {149}
    for variable in LONGEST:
        await harness.store(variable, "v" * 900)
    names = ",".join(map(str, LONGEST))
    async with harness.bot():
        message = await harness.filed(f"{names} 7h59m59s {'&' * 400}")
        request = id_on(message)
        assert "not read" not in await say(harness, "status")
        await harness.bot_opens_deny(message)
        harness.bob.reload()
        await harness.bob.press(message, "Approve")
        card = await card_of(harness, request)
        assert request in await say(harness, "status")
        await harness.alice.press(card, "Reveal")
        seen = await harness.until(lambda: harness.alice.find("Only you can see this"))
        assert all(variable.label in harness.slack.draw(seen) for variable in LONGEST)
        await harness.alice.press(card, "End now")
        await settled(harness)
        assert (buttons(card), buttons(message)) == (AGAIN, [])
        assert "ended early" in await say(harness, "status")
        assert "X" * 100 in await say(harness, f"show {LONGEST[0]}")
    assert [call.method for call in harness.slack.calls if call.answer and not call.ok] == []


async def test_the_longest_denial_is_told_in_full(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed(f"STRIPE_KEY 1h {'<' * 500}")
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        await harness.bob.modal.submit({"reason": "\U0001f600>" * 250})
        await settled(harness)
        assert "\U0001f600>" * 250 in harness.slack.draw(message)
        assert harness.alice.find("\U0001f600>" * 250)
    assert [call.method for call in harness.slack.calls if call.answer and not call.ok] == []


@pytest.mark.usefixtures("unpaced")
async def test_long_lists_and_statuses_are_cut_and_say_so(harness: ScenarioHarness) -> None:
    """Twenty-five requests, four hundred names: an answer that Slack takes and a person reads."""
    for number in range(25):
        await harness.store(Variable("default", f"MANY_{number:03}_{'Y' * 100}"), "x")
    async with harness.bot():
        for number in range(25):
            if number == 15:  # one person has at most so many that wait: these lapse
                await harness.move_clock(5 * 3600)
                await settled(harness)
            answer = await say(harness, f"MANY_{number:03}_{'Y' * 100} 1h a reason")
            assert "Filed" in answer
        status = await say(harness, "status")
        assert "older" in status
        assert "MANY_024" in status, "the newest first"
        await harness.runner.client.zadd(
            harness.runner.key("names"), {f"default/EXTRA_{number:03}_{'Z' * 60}": 0 for number in range(400)}
        )
        listed = await say(harness, "list")
        assert "more: type `/envaccess` alone to search" in listed
        request = await one_request(harness)
        assert request.state is State.PENDING


async def test_a_variable_called_like_a_verb_is_asked_for_with_its_environment(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        for name in ("list", "help", "status"):
            await harness.store(Variable("default", name), "x")
            assert "Filed" in await say(harness, f"default/{name} 1h debugging a refund")
            message = await harness.until(lambda: harness.bob.find("[ Approve ]"))
            request = id_on(message)
            await harness.bob.press(message, "Approve")
            await card_of(harness, request)
            assert f"/envaccess show default/{name}" in await say(harness, "status")
            assert "Look at your direct messages" in await say(harness, f"show {name}")
            await say(harness, f"revoke {request}")


async def test_a_lost_or_reloaded_screen_can_reveal_again(harness: ScenarioHarness) -> None:
    """DESIGN.md: an ephemeral message may not arrive; `ok` is never delivered, so Reveal works again."""
    async with harness.bot():
        card = await harness.granted()
        harness.alice.member.away = True
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: len(harness.slack.calls_of("chat.postEphemeral")) == 1)
        assert harness.alice.find("Only you can see this") is None
        harness.alice.member.away = False
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find("Only you can see this"))
        harness.alice.reload()
        assert harness.alice.find("Only you can see this") is None
        await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find("Only you can see this"))
