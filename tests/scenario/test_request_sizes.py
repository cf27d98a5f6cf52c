"""The most and the longest of everything: whatever fits the grammar also fits Slack's limits."""

import pytest

from envaccess.domain.request import State
from envaccess.domain.variable import Variable
from tests.scenario.town import Town
from tests.scenario.watch import AGAIN, buttons, card_of, id_on, one_request, say, settled

LONGEST = [Variable("environment-of-20-ch", f"N{number}_{'X' * 125}") for number in range(10)]
"""Ten names of the greatest length, as many as one request may have."""


async def test_the_longest_request_is_filed_decided_revealed_and_told(town: Town) -> None:
    """A message that Slack refuses would be a request that nobody can decide."""
    assert {len(str(variable)) for variable in LONGEST} == {149}
    for variable in LONGEST:
        await town.store(variable, "v" * 900)
    names = ",".join(map(str, LONGEST))
    async with town.bot():
        message = await town.filed(f"{names} 7h59m59s {'&' * 400}")
        request = id_on(message)
        assert "not read" not in await say(town, "status")
        await town.bot_opens_deny(message)
        town.bob.reload()
        await town.bob.press(message, "Approve")
        card = await card_of(town, request)
        assert request in await say(town, "status")
        await town.alice.press(card, "Reveal")
        seen = await town.until(lambda: town.alice.find("Only you can see this"))
        assert all(variable.label in town.slack.draw(seen) for variable in LONGEST)
        await town.alice.press(card, "End now")
        await settled(town)
        assert (buttons(card), buttons(message)) == (AGAIN, [])
        assert "ended early" in await say(town, "status")
        assert "X" * 100 in await say(town, f"show {LONGEST[0]}")
    assert [call.method for call in town.slack.calls if call.answer and not call.ok] == []


async def test_the_longest_denial_is_told_in_full(town: Town) -> None:
    async with town.bot():
        message = await town.filed(f"STRIPE_KEY 1h {'<' * 500}")
        await town.bot_opens_deny(message)
        assert town.bob.modal is not None
        await town.bob.modal.submit({"reason": "\U0001f600>" * 250})
        await settled(town)
        assert "\U0001f600>" * 250 in town.slack.draw(message)
        assert town.alice.find("\U0001f600>" * 250)
    assert [call.method for call in town.slack.calls if call.answer and not call.ok] == []


@pytest.mark.usefixtures("unpaced")
async def test_long_lists_and_statuses_are_cut_and_say_so(town: Town) -> None:
    """Twenty-five requests, four hundred names: an answer that Slack takes and a person reads."""
    for number in range(25):
        await town.store(Variable("default", f"MANY_{number:03}_{'Y' * 100}"), "x")
    async with town.bot():
        for number in range(25):
            if number == 15:  # one person has at most so many that wait: these lapse
                await town.move_clock(5 * 3600)
                await settled(town)
            answer = await say(town, f"MANY_{number:03}_{'Y' * 100} 1h a reason")
            assert "Filed" in answer
        status = await say(town, "status")
        assert "older" in status
        assert "MANY_024" in status, "the newest first"
        await town.runner.client.zadd(
            town.runner.key("names"), {f"default/EXTRA_{number:03}_{'Z' * 60}": 0 for number in range(400)}
        )
        listed = await say(town, "list")
        assert "more: type `/envaccess` alone to search" in listed
        request = await one_request(town)
        assert request.state is State.PENDING


async def test_a_variable_called_like_a_verb_is_asked_for_with_its_environment(town: Town) -> None:
    async with town.bot():
        for name in ("list", "help", "status"):
            await town.store(Variable("default", name), "x")
            assert "Filed" in await say(town, f"default/{name} 1h debugging a refund")
            message = await town.until(lambda: town.bob.find("[ Approve ]"))
            request = id_on(message)
            await town.bob.press(message, "Approve")
            await card_of(town, request)
            assert f"/envaccess show default/{name}" in await say(town, "status")
            assert "Look at your direct messages" in await say(town, f"show {name}")
            await say(town, f"revoke {request}")


async def test_a_lost_or_reloaded_screen_can_reveal_again(town: Town) -> None:
    """DESIGN.md: an ephemeral message may not arrive; `ok` is never delivered, so Reveal works again."""
    async with town.bot():
        card = await town.granted()
        town.alice.member.away = True
        await town.alice.press(card, "Reveal")
        await town.until(lambda: len(town.slack.calls_of("chat.postEphemeral")) == 1)
        assert town.alice.find("Only you can see this") is None
        town.alice.member.away = False
        await town.alice.press(card, "Reveal")
        await town.until(lambda: town.alice.find("Only you can see this"))
        town.alice.reload()
        assert town.alice.find("Only you can see this") is None
        await town.alice.press(card, "Reveal")
        await town.until(lambda: town.alice.find("Only you can see this"))
