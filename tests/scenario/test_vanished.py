"""Approvers who vanish: an emptied group, an archived channel, people who left; escalated, not waited for."""

import pytest

from envaccess.application.requests import stalled
from tests.scenario.policies import called, card, last_event, shows, write_policy
from tests.scenario.town import Town
from tests.scenario.watch import one_request, settled

pytestmark = pytest.mark.usefixtures("forgetful", "watchful")

STEPS = """
version: 1
rules:
  - name: everything
    match: "*/*"
    requesters: [{alice}]
    steps:
      - {{approvers: [{who}], timeout: 2h, then: {then}}}
      - {{approvers: [{carol}]}}
"""


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at who is left comes all the time instead of each half minute."""
    monkeypatch.setattr(stalled, "LOOK_SECONDS", 0.02)


def steps(town: Town, who: str, then: str) -> dict[str, object]:
    """The bot's settings under the policy above."""
    return {"policy_file": write_policy(town, STEPS, who=who, then=then)}


async def test_an_emptied_group_is_escalated(town: Town) -> None:
    team = town.slack.add_group("payments", [town.bob])
    async with town.bot(**steps(town, team.id, f"escalate, escalate: [{town.dana.id}]")):
        message = await town.filed()
        town.slack.dismiss(town.bob, team)
        await shows(town, message, "Step 1 of 2, escalated: waits for @dana or @payments")
        await called(town, message, "@dana or @payments may decide now")
        await town.dana.press(message, "Approve", forged=True)
        await shows(town, message, "Step 2 of 2: waits for @carol")
    event = await last_event(town, "request.escalated")
    assert "nobody is left" in event.detail["why"]


async def test_an_archived_channel_is_passed_over_where_the_policy_says_skip(town: Town) -> None:
    room = town.slack.add_channel("payments", [town.bob], private=True)
    async with town.bot(**steps(town, room.id, "skip")):
        message = await town.filed()
        room.is_archived = True
        room.members.clear()
        await shows(town, message, "Step 1 of 2: passed over", "Step 2 of 2: waits for @carol")
        await town.carol.press(message, "Approve")
        await card(town, "[ Reveal ]")


async def test_a_leaver_whom_nobody_can_replace_ends_the_request(town: Town) -> None:
    async with town.bot(**steps(town, town.bob.id, "refuse")):
        message = await town.filed()
        town.slack.change(town.bob, deleted=True)
        await shows(town, message, "*Timed out*")
        await card(town, "*Timed out*", "[ Ask again ]")
    assert "nobody is left" in (await last_event(town, "request.timed_out")).detail["why"]


async def test_what_slack_does_not_say_escalates_nothing(town: Town) -> None:
    """What is not known is no reason to act."""
    team = town.slack.add_group("payments", [town.bob])
    async with town.bot(**steps(town, team.id, "refuse")):
        await town.filed()
        await settled(town)
        fault = town.slack.faults.break_down("usergroups.list", times=1_000)
        town.slack.dismiss(town.bob, team)
        before = len(town.slack.calls)
        await town.until(lambda: len(town.slack.calls) > before + 6 or None)
        assert (await one_request(town)).state == "pending"
        fault.stop()
        town.slack.enlist(town.bob, team)
        message = town.slack.messages(town.approvers)[0]
        await town.bob.press(message, "Approve")
        await shows(town, message, "Step 2 of 2: waits for @carol")
