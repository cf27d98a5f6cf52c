"""Who is in a chain: groups, channels, two of several, and people who leave between the steps."""

import pytest

from slack_emulator import Group
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import called, card, finds, later, pressed, shows, write_policy
from tests.scenario.watch import refusals

GROUP_THEN_ROOM = """
version: 1
rules:
  - name: everything
    match: "*/*"
    requesters: [{alice}]
    steps:
      - approvers: [{team}]
      - approvers: [{room}]
"""


def a_team(harness: ScenarioHarness) -> Group:
    """The user group @payments: Bob and Dana."""
    return harness.slack.add_group("payments", [harness.bob, harness.dana])


async def test_a_group_and_then_a_channel_decide(harness: ScenarioHarness) -> None:
    team, room = (
        a_team(harness),
        harness.slack.add_channel("security", [harness.carol, harness.dana], private=True),
    )
    policy = write_policy(harness, GROUP_THEN_ROOM, team=team.id, room=room.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        assert "@payments" in harness.slack.draw(message)
        await harness.bob.press(message, "Approve")
        picture = await shows(
            harness, message, "Step 1 of 2: @bob agreed", "Step 2 of 2: waits for anyone in #security"
        )
        assert "anyone in #security" in await called(harness, message, "Step 2 of 2 waits for")
        await harness.carol.press(message, "Approve")
        await card(harness, "[ Reveal ]")
        assert "[ Approve ]" in picture


async def test_a_new_step_calls_its_approvers_where_they_see_it(harness: ScenarioHarness) -> None:
    """A mention tells nobody who is not in the channel: Dana gets a direct message."""
    policy = write_policy(harness, GROUP_THEN_ROOM, team=harness.bob.id, room=harness.dana.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        assert "@dana" in await called(
            harness, message, "Step 2 of 2 waits for", "STRIPE_KEY", "Please decide above"
        )
        told = await finds(harness, harness.dana, "@alice asks for `STRIPE_KEY`", "Home")
        assert "Why: debugging a failed refund" in harness.slack.draw(told)


async def test_an_approver_of_another_step_is_told_so(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, GROUP_THEN_ROOM, team=harness.bob.id, room=harness.carol.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        assert "yours is another one" in await pressed(harness, harness.carol, message, "Approve")
        assert [event.detail["why"] for event in await refusals(harness)] == ["not_your_step"]
        await shows(harness, message, "Step 1 of 2: waits for @bob")


async def test_whoever_leaves_the_group_before_the_click_is_refused(harness: ScenarioHarness) -> None:
    team = a_team(harness)
    policy = write_policy(harness, GROUP_THEN_ROOM, team=team.id, room=harness.carol.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.slack.tell(harness.slack.remove_from_group(harness.bob, team))
        assert "does not let you decide this" in await pressed(harness, harness.bob, message, "Approve")
        await shows(harness, message, "Step 1 of 2: waits for @payments")


async def test_at_the_last_approval_a_lost_one_reopens_its_step(harness: ScenarioHarness) -> None:
    """An approval counts only if the person is an approver when the chain is completed."""
    team = a_team(harness)
    policy = write_policy(harness, GROUP_THEN_ROOM, team=team.id, room=harness.carol.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "Step 2 of 2: waits")
        await harness.slack.tell(harness.slack.remove_from_group(harness.bob, team))
        await harness.carol.press(message, "Approve")
        await shows(harness, message, "Step 1 of 2: waits for @payments", "Step 2 of 2: @carol agreed")
        assert "does not count any more" in await called(harness, message, "Step 1 of 2", "@payments")
        assert harness.alice.find("[ Reveal ]") is None
        press = await harness.dana.press(message, "Approve", forged=True)
        await card(harness, "[ Reveal ]")
        assert press.error is None
    tags = [tag for tag in await harness.tags() if tag.startswith("request.")]
    assert tags == [
        "request.created",
        "request.step_approved",
        "request.step_reopened",
        "request.step_approved",
        "request.approved",
    ]


TWO_OF_THREE = """
version: 1
rules:
  - name: everything
    match: "*/*"
    steps:
      - approvers: [{bob}, {carol}, {dana}]
        approvals: 2
"""


async def test_a_step_with_two_approvals_needs_two_people(harness: ScenarioHarness) -> None:
    policy = write_policy(harness, TWO_OF_THREE)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await shows(harness, message, "Step 1 of 1: waits for @bob, @carol or @dana, 2 of them")
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "1 of 2 agreed: @bob")
        assert "nobody counts twice" in await pressed(harness, harness.bob, message, "Approve")
        await harness.carol.press(message, "Approve")
        await shows(harness, message, "*Approved* by @carol", "@bob and @carol agreed")
        await card(harness, "[ Reveal ]")


@pytest.mark.usefixtures("forgetful")
async def test_without_an_answer_about_the_group_nothing_is_decided(harness: ScenarioHarness) -> None:
    """Law 4: fails closed."""
    team = a_team(harness)
    policy = write_policy(harness, GROUP_THEN_ROOM, team=team.id, room=harness.carol.id)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        harness.slack.faults.break_down("usergroups.list", times=1_000)
        assert "could not check who you are" in await pressed(harness, harness.bob, message, "Approve")
        harness.slack.faults.clear()
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "Step 2 of 2: waits")


async def test_a_requester_is_no_step_of_their_own_chain(harness: ScenarioHarness) -> None:
    """Law 3, in any step: Alice is in the group that decides second."""
    team = harness.slack.add_group("payments", [harness.alice, harness.carol])
    policy = write_policy(harness, GROUP_THEN_ROOM, team=harness.bob.id, room=team.id)
    harness.slack.join(harness.alice, harness.approvers)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "Step 2 of 2: waits for @payments")
        assert "cannot decide on your own request" in await pressed(
            harness, harness.alice, message, "Approve"
        )
        await later(harness, 60)
        await shows(harness, message, "Step 2 of 2: waits for @payments")
