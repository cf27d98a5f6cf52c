"""Asking the requester something, and the answer that comes back to the message."""

import secrets

from slack_emulator import Message, Modal
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import called, card, last_event, opened, pressed, shows, write_policy
from tests.scenario.watch import buttons, one_request, stored_with, told

ONE_DECIDES = """
version: 1
rules:
  - name: everything
    match: "*/*"
    requesters: [{alice}]
    approvers: [{bob}]
"""


async def asks(harness: ScenarioHarness, message: Message, text: str) -> None:
    """Bob asks something."""
    form = await opened(harness, harness.bob, message, "Ask…")
    sent = await form.submit({"reason": text})
    assert sent.next is not None
    assert sent.next.title == "Asked"
    assert "@alice is asked" in sent.next.draw()
    await sent.next.close()


async def to_answer(harness: ScenarioHarness) -> Modal:
    """The form on Alice's screen, opened from her card."""
    return await opened(harness, harness.alice, await card(harness, "[ Answer ]"), "Answer")


async def test_the_answer_returns_to_the_message_and_the_asker_is_called(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        first = await card(harness, "waits for a decision")
        await asks(harness, message, "Which customer is it?")
        asked = await card(harness, "@bob asks @alice", "Question: Which customer is it?", "[ Answer ]")
        assert asked.ts != first.ts, "an update would tell nobody"
        assert asked.text.startswith(f"<@{harness.bob.id}> has a question")
        await shows(harness, message, "Question: Which customer is it?", "Answer: (none yet)")
        form = await to_answer(harness)
        assert "Which customer is it?" in form.draw()
        sent = await form.submit({"reason": "The one in ticket 4711"})
        assert sent.next is not None
        assert sent.next.title == "Answered"
        await shows(harness, message, "Answer: The one in ticket 4711", "[ Approve ]")
        call = await called(harness, message, "@bob", "@alice answered", "The one in ticket 4711")
        assert "@carol" not in call
        await card(harness, "Answer: The one in ticket 4711", "[ Cancel request ]")
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "*Approved* by @bob", "Answer: The one in ticket 4711")
    asked_event, answered = [
        await last_event(harness, tag) for tag in ("request.questioned", "request.answered")
    ]
    assert (asked_event.actor.id, asked_event.detail["text"]) == (harness.bob.id, "Which customer is it?")
    assert (answered.actor.id, answered.detail["text"]) == (harness.alice.id, "The one in ticket 4711")


async def test_only_whoever_may_decide_asks_and_only_the_requester_answers(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, ONE_DECIDES)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Ask…")
        await asks(harness, message, "Which customer is it?")
        shown = await card(harness, "[ Answer ]")
        press = await harness.bob.press(shown, "Answer", forged=True)
        assert "somebody else's request" in await told(harness, press)
        assert harness.bob.modal is None


async def test_an_answer_without_a_question_is_told_so(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        await asks(harness, message, "Which customer is it?")
        shown = await card(harness, "[ Answer ]")
        face = shown.revisions[-1]
        await (await to_answer(harness)).submit({"reason": "The one in ticket 4711"})
        await shows(harness, message, "Answer: The one")
        harness.alice.reload()
        press = await harness.alice.press(shown, "Answer", shown=face)
        assert "No question waits for your answer" in await told(harness, press)


async def test_five_questions_are_enough(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        for number in range(5):
            await asks(harness, message, f"Question number {number}?")
        form = await opened(harness, harness.bob, message, "Ask…")
        sent = await form.submit({"reason": "And one more?"})
        assert sent.next is not None
        assert sent.next.title == "Not asked"
        assert "As many questions as a request may have" in sent.next.draw()
        assert len((await one_request(harness)).progress.questions) == 5


async def test_a_secret_in_a_question_is_refused_and_never_stored(harness: ScenarioHarness) -> None:
    """Law 7: what people type is screened."""
    async with harness.bot():
        message = await harness.filed()
        form = await opened(harness, harness.bob, message, "Ask…")
        sent = await form.submit({"reason": f"is it sk_live_{secrets.token_hex(12)} perhaps?"})
        assert "something like a secret" in sent.errors["reason"]
        assert await stored_with(harness, "sk_live") == []


async def test_a_decided_request_is_asked_nothing_more(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed()
        form = await opened(harness, harness.bob, message, "Ask…")
        await harness.carol.press(message, "Approve")
        await card(harness, "[ Reveal ]")
        sent = await form.submit({"reason": "Which customer is it?"})
        assert sent.next is not None
        assert "already approved by @carol" in sent.next.draw()
        assert "Ask…" not in buttons(message)
