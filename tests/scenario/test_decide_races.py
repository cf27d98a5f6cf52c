"""Two decisions at one moment, and two messages for one request: one of each remains."""

import asyncio

import pytest

from envaccess.domain.request import GrantState, State
from slack_emulator import Message, Press, User
from tests.scenario.harness import ScenarioHarness
from tests.scenario.watch import MINUTE, buttons, id_on, one_request, settled, told

pytestmark = pytest.mark.usefixtures("unpaced")
"""Each race is run many times, with its request, cards and lines, in some seconds."""


async def press_both(
    harness: ScenarioHarness, message: Message
) -> tuple[tuple[User, Press], tuple[User, Press]]:
    """Bob and Carol press Approve at the same time."""
    bobs, carols = await asyncio.gather(
        harness.bob.press(message, "Approve"), harness.carol.press(message, "Approve")
    )
    return (harness.bob, bobs), (harness.carol, carols)


async def test_of_two_approvers_at_once_one_wins_and_the_other_is_told_who(harness: ScenarioHarness) -> None:
    """Law 5, a hundred times: one decision, one grant, one loser who knows the winner."""
    won: list[str] = []
    async with harness.bot():
        for _ in range(100):
            await harness.move_clock(MINUTE)
            message = await harness.filed()
            request = id_on(message)
            pairs = await press_both(harness, message)
            decided = await one_request(harness, request)
            assert decided.state is State.APPROVED
            assert decided.grant is GrantState.ACTIVE
            winner = next(person for person, _ in pairs if person.id == decided.decided_by)
            loser = next(press for person, press in pairs if person is not winner)
            assert f"already approved by @{winner.member.name}" in await told(harness, loser)
            won.append(winner.member.name)
        await settled(harness)
        for message, winner_name in zip(harness.slack.messages(harness.approvers), won, strict=True):
            assert f"Approved* by @{winner_name}" in harness.slack.draw(message)
            assert buttons(message) == []
        tags = await harness.tags()
    assert [tags.count(tag) for tag in ("request.approved", "grant.activated")] == [100, 100]
    assert "access.refused" not in tags


async def test_of_an_approval_and_a_denial_at_once_one_wins(harness: ScenarioHarness) -> None:
    """Law 5: the two verbs race like two people; whoever loses is told what was decided and by whom."""
    outcomes = set()
    async with harness.bot():
        for turn in range(40):
            await harness.move_clock(MINUTE)
            message = await harness.filed()
            request = id_on(message)
            await harness.bot_opens_deny(message)
            form = harness.bob.modal
            assert form is not None
            deny = form.submit({"reason": "not today, thanks"})
            approve = harness.carol.press(message, "Approve")
            if turn % 2:
                sent, press = await asyncio.gather(deny, approve)
            else:
                press, sent = await asyncio.gather(approve, deny)
            state = (await one_request(harness, request)).state
            outcomes.add(state)
            assert sent.next is not None
            if state is State.DENIED:
                assert "already denied by @bob" in await told(harness, press)
                assert sent.next.title == "Denied"
            else:
                assert sent.next.title == "Not denied"
                assert "already approved by @carol" in sent.next.draw()
            await sent.next.close()
        tags = await harness.tags()
    assert tags.count("request.approved") + tags.count("request.denied") == 40
    assert tags.count("grant.activated") == tags.count("request.approved")
    assert outcomes <= {State.DENIED, State.APPROVED}


async def strays(harness: ScenarioHarness) -> tuple[Message, Message]:
    """File while Slack loses the answer to the post: the stray first, then the remembered message."""
    fault = harness.slack.faults.lose_reply(
        "chat.postMessage", times=1, only_if=lambda args: args.get("channel") == harness.approvers.id
    )
    await harness.ask("STRIPE_KEY 1h debugging a failed refund")
    await harness.until(lambda: len(harness.slack.messages(harness.approvers)) == 2)
    fault.stop()
    await settled(harness)
    first, second = harness.slack.messages(harness.approvers)
    return first, second


async def test_a_stray_messages_button_works_and_then_the_stray_is_deleted(harness: ScenarioHarness) -> None:
    """Law 11: a crash between posting and storing leaves two messages; either decides, one remains."""
    async with harness.bot():
        stray, remembered = await strays(harness)
        await harness.bob.press(stray, "Approve")
        await settled(harness)
        assert stray.gone
        assert "Approved* by @bob" in harness.slack.draw(remembered)
        assert buttons(remembered) == []
    assert (await harness.tags()).count("request.approved") == 1


@pytest.mark.parametrize("action", ["Approve", "Deny"])
async def test_a_stray_that_comes_too_late_is_refused_and_deleted(
    harness: ScenarioHarness, action: str
) -> None:
    """A stray of a decided request offers what cannot be had: the first press on it removes it."""
    async with harness.bot():
        stray, remembered = await strays(harness)
        await harness.carol.press(remembered, "Approve")
        await settled(harness)
        press = await harness.bob.press(stray, action)
        assert "already approved by @carol" in await told(harness, press)
        await settled(harness)
        assert stray.gone
        assert not remembered.gone
