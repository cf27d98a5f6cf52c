"""A duty in a colleague's hands for a time: seen by all, never wider, never back to the requester."""

from tests.scenario.harness import ScenarioHarness
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


async def test_the_taker_decides_for_the_giver_and_everybody_sees_it(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, BOB_DECIDES)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")
        told = await say(harness, "delegate @carol 3d", harness.bob)
        assert "@carol decides in your place until" in told
        await shows(harness, message, "@carol stands in for @bob")
        await audit_says(harness, "`duty.delegated`", "@bob handed their duty", "to @carol")
        assert "You decide in the place of @bob until" in await say(harness, "delegate", harness.carol)
        await harness.carol.press(message, "Approve")
        await shows(harness, message, "*Approved* by @carol for @bob")
        await card(harness, "*Approved* by @carol for @bob", "[ Reveal ]")
    event = await last_event(harness, "request.approved")
    assert (event.actor.id, event.detail["behalf"]) == (harness.carol.id, harness.bob.id)
    approval = (await one_request(harness)).progress.approvals[0]
    assert (approval.by, approval.behalf) == (harness.carol.id, harness.bob.id)


async def test_giver_and_taker_count_as_one(harness: ScenarioHarness) -> None:
    """Both are approvers of the step, which wants two people: together they are one and a half at most."""
    policy = write_policy(
        harness,
        TWO_OF_THREE.replace("    steps:", "    requesters: [{alice}]\n    steps:").replace("{carol}, ", ""),
    )
    async with harness.bot(policy_file=policy):
        await say(harness, "delegate @carol 1d", harness.bob)
        message = await harness.filed()
        await harness.carol.press(message, "Approve")
        await shows(harness, message, "1 of 2 agreed: @carol for @bob")
        assert "nobody counts twice" in await pressed(harness, harness.bob, message, "Approve")
        assert "nobody counts twice" in await pressed(harness, harness.carol, message, "Approve")
        harness.slack.join(harness.dana, harness.approvers)
        await harness.dana.press(message, "Approve")
        await shows(harness, message, "@carol for @bob and @dana agreed")


async def test_never_for_the_givers_own_request(harness: ScenarioHarness) -> None:
    """Law 3: who stands in for the requester decides nothing of theirs."""
    policy = write_policy(harness, BOB_DECIDES.replace("approvers: [{bob}]", "approvers: [{bob}, {alice}]"))
    async with harness.bot(policy_file=policy):
        await say(harness, "delegate @carol 1d", harness.alice)
        message = await harness.filed()
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")
        assert (await one_request(harness)).progress.approvals == ()


async def test_never_back_to_the_requester(harness: ScenarioHarness) -> None:
    """Law 3: Bob hands his duty to Alice, whose own request it is."""
    policy = write_policy(harness, BOB_DECIDES)
    harness.slack.join(harness.alice, harness.approvers)
    async with harness.bot(policy_file=policy):
        await say(harness, "delegate @alice 1d", harness.bob)
        message = await harness.filed()
        assert "cannot decide on your own request" in await pressed(
            harness, harness.alice, message, "Approve"
        )


async def test_it_is_not_handed_on(harness: ScenarioHarness) -> None:
    """A duty widens nobody's rights: Carol, who got Bob's, cannot give it to Dana."""
    policy = write_policy(harness, BOB_DECIDES.replace(", {dana}]", "]"))
    harness.slack.join(harness.dana, harness.approvers)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await say(harness, "delegate @carol 1d", harness.bob)
        await say(harness, "delegate @dana 1d", harness.carol)
        assert "does not let you decide" in await pressed(harness, harness.dana, message, "Approve")


async def test_it_ends_by_itself(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, BOB_DECIDES)
    async with harness.bot(policy_file=policy):
        await say(harness, "delegate @carol 1h", harness.bob)
        message = await harness.filed()
        await shows(harness, message, "@carol stands in for @bob")
        await later(harness, 3601)
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")
        await audit_says(harness, "`duty.returned`", "@bob", "@carol")
        await settled(harness)
        assert "stands in for" not in harness.slack.draw(message)
        assert "You have handed nothing over" in await say(harness, "delegate", harness.bob)


async def test_it_is_taken_back(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, BOB_DECIDES)
    async with harness.bot(policy_file=policy):
        await say(harness, "delegate @carol 1d", harness.bob)
        message = await harness.filed()
        assert "You decide yourself again" in await say(harness, "delegate off", harness.bob)
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")
        await settled(harness)
        assert "stands in for" not in harness.slack.draw(message)
        assert "You had handed nothing over" in await say(harness, "delegate off", harness.bob)


async def test_a_new_taker_replaces_the_old(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, BOB_DECIDES)
    harness.slack.join(harness.dana, harness.approvers)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await say(harness, "delegate @carol 1d", harness.bob)
        await say(harness, "delegate @dana 1d", harness.bob)
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")
        await shows(harness, message, "@dana stands in for @bob")
        await harness.dana.press(message, "Approve")
        await shows(harness, message, "*Approved* by @dana")


async def test_nobody_but_a_full_colleague_takes_it(harness: ScenarioHarness) -> None:
    guest = harness.slack.add_person("gus", is_restricted=True)
    async with harness.bot():
        for taker in ("gus", "bob", "envaccess"):
            told = await say(harness, f"delegate @{taker} 1d", harness.bob)
            assert "cannot decide in your place" in told
        harness.slack.join(guest, harness.general)
        assert "is a guest's" in await say(harness, "delegate @carol 1d", guest)
        assert "there is nothing to hand over" in await say(harness, "delegate @bob 1d", harness.dana)
        for typed in ("delegate bob 1d", "delegate @bob", "delegate @dana 99d", "delegate off now"):
            told = heard(harness, await harness.ask(typed, harness.carol))
            assert "Nothing was " in told, told
    assert {event.detail["why"] for event in await refusals(harness)} == {
        "not_delegate",
        "guest",
        "not_approver",
    }


async def test_a_giver_who_is_no_approver_any_more_gives_nothing(harness: ScenarioHarness) -> None:
    """At the click the giver must be eligible themselves."""
    policy = write_policy(harness, BOB_DECIDES)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await say(harness, "delegate @carol 1d", harness.bob)
        await harness.slack.tell(harness.slack.change(harness.bob, deleted=True))
        assert "does not let you decide" in await pressed(harness, harness.carol, message, "Approve")


async def test_a_stand_in_denies_and_asks_too(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, BOB_DECIDES)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await say(harness, "delegate @carol 1d", harness.bob)
        form = await opened(harness, harness.carol, message, "Ask…")
        await form.submit({"reason": "Which customer is it?"})
        await shows(harness, message, "@carol asks @alice")
        harness.carol.reload()
        await harness.bot_opens_deny(message, harness.carol)
        assert harness.carol.modal is not None
        await harness.carol.modal.submit({"reason": "not now, please"})
        await shows(harness, message, "*Denied* by @carol")
    assert (await last_event(harness, "request.denied")).detail["behalf"] == harness.bob.id
