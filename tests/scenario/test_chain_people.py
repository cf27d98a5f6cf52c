"""Who is in a chain: groups, channels, two of several, and people who leave between the steps."""

import pytest

from slack_emulator import Group
from tests.scenario.policies import called, card, finds, later, pressed, shows, write_policy
from tests.scenario.town import Town
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


def a_team(town: Town) -> Group:
    """The user group @payments: Bob and Dana."""
    return town.slack.add_group("payments", [town.bob, town.dana])


async def test_a_group_and_then_a_channel_decide(town: Town) -> None:
    team, room = a_team(town), town.slack.add_channel("security", [town.carol, town.dana], private=True)
    policy = write_policy(town, GROUP_THEN_ROOM, team=team.id, room=room.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        assert "@payments" in town.slack.draw(message)
        await town.bob.press(message, "Approve")
        picture = await shows(
            town, message, "Step 1 of 2: @bob agreed", "Step 2 of 2: waits for anyone in #security"
        )
        assert "anyone in #security" in await called(town, message, "Step 2 of 2 waits for")
        await town.carol.press(message, "Approve")
        await card(town, "[ Reveal ]")
        assert "[ Approve ]" in picture


async def test_a_new_step_calls_its_approvers_where_they_see_it(town: Town) -> None:
    """A mention tells nobody who is not in the channel: Dana gets a direct message."""
    policy = write_policy(town, GROUP_THEN_ROOM, team=town.bob.id, room=town.dana.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.bob.press(message, "Approve")
        assert "@dana" in await called(
            town, message, "Step 2 of 2 waits for", "STRIPE_KEY", "Please decide above"
        )
        told = await finds(town, town.dana, "@alice asks for `STRIPE_KEY`", "Home")
        assert "Why: debugging a failed refund" in town.slack.draw(told)


async def test_an_approver_of_another_step_is_told_so(town: Town) -> None:
    policy = write_policy(town, GROUP_THEN_ROOM, team=town.bob.id, room=town.carol.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        assert "yours is another one" in await pressed(town, town.carol, message, "Approve")
        assert [event.detail["why"] for event in await refusals(town)] == ["not_your_step"]
        await shows(town, message, "Step 1 of 2: waits for @bob")


async def test_whoever_leaves_the_group_before_the_click_is_refused(town: Town) -> None:
    team = a_team(town)
    policy = write_policy(town, GROUP_THEN_ROOM, team=team.id, room=town.carol.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.slack.tell(town.slack.dismiss(town.bob, team))
        assert "does not let you decide this" in await pressed(town, town.bob, message, "Approve")
        await shows(town, message, "Step 1 of 2: waits for @payments")


async def test_at_the_last_approval_a_lost_one_reopens_its_step(town: Town) -> None:
    """An approval counts only if the person is an approver when the chain is completed."""
    team = a_team(town)
    policy = write_policy(town, GROUP_THEN_ROOM, team=team.id, room=town.carol.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.bob.press(message, "Approve")
        await shows(town, message, "Step 2 of 2: waits")
        await town.slack.tell(town.slack.dismiss(town.bob, team))
        await town.carol.press(message, "Approve")
        await shows(town, message, "Step 1 of 2: waits for @payments", "Step 2 of 2: @carol agreed")
        assert "does not count any more" in await called(town, message, "Step 1 of 2", "@payments")
        assert town.alice.find("[ Reveal ]") is None
        press = await town.dana.press(message, "Approve", forged=True)
        await card(town, "[ Reveal ]")
        assert press.error is None
    tags = [tag for tag in await town.tags() if tag.startswith("request.")]
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


async def test_a_step_with_two_approvals_needs_two_people(town: Town) -> None:
    policy = write_policy(town, TWO_OF_THREE)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await shows(town, message, "Step 1 of 1: waits for @bob, @carol or @dana, 2 of them")
        await town.bob.press(message, "Approve")
        await shows(town, message, "1 of 2 agreed: @bob")
        assert "nobody counts twice" in await pressed(town, town.bob, message, "Approve")
        await town.carol.press(message, "Approve")
        await shows(town, message, "*Approved* by @carol", "@bob and @carol agreed")
        await card(town, "[ Reveal ]")


@pytest.mark.usefixtures("forgetful")
async def test_without_an_answer_about_the_group_nothing_is_decided(town: Town) -> None:
    """Law 4: fails closed."""
    team = a_team(town)
    policy = write_policy(town, GROUP_THEN_ROOM, team=team.id, room=town.carol.id)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        town.slack.faults.break_down("usergroups.list", times=1_000)
        assert "could not check who you are" in await pressed(town, town.bob, message, "Approve")
        town.slack.faults.clear()
        await town.bob.press(message, "Approve")
        await shows(town, message, "Step 2 of 2: waits")


async def test_a_requester_is_no_step_of_their_own_chain(town: Town) -> None:
    """Law 3, in any step: Alice is in the group that decides second."""
    team = town.slack.add_group("payments", [town.alice, town.carol])
    policy = write_policy(town, GROUP_THEN_ROOM, team=town.bob.id, room=team.id)
    town.slack.join(town.alice, town.approvers)
    async with town.bot(policy_file=policy):
        message = await town.filed()
        await town.bob.press(message, "Approve")
        await shows(town, message, "Step 2 of 2: waits for @payments")
        assert "cannot decide on your own request" in await pressed(town, town.alice, message, "Approve")
        await later(town, 60)
        await shows(town, message, "Step 2 of 2: waits for @payments")
