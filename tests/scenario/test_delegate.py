"""A duty in a colleague's hands for a time: seen by all, never wider, never back to the requester."""

from tests.scenario.policies import (
    audit_says,
    card,
    last_event,
    later,
    opened,
    pressed,
    shows,
    write_policy,
)
from tests.scenario.test_chain_people import TWO_OF_THREE
from tests.scenario.town import Town
from tests.scenario.watch import heard, one_request, refusals, say, settled

BOB_DECIDES = """
version: 1
rules:
  - name: everything
    match: "*/*"
    requesters: [{alice}, {dana}]
    approvers: [{bob}]
"""

DAY = 24 * 3600


async def test_the_taker_decides_for_the_giver_and_everybody_sees_it(town: Town) -> None:
    policy = write_policy(town, BOB_DECIDES)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        assert "does not let you decide" in await pressed(town, town.carol, message, "Approve")
        told = await say(town, "delegate @carol 3d", town.bob)
        assert "@carol decides in your place until" in told
        await shows(town, message, "@carol stands in for @bob")
        await audit_says(town, "`duty.delegated`", "@bob handed their duty", "to @carol")
        assert "You decide in the place of @bob until" in await say(town, "delegate", town.carol)
        await town.carol.press(message, "Approve")
        await shows(town, message, "*Approved* by @carol for @bob")
        await card(town, "*Approved* by @carol for @bob", "[ Reveal ]")
    event = await last_event(town, "request.approved")
    assert (event.actor.id, event.detail["behalf"]) == (town.carol.id, town.bob.id)
    approval = (await one_request(town)).course.approvals[0]
    assert (approval.by, approval.behalf) == (town.carol.id, town.bob.id)


async def test_giver_and_taker_count_as_one(town: Town) -> None:
    """Both are approvers of the step, which wants two people: together they are one and a half at most."""
    policy = write_policy(
        town,
        TWO_OF_THREE.replace("    steps:", "    requesters: [{alice}]\n    steps:").replace("{carol}, ", ""),
    )
    async with town.bot(policy_file=policy):
        await say(town, "delegate @carol 1d", town.bob)
        message = await town.filed()
        await town.carol.press(message, "Approve")
        await shows(town, message, "1 of 2 agreed: @carol for @bob")
        assert "nobody counts twice" in await pressed(town, town.bob, message, "Approve")
        assert "nobody counts twice" in await pressed(town, town.carol, message, "Approve")
        town.slack.join(town.dana, town.approvers)
        await town.dana.press(message, "Approve")
        await shows(town, message, "@carol for @bob and @dana agreed")


async def test_never_for_the_givers_own_request(town: Town) -> None:
    """Law 3: who stands in for the requester decides nothing of theirs."""
    policy = write_policy(town, BOB_DECIDES.replace("approvers: [{bob}]", "approvers: [{bob}, {alice}]"))
    async with town.bot(policy_file=policy):
        await say(town, "delegate @carol 1d", town.alice)
        message = await town.filed()
        assert "does not let you decide" in await pressed(town, town.carol, message, "Approve")
        assert (await one_request(town)).course.approvals == ()


async def test_never_back_to_the_requester(town: Town) -> None:
    """Law 3: Bob hands his duty to Alice, whose own request it is."""
    policy = write_policy(town, BOB_DECIDES)
    town.slack.join(town.alice, town.approvers)
    async with town.bot(policy_file=policy):
        await say(town, "delegate @alice 1d", town.bob)
        message = await town.filed()
        assert "cannot decide on your own request" in await pressed(town, town.alice, message, "Approve")


async def test_it_is_not_handed_on(town: Town) -> None:
    """A duty widens nobody's rights: Carol, who got Bob's, cannot give it to Dana."""
    policy = write_policy(town, BOB_DECIDES.replace(", {dana}]", "]"))
    town.slack.join(town.dana, town.approvers)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await say(town, "delegate @carol 1d", town.bob)
        await say(town, "delegate @dana 1d", town.carol)
        assert "does not let you decide" in await pressed(town, town.dana, message, "Approve")


async def test_it_ends_by_itself(town: Town) -> None:
    policy = write_policy(town, BOB_DECIDES)
    async with town.bot(policy_file=policy):
        await say(town, "delegate @carol 1h", town.bob)
        message = await town.filed()
        await shows(town, message, "@carol stands in for @bob")
        await later(town, 3601)
        assert "does not let you decide" in await pressed(town, town.carol, message, "Approve")
        await audit_says(town, "`duty.returned`", "@bob", "@carol")
        await settled(town)
        assert "stands in for" not in town.slack.draw(message)
        assert "You have handed nothing over" in await say(town, "delegate", town.bob)


async def test_it_is_taken_back(town: Town) -> None:
    policy = write_policy(town, BOB_DECIDES)
    async with town.bot(policy_file=policy):
        await say(town, "delegate @carol 1d", town.bob)
        message = await town.filed()
        assert "You decide yourself again" in await say(town, "delegate off", town.bob)
        assert "does not let you decide" in await pressed(town, town.carol, message, "Approve")
        await settled(town)
        assert "stands in for" not in town.slack.draw(message)
        assert "You had handed nothing over" in await say(town, "delegate off", town.bob)


async def test_a_new_taker_replaces_the_old(town: Town) -> None:
    policy = write_policy(town, BOB_DECIDES)
    town.slack.join(town.dana, town.approvers)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await say(town, "delegate @carol 1d", town.bob)
        await say(town, "delegate @dana 1d", town.bob)
        assert "does not let you decide" in await pressed(town, town.carol, message, "Approve")
        await shows(town, message, "@dana stands in for @bob")
        await town.dana.press(message, "Approve")
        await shows(town, message, "*Approved* by @dana")


async def test_nobody_but_a_full_colleague_takes_it(town: Town) -> None:
    guest = town.slack.add_person("gus", is_restricted=True)
    async with town.bot():
        for taker in ("gus", "bob", "envaccess"):
            told = await say(town, f"delegate @{taker} 1d", town.bob)
            assert "cannot decide in your place" in told
        town.slack.join(guest, town.general)
        assert "is a guest's" in await say(town, "delegate @carol 1d", guest)
        assert "there is nothing to hand over" in await say(town, "delegate @bob 1d", town.dana)
        for typed in ("delegate bob 1d", "delegate @bob", "delegate @dana 99d", "delegate off now"):
            told = heard(town, await town.ask(typed, town.carol))
            assert "Nothing was " in told, told
    assert {event.detail["why"] for event in await refusals(town)} == {
        "not_delegate",
        "guest",
        "not_approver",
    }


async def test_a_giver_who_is_no_approver_any_more_gives_nothing(town: Town) -> None:
    """At the click the giver must be eligible themselves."""
    policy = write_policy(town, BOB_DECIDES)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await say(town, "delegate @carol 1d", town.bob)
        await town.slack.tell(town.slack.change(town.bob, deleted=True))
        assert "does not let you decide" in await pressed(town, town.carol, message, "Approve")


async def test_a_stand_in_denies_and_asks_too(town: Town) -> None:
    policy = write_policy(town, BOB_DECIDES)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await say(town, "delegate @carol 1d", town.bob)
        form = await opened(town, town.carol, message, "Ask…")
        await form.submit({"reason": "Which customer is it?"})
        await shows(town, message, "@carol asks @alice")
        town.carol.reload()
        await town.bot_opens_deny(message, town.carol)
        assert town.carol.modal is not None
        await town.carol.modal.submit({"reason": "not now, please"})
        await shows(town, message, "*Denied* by @carol")
    assert (await last_event(town, "request.denied")).detail["behalf"] == town.bob.id
