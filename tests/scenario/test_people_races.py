"""What two people, or one with two screens, do at the same moment: one thing happens, and is told right."""

import asyncio
from functools import partial

import pytest

from envaccess.domain.request import GrantState, State
from tests.scenario.harness import ScenarioHarness
from tests.scenario.watch import MINUTE, buttons, card_of, heard, id_on, one_request, settled, told

pytestmark = pytest.mark.usefixtures("unpaced")
"""Each race is run twenty or thirty times, with its request, cards and lines, in some seconds."""


async def test_withdrawing_and_approving_at_once_is_one_or_the_other(harness: ScenarioHarness) -> None:
    """Law 5, thirty times: there is never access to a request that says it was withdrawn."""
    seen = set()
    async with harness.bot():
        for turn in range(30):
            await harness.move_clock(MINUTE)
            message = await harness.filed()
            request = id_on(message)
            moves = [harness.ask(f"cancel {request}"), harness.bob.press(message, "Approve")]
            answers = await asyncio.gather(*(moves if turn % 2 else reversed(moves)))
            reply, press = answers if turn % 2 else reversed(answers)
            found = await one_request(harness, request)
            seen.add(found.state)
            lives = await harness.redis.exists(harness.runner.key("grant", request))
            if found.state is State.CANCELLED:
                assert "Withdrawn" in heard(harness, reply)
                assert "was withdrawn" in await told(harness, press)
                assert not lives
            else:
                assert "already approved by @bob" in heard(harness, reply)
                assert lives
        await settled(harness)
        assert not any(buttons(message) for message in harness.slack.messages(harness.approvers))
    assert seen <= {State.APPROVED, State.CANCELLED}


async def test_revealing_and_ending_at_once_never_shows_after_the_end(harness: ScenarioHarness) -> None:
    """Law 2: in the stream no reveal follows its grant's end."""
    async with harness.bot():
        for _ in range(25):
            await harness.move_clock(MINUTE)
            message = await harness.filed()
            request = id_on(message)
            await harness.bob.press(message, "Approve")
            card = await card_of(harness, request)
            await asyncio.gather(
                harness.alice.press(card, "Reveal"),
                harness.alice.press(card, "End now"),
                harness.alice.press(card, "Reveal"),
            )
            assert (await one_request(harness, request)).grant is GrantState.REVOKED
        await settled(harness)
        ended: set[str] = set()
        for event in await harness.events():
            if event.event == "grant.revoked":
                assert event.grant not in ended
                ended.add(event.grant)
            assert event.event != "grant.revealed" or event.grant not in ended
        assert len(ended) == 25


async def test_two_screens_of_one_person_spend_a_once_together(harness: ScenarioHarness) -> None:
    """Law 2 by two roads: the card's button and `show NAME` at once give one value."""
    async with harness.bot():
        for turn in range(20):
            await harness.move_clock(MINUTE)
            before = len(harness.slack.calls_of("chat.postEphemeral"))
            message = await harness.filed("STRIPE_KEY once debugging a failed refund")
            request = id_on(message)
            await harness.bob.press(message, "Approve")
            card = await card_of(harness, request)
            moves = [harness.alice.press(card, "Reveal"), harness.ask("show STRIPE_KEY")]
            await asyncio.gather(*(moves if turn % 2 else reversed(moves)))
            await settled(harness)
            assert len(harness.slack.calls_of("chat.postEphemeral")) == before + 1
            assert (await one_request(harness, request)).grant is GrantState.USED_UP
    assert (await harness.tags()).count("grant.used_up") == 20


async def test_many_people_at_once_get_what_they_asked_for_and_nothing_else(harness: ScenarioHarness) -> None:
    """Twenty people ask, two approve, all reveal: nobody sees a message that was for another."""
    people = [harness.slack.add_person(f"person{number}") for number in range(20)]
    for person in people:
        harness.slack.join(person, harness.general)
    async with harness.bot():
        replies = await asyncio.gather(
            *(harness.ask(f"STRIPE_KEY 1h reason of {person.member.name}", person) for person in people)
        )
        assert all("Filed" in heard(harness, reply) for reply in replies)
        await settled(harness)
        messages = harness.slack.messages(harness.approvers)
        assert len(messages) == 20
        await asyncio.gather(*(harness.bob.press(message, "Approve") for message in messages[::2]))
        await asyncio.gather(*(harness.carol.press(message, "Approve") for message in messages[1::2]))
        await settled(harness)
        cards = [await harness.until(partial(person.find, "[ Reveal ]")) for person in people]
        await asyncio.gather(
            *(person.press(card, "Reveal") for person, card in zip(people, cards, strict=True))
        )
        for person in people:
            seen = await harness.until(partial(person.find, "Only you can see this"))
            assert seen.only_for == person.id
            assert person.dm is not None
            assert seen.channel == person.dm.id
        await settled(harness)
        shown = harness.slack.calls_of("chat.postEphemeral")
        assert sorted(call.args["user"] for call in shown) == sorted(person.id for person in people)
        assert not any(buttons(message) for message in messages)
