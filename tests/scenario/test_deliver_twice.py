"""Law 10: Slack repeats every delivery. Whatever comes twice at once happens once and is said once."""

from envaccess.domain.request import State
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import AGAIN, buttons, heard, id_on, one_request, settled


async def test_a_command_that_comes_twice_files_once(harness: ScenarioHarness) -> None:
    async with harness.bot():
        for _ in range(20):
            await harness.move_clock(61)
            harness.slack.deliver_twice()
            reply = await harness.ask("STRIPE_KEY 1h debugging a refund")
            request = await one_request(harness)
            assert len(reply.delivery.acks) == 2
            assert all(request.id in str(ack) for ack in reply.delivery.acks)
            harness.slack.deliver_twice()
            reply = await harness.ask(f"cancel {request.id}")
            assert [str(ack).count("Withdrawn") > 0 for ack in reply.delivery.acks] == [True, True]
        await settled(harness)
        assert len(harness.slack.messages(harness.approvers)) <= 20, "what is withdrawn unseen is not posted"
        tags = await harness.tags()
    assert tags.count("request.created") == tags.count("request.cancelled") == 20


async def test_presses_that_come_twice_count_once_and_are_answered_once(harness: ScenarioHarness) -> None:
    async with harness.bot():
        message = await harness.filed("STRIPE_KEY once debugging a refund")
        harness.slack.deliver_twice()
        press = await harness.bob.press(message, "Approve")
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        assert len(press.delivery.acks) == 2
        harness.slack.deliver_twice()
        reveal = await harness.alice.press(card, "Reveal")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await settled(harness)
        assert len(harness.slack.calls_of("chat.postEphemeral")) == 1
        assert press.answers == []
        assert all("handled the first time" in answer.text for answer in reveal.answers)
        assert all("is used" in answer.text for answer in reveal.answers), "pressing again would not help"
    tags = await harness.tags()
    for tag in ("request.approved", "grant.activated", "grant.revealed", "grant.used_up"):
        assert tags.count(tag) == 1, tag
    assert "access.refused" not in tags


async def test_an_approval_that_comes_twice_pushes_once(harness: ScenarioHarness) -> None:
    """`ENVACCESS_DELIVERY=push`: a value shown again for nothing would be one reveal too many."""
    async with harness.bot(delivery="push"):
        message = await harness.filed()
        harness.slack.deliver_twice()
        await harness.bob.press(message, "Approve")
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await settled(harness)
        assert len(harness.slack.calls_of("chat.postEphemeral")) == 1
    assert (await harness.tags()).count("grant.revealed") == 1


async def test_a_form_button_that_comes_twice_opens_one_form_and_says_nothing_else(
    harness: ScenarioHarness,
) -> None:
    """The second delivery finds its trigger used: that is no failure to be told about."""
    async with harness.bot():
        message = await harness.filed()
        harness.slack.deliver_twice()
        press = await harness.bob.press(message, "Deny")
        await harness.until(lambda: harness.bob.modal)
        await settled(harness)
        assert press.answers == []
        harness.slack.deliver_twice()
        reply = await harness.ask("")
        assert harness.alice.modal is not None
        assert reply.delivery.acks == [{}, {}]


async def test_forms_that_come_twice_count_once(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await harness.ask("")
        assert harness.alice.modal is not None
        await harness.alice.modal.fill({"variables": "STRIPE_KEY", "reason": "debugging a refund"})
        harness.slack.deliver_twice()
        sent = await harness.alice.modal.submit()
        request = await one_request(harness)
        assert [request.id in str(ack) for ack in sent.delivery.acks] == [True, True]
        message = await harness.until(lambda: harness.bob.find("[ Approve ]"))
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        harness.slack.deliver_twice()
        sent = await harness.bob.modal.submit({"reason": "not today, thanks"})
        assert ["Denied" in str(ack) for ack in sent.delivery.acks] == [True, True]
        await settled(harness)
        assert (await one_request(harness)).state is State.DENIED
    tags = await harness.tags()
    assert tags.count("request.created") == tags.count("request.denied") == 1


async def test_ends_and_options_and_events_that_come_twice_change_nothing_more(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        card = await harness.granted()
        harness.slack.deliver_twice()
        press = await harness.alice.press(card, "End now")
        await settled(harness)
        assert press.answers == []
        assert buttons(card) == AGAIN
        card = await harness.granted("STRIPE_KEY 2h once more please")
        await harness.alice.press(card, "Reveal")
        seen = await harness.until(lambda: harness.alice.find("Only you can see this"))
        harness.slack.deliver_twice()
        hide = await harness.alice.press(seen, "Hide now")
        await harness.until(lambda: seen.gone)
        assert hide.answers == []
        harness.slack.deliver_twice()
        reply = await harness.ask(f"revoke {id_on(card)}")
        assert "is ended" in heard(harness, reply)
        await harness.filed("STRIPE_KEY 1h and once more")
        harness.slack.deliver_twice()
        await harness.slack.tell(harness.slack.change(harness.alice, deleted=True))
        await settled(harness)
    tags = await harness.tags()
    assert tags.count("grant.revoked") == 2
    assert tags.count("request.cancelled") == 1
    assert "access.refused" not in tags


async def test_refusals_that_come_twice_are_one_attempt(harness: ScenarioHarness) -> None:
    """Law 12 with law 10: a repeated delivery is no second attempt, and is not counted as one."""
    async with harness.bot():
        message = await harness.filed()
        harness.slack.deliver_twice()
        await harness.dana.press(message, "Approve", forged=True)
        await harness.move_clock(61)
        await settled(harness)
        await harness.until(lambda: harness.dana.find("access.refused", harness.audit))
    tags = await harness.tags()
    assert tags.count("access.refused") == 1
    assert "access.refused_count" not in tags


async def test_a_refusal_repeated_after_the_person_became_eligible_stays_a_refusal(
    harness: ScenarioHarness,
) -> None:
    """Law 10: the first outcome of a delivery is its only one, though it would be ruled otherwise now."""
    async with harness.bot():
        message = await harness.filed()
        press = await harness.dana.press(message, "Approve", forged=True)
        await harness.slack.tell(harness.slack.join(harness.dana, harness.approvers))
        again = await harness.slack.repeat(press.delivery)
        assert again.error is None
        assert (await one_request(harness)).state is State.PENDING
        await harness.until(lambda: len(press.answers) == 2)
        assert all("does not let you decide" in answer.text for answer in press.answers)
        await harness.dana.press(message, "Approve")
        assert (await one_request(harness)).state is State.APPROVED
