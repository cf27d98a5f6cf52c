"""Asking the requester something, and the answer that comes back to the message."""

import secrets

from slack_emulator import Message, Modal
from tests.scenario.policies import called, card, last_event, opened, pressed, shows, write_policy
from tests.scenario.town import Town
from tests.scenario.watch import buttons, one_request, stored_with, told

ONE_DECIDES = """
version: 1
rules:
  - name: everything
    match: "*/*"
    requesters: [{alice}]
    approvers: [{bob}]
"""


async def asks(town: Town, message: Message, text: str) -> None:
    """Bob asks something."""
    form = await opened(town, town.bob, message, "Ask…")
    sent = await form.submit({"reason": text})
    assert sent.next is not None
    assert sent.next.title == "Asked"
    assert "@alice is asked" in sent.next.draw()
    await sent.next.close()


async def to_answer(town: Town) -> Modal:
    """The form on Alice's screen, opened from her card."""
    return await opened(town, town.alice, await card(town, "[ Answer ]"), "Answer")


async def test_the_answer_returns_to_the_message_and_the_asker_is_called(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        first = await card(town, "waits for a decision")
        await asks(town, message, "Which customer is it?")
        asked = await card(town, "@bob asks @alice", "Question: Which customer is it?", "[ Answer ]")
        assert asked.ts != first.ts, "an update would tell nobody"
        assert asked.text.startswith(f"<@{town.bob.id}> has a question")
        await shows(town, message, "Question: Which customer is it?", "Answer: (none yet)")
        form = await to_answer(town)
        assert "Which customer is it?" in form.draw()
        sent = await form.submit({"reason": "The one in ticket 4711"})
        assert sent.next is not None
        assert sent.next.title == "Answered"
        await shows(town, message, "Answer: The one in ticket 4711", "[ Approve ]")
        call = await called(town, message, "@bob", "@alice answered", "The one in ticket 4711")
        assert "@carol" not in call
        await card(town, "Answer: The one in ticket 4711", "[ Cancel request ]")
        await town.bob.press(message, "Approve")
        await shows(town, message, "*Approved* by @bob", "Answer: The one in ticket 4711")
    asked_event, answered = [
        await last_event(town, tag) for tag in ("request.questioned", "request.answered")
    ]
    assert (asked_event.actor.id, asked_event.detail["text"]) == (town.bob.id, "Which customer is it?")
    assert (answered.actor.id, answered.detail["text"]) == (town.alice.id, "The one in ticket 4711")


async def test_only_whoever_may_decide_asks_and_only_the_requester_answers(town: Town) -> None:
    policy = write_policy(town, ONE_DECIDES)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        assert "does not let you decide" in await pressed(town, town.carol, message, "Ask…")
        await asks(town, message, "Which customer is it?")
        shown = await card(town, "[ Answer ]")
        press = await town.bob.press(shown, "Answer", forged=True)
        assert "somebody else's request" in await told(town, press)
        assert town.bob.modal is None


async def test_an_answer_without_a_question_is_told_so(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        await asks(town, message, "Which customer is it?")
        shown = await card(town, "[ Answer ]")
        face = shown.faces[-1]
        await (await to_answer(town)).submit({"reason": "The one in ticket 4711"})
        await shows(town, message, "Answer: The one")
        town.alice.reload()
        press = await town.alice.press(shown, "Answer", shown=face)
        assert "No question waits for your answer" in await told(town, press)


async def test_five_questions_are_enough(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        for number in range(5):
            await asks(town, message, f"Question number {number}?")
        form = await opened(town, town.bob, message, "Ask…")
        sent = await form.submit({"reason": "And one more?"})
        assert sent.next is not None
        assert sent.next.title == "Not asked"
        assert "As many questions as a request may have" in sent.next.draw()
        assert len((await one_request(town)).course.questions) == 5


async def test_a_secret_in_a_question_is_refused_and_never_stored(town: Town) -> None:
    """Law 7: what people type is screened."""
    async with town.bot():
        message = await town.filed()
        form = await opened(town, town.bob, message, "Ask…")
        sent = await form.submit({"reason": f"is it sk_live_{secrets.token_hex(12)} perhaps?"})
        assert "something like a secret" in sent.errors["reason"]
        assert await stored_with(town, "sk_live") == []


async def test_a_decided_request_is_asked_nothing_more(town: Town) -> None:
    async with town.bot():
        message = await town.filed()
        form = await opened(town, town.bob, message, "Ask…")
        await town.carol.press(message, "Approve")
        await card(town, "[ Reveal ]")
        sent = await form.submit({"reason": "Which customer is it?"})
        assert sent.next is not None
        assert "already approved by @carol" in sent.next.draw()
        assert "Ask…" not in buttons(message)
