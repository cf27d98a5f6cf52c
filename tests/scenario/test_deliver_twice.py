"""Law 10: Slack repeats every delivery. Whatever comes twice at once happens once and is said once."""

from envaccess.domain.request import State
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import AGAIN, buttons, heard, id_on, one_request, settled


async def test_a_command_that_comes_twice_files_once(town: Town) -> None:
    async with town.bot():
        for _ in range(20):
            await town.move_clock(61)
            town.slack.deliver_twice()
            reply = await town.ask("STRIPE_KEY 1h debugging a refund")
            request = await one_request(town)
            assert len(reply.delivery.acks) == 2
            assert all(request.id in str(ack) for ack in reply.delivery.acks)
            town.slack.deliver_twice()
            reply = await town.ask(f"cancel {request.id}")
            assert [str(ack).count("Withdrawn") > 0 for ack in reply.delivery.acks] == [True, True]
        await settled(town)
        assert len(town.slack.messages(town.approvers)) <= 20, "what is withdrawn unseen is not posted"
        tags = await town.tags()
    assert tags.count("request.created") == tags.count("request.cancelled") == 20


async def test_presses_that_come_twice_count_once_and_are_answered_once(town: Town) -> None:
    async with town.bot():
        message = await town.filed("STRIPE_KEY once debugging a refund")
        town.slack.deliver_twice()
        press = await town.bob.press(message, "Approve")
        card = await town.until(lambda: town.alice.find("[ Reveal ]"))
        assert len(press.delivery.acks) == 2
        town.slack.deliver_twice()
        reveal = await town.alice.press(card, "Reveal")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
        await settled(town)
        assert len(town.slack.calls_of("chat.postEphemeral")) == 1
        assert press.answers == []
        assert all("handled the first time" in answer.text for answer in reveal.answers)
        assert all("is used" in answer.text for answer in reveal.answers), "pressing again would not help"
    tags = await town.tags()
    for tag in ("request.approved", "grant.activated", "grant.revealed", "grant.used_up"):
        assert tags.count(tag) == 1, tag
    assert "access.refused" not in tags


async def test_an_approval_that_comes_twice_pushes_once(town: Town) -> None:
    """`ENVACCESS_DELIVERY=push`: a value shown again for nothing would be one reveal too many."""
    async with town.bot(delivery="push"):
        message = await town.filed()
        town.slack.deliver_twice()
        await town.bob.press(message, "Approve")
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
        await settled(town)
        assert len(town.slack.calls_of("chat.postEphemeral")) == 1
    assert (await town.tags()).count("grant.revealed") == 1


async def test_a_form_button_that_comes_twice_opens_one_form_and_says_nothing_else(town: Town) -> None:
    """The second delivery finds its trigger used: that is no failure to be told about."""
    async with town.bot():
        message = await town.filed()
        town.slack.deliver_twice()
        press = await town.bob.press(message, "Deny")
        await town.until(lambda: town.bob.modal)
        await settled(town)
        assert press.answers == []
        town.slack.deliver_twice()
        reply = await town.ask("")
        assert town.alice.modal is not None
        assert reply.delivery.acks == [{}, {}]


async def test_forms_that_come_twice_count_once(town: Town) -> None:
    async with town.bot():
        await town.ask("")
        assert town.alice.modal is not None
        await town.alice.modal.fill({"variables": "STRIPE_KEY", "reason": "debugging a refund"})
        town.slack.deliver_twice()
        sent = await town.alice.modal.submit()
        request = await one_request(town)
        assert [request.id in str(ack) for ack in sent.delivery.acks] == [True, True]
        message = await town.until(lambda: town.bob.find("[ Approve ]"))
        await town.bot_opens_deny(message)
        assert town.bob.modal is not None
        town.slack.deliver_twice()
        sent = await town.bob.modal.submit({"reason": "not today, thanks"})
        assert ["Denied" in str(ack) for ack in sent.delivery.acks] == [True, True]
        await settled(town)
        assert (await one_request(town)).state is State.DENIED
    tags = await town.tags()
    assert tags.count("request.created") == tags.count("request.denied") == 1


async def test_ends_and_options_and_events_that_come_twice_change_nothing_more(town: Town) -> None:
    async with town.bot():
        card = await town.granted()
        town.slack.deliver_twice()
        press = await town.alice.press(card, "End now")
        await settled(town)
        assert press.answers == []
        assert buttons(card) == AGAIN
        card = await town.granted("STRIPE_KEY 2h once more please")
        await town.alice.press(card, "Reveal")
        seen = await town.until(lambda: town.alice.find("Only you can see this"))
        town.slack.deliver_twice()
        hide = await town.alice.press(seen, "Hide now")
        await town.until(lambda: seen.gone)
        assert hide.answers == []
        town.slack.deliver_twice()
        reply = await town.ask(f"revoke {id_on(card)}")
        assert "is ended" in heard(town, reply)
        await town.filed("STRIPE_KEY 1h and once more")
        town.slack.deliver_twice()
        await town.slack.tell(town.slack.change(town.alice, deleted=True))
        await settled(town)
    tags = await town.tags()
    assert tags.count("grant.revoked") == 2
    assert tags.count("request.cancelled") == 1
    assert "access.refused" not in tags


async def test_refusals_that_come_twice_are_one_attempt(town: Town) -> None:
    """Law 12 with law 10: a repeated delivery is no second attempt, and is not counted as one."""
    async with town.bot():
        message = await town.filed()
        town.slack.deliver_twice()
        await town.dana.press(message, "Approve", forged=True)
        await town.move_clock(61)
        await settled(town)
        await town.until(lambda: town.dana.find("access.refused", town.audit))
    tags = await town.tags()
    assert tags.count("access.refused") == 1
    assert "access.refused_count" not in tags


async def test_a_refusal_repeated_after_the_person_became_eligible_stays_a_refusal(town: Town) -> None:
    """Law 10: the first outcome of a delivery is its only one, though it would be ruled otherwise now."""
    async with town.bot():
        message = await town.filed()
        press = await town.dana.press(message, "Approve", forged=True)
        await town.slack.tell(town.slack.join(town.dana, town.approvers))
        again = await town.slack.repeat(press.delivery)
        assert again.error is None
        assert (await one_request(town)).state is State.PENDING
        await town.until(lambda: len(press.answers) == 2)
        assert all("does not let you decide" in answer.text for answer in press.answers)
        await town.dana.press(message, "Approve")
        assert (await one_request(town)).state is State.APPROVED
