"""Two decisions at one moment, and two messages for one request: one of each remains."""

import asyncio

import pytest

from envaccess.domain.request import GrantState, State
from slack_emulator import Message, Person, Press
from tests.scenario.town import Town
from tests.scenario.watch import MINUTE, buttons, id_on, one_request, settled, told

pytestmark = pytest.mark.usefixtures("unpaced")
"""Each race is run many times, with its request, cards and lines, in some seconds."""


async def press_both(town: Town, message: Message) -> tuple[tuple[Person, Press], tuple[Person, Press]]:
    """Bob and Carol press Approve at the same time."""
    bobs, carols = await asyncio.gather(
        town.bob.press(message, "Approve"), town.carol.press(message, "Approve")
    )
    return (town.bob, bobs), (town.carol, carols)


async def test_of_two_approvers_at_once_one_wins_and_the_other_is_told_who(town: Town) -> None:
    """Law 5, a hundred times: one decision, one grant, one loser who knows the winner."""
    won: list[str] = []
    async with town.bot():
        for _ in range(100):
            await town.move_clock(MINUTE)
            message = await town.filed()
            request = id_on(message)
            pairs = await press_both(town, message)
            decided = await one_request(town, request)
            assert decided.state is State.APPROVED
            assert decided.grant is GrantState.ACTIVE
            winner = next(person for person, _ in pairs if person.id == decided.decided_by)
            loser = next(press for person, press in pairs if person is not winner)
            assert f"already approved by @{winner.member.name}" in await told(town, loser)
            won.append(winner.member.name)
        await settled(town)
        for message, winner_name in zip(town.slack.messages(town.approvers), won, strict=True):
            assert f"Approved* by @{winner_name}" in town.slack.draw(message)
            assert buttons(message) == []
        tags = await town.tags()
    assert [tags.count(tag) for tag in ("request.approved", "grant.activated")] == [100, 100]
    assert "access.refused" not in tags


async def test_of_an_approval_and_a_denial_at_once_one_wins(town: Town) -> None:
    """Law 5: the two verbs race like two people; whoever loses is told what was decided and by whom."""
    outcomes = set()
    async with town.bot():
        for turn in range(40):
            await town.move_clock(MINUTE)
            message = await town.filed()
            request = id_on(message)
            await town.bot_opens_deny(message)
            form = town.bob.modal
            assert form is not None
            deny = form.submit({"reason": "not today, thanks"})
            approve = town.carol.press(message, "Approve")
            if turn % 2:
                sent, press = await asyncio.gather(deny, approve)
            else:
                press, sent = await asyncio.gather(approve, deny)
            state = (await one_request(town, request)).state
            outcomes.add(state)
            assert sent.next is not None
            if state is State.DENIED:
                assert "already denied by @bob" in await told(town, press)
                assert sent.next.title == "Denied"
            else:
                assert sent.next.title == "Not denied"
                assert "already approved by @carol" in sent.next.draw()
            await sent.next.close()
        tags = await town.tags()
    assert tags.count("request.approved") + tags.count("request.denied") == 40
    assert tags.count("grant.activated") == tags.count("request.approved")
    assert outcomes <= {State.DENIED, State.APPROVED}


async def strays(town: Town) -> tuple[Message, Message]:
    """File while Slack loses the answer to the post: the stray first, then the remembered message."""
    fault = town.slack.faults.lose_reply(
        "chat.postMessage", times=1, only_if=lambda args: args.get("channel") == town.approvers.id
    )
    await town.ask("STRIPE_KEY 1h debugging a failed refund")
    await town.until(lambda: len(town.slack.messages(town.approvers)) == 2)
    fault.stop()
    await settled(town)
    first, second = town.slack.messages(town.approvers)
    return first, second


async def test_a_stray_messages_button_works_and_then_the_stray_is_deleted(town: Town) -> None:
    """Law 11: a crash between posting and storing leaves two messages; either decides, one remains."""
    async with town.bot():
        stray, remembered = await strays(town)
        await town.bob.press(stray, "Approve")
        await settled(town)
        assert stray.gone
        assert "Approved* by @bob" in town.slack.draw(remembered)
        assert buttons(remembered) == []
    assert (await town.tags()).count("request.approved") == 1


@pytest.mark.parametrize("action", ["Approve", "Deny"])
async def test_a_stray_that_comes_too_late_is_refused_and_deleted(town: Town, action: str) -> None:
    """A stray of a decided request offers what cannot be had: the first press on it removes it."""
    async with town.bot():
        stray, remembered = await strays(town)
        await town.carol.press(remembered, "Approve")
        await settled(town)
        press = await town.bob.press(stray, action)
        assert "already approved by @carol" in await told(town, press)
        await settled(town)
        assert stray.gone
        assert not remembered.gone
