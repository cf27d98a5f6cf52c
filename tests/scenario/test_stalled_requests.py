"""Requests that nobody is left for: an emptied group, an archived channel, leavers; no step waits in vain."""

import pytest

from envaccess.application.requests import stalled
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import called, card, last_event, shows, write_policy
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


def steps(harness: ScenarioHarness, who: str, then: str) -> dict[str, object]:
    """The bot's settings under the policy above."""
    return {"policy_file": write_policy(harness, STEPS, who=who, then=then)}


async def test_an_emptied_group_is_escalated(harness: ScenarioHarness) -> None:
    team = harness.slack.add_group("payments", [harness.bob])
    async with harness.bot(**steps(harness, team.id, f"escalate, escalate: [{harness.dana.id}]")):
        message = await harness.filed()
        harness.slack.remove_from_group(harness.bob, team)
        await shows(harness, message, "Step 1 of 2, escalated: waits for @dana or @payments")
        await called(harness, message, "@dana or @payments may decide now")
        await harness.dana.press(message, "Approve", forged=True)
        await shows(harness, message, "Step 2 of 2: waits for @carol")
    event = await last_event(harness, "request.escalated")
    assert "nobody is left" in event.detail["why"]


async def test_an_archived_channel_is_passed_over_where_the_policy_says_skip(
    harness: ScenarioHarness,
) -> None:
    room = harness.slack.add_channel("payments", [harness.bob], private=True)
    async with harness.bot(**steps(harness, room.id, "skip")):
        message = await harness.filed()
        room.is_archived = True
        room.members.clear()
        await shows(harness, message, "Step 1 of 2: passed over", "Step 2 of 2: waits for @carol")
        await harness.carol.press(message, "Approve")
        await card(harness, "[ Reveal ]")


async def test_a_leaver_whom_nobody_can_replace_ends_the_request(harness: ScenarioHarness) -> None:
    async with harness.bot(**steps(harness, harness.bob.id, "refuse")):
        message = await harness.filed()
        harness.slack.change(harness.bob, deleted=True)
        await shows(harness, message, "*Timed out*")
        await card(harness, "*Timed out*", "[ Ask again ]")
    assert "nobody is left" in (await last_event(harness, "request.timed_out")).detail["why"]


async def test_what_slack_does_not_say_escalates_nothing(harness: ScenarioHarness) -> None:
    """What is not known is no reason to act."""
    team = harness.slack.add_group("payments", [harness.bob])
    async with harness.bot(**steps(harness, team.id, "refuse")):
        await harness.filed()
        await settled(harness)
        fault = harness.slack.faults.break_down("usergroups.list", times=1_000)
        harness.slack.remove_from_group(harness.bob, team)
        before = len(harness.slack.calls)
        await harness.until(lambda: len(harness.slack.calls) > before + 6 or None)
        assert (await one_request(harness)).state == "pending"
        fault.stop()
        harness.slack.add_to_group(harness.bob, team)
        message = harness.slack.messages(harness.approvers)[0]
        await harness.bob.press(message, "Approve")
        await shows(harness, message, "Step 2 of 2: waits for @carol")
