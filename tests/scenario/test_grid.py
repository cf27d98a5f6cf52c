"""Enterprise Grid: who is of our workspace may act; who is only of a sister workspace may not (law 4)."""

from typing import Any

import pytest

from slack_emulator import User
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import heard, one_request, refusals, settled, told

Json = dict[str, Any]
ORG, SISTER = "E0ORG", "T0SISTER"


def on_grid(harness: ScenarioHarness, person: User, *teams: str) -> None:
    """Put somebody into these workspaces of an organisation; their presses carry the sister's."""
    member = person.member
    member.enterprise_id, member.acts_from = ORG, SISTER
    member.teams = teams or (SISTER, harness.slack.team_id)


def org_wide(payload: Json) -> Json:
    """The payload of an app that is installed for the whole organisation."""
    return {**payload, "team": None, "is_enterprise_install": True}


@pytest.mark.parametrize("change", [dict, org_wide], ids=["workspace", "organisation"])
async def test_people_of_several_workspaces_ask_decide_and_reveal(
    harness: ScenarioHarness, change: Any
) -> None:
    """`user.team_id` is a sister's at every button, and `users.info` names no `team_id`."""
    on_grid(harness, harness.alice)
    on_grid(harness, harness.bob)
    async with harness.bot():
        message = await harness.filed()
        assert (await harness.bob.press(message, "Approve", change=change)).error is None
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        await harness.alice.press(card, "Reveal", change=change)
        await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
        await harness.alice.press(card, "End now", change=change)
        await settled(harness)
        assert not (await one_request(harness)).live
    assert await refusals(harness) == []


async def test_forms_and_their_lists_work_for_people_of_several_workspaces(harness: ScenarioHarness) -> None:
    on_grid(harness, harness.alice)
    on_grid(harness, harness.bob)
    async with harness.bot():
        message = await harness.filed()
        await harness.bot_opens_deny(message)
        form = harness.bob.modal
        assert form
        await form.fill({"reason": "not today"})
        await form.submit()
        await settled(harness)
        assert "Denied" in harness.slack.draw(message)


async def test_whoever_is_only_of_a_sister_workspace_is_told_so_and_not_that_slack_is_slow(
    harness: ScenarioHarness,
) -> None:
    on_grid(harness, harness.alice, SISTER, "T0THIRD")
    async with harness.bot():
        reply = await harness.ask("STRIPE_KEY 1h debugging a failed refund")
        assert "belongs to another workspace" in heard(harness, reply)
    assert [event.detail["why"] for event in await refusals(harness)] == ["other_workspace"]


@pytest.mark.parametrize("change", [dict, org_wide], ids=["workspace", "organisation"])
async def test_a_sister_workspaces_approver_in_the_channel_decides_nothing(
    harness: ScenarioHarness, change: Any
) -> None:
    on_grid(harness, harness.bob, SISTER)
    async with harness.bot():
        message = await harness.filed()
        press = await harness.bob.press(message, "Approve", change=change)
        assert "belongs to another workspace" in await told(harness, press)
        assert (await one_request(harness)).decided_by == ""


async def test_a_press_that_was_made_in_a_sister_workspace_is_refused(harness: ScenarioHarness) -> None:
    """The workspace of the payload is ours, or nothing is done: whoever the person is."""
    on_grid(harness, harness.bob)
    async with harness.bot():
        message = await harness.filed()
        press = await harness.bob.press(
            message, "Approve", change=lambda body: body | {"team": {"id": SISTER}}
        )
        assert "belongs to another workspace" in await told(harness, press)
        assert (await one_request(harness)).decided_by == ""


async def test_a_stranger_whose_press_names_our_workspace_is_refused(harness: ScenarioHarness) -> None:
    """Some payloads of Slack Connect name the channel's workspace as `team` (java-slack-sdk#1041)."""
    async with harness.bot():
        message = await harness.filed()
        eve = harness.slack.add_person("eve", team_id="T0ELSEWHERE")
        harness.slack.join(eve, harness.approvers)
        ours = {"team": {"id": harness.slack.team_id, "domain": "playground"}}
        press = await eve.press(message, "Approve", change=lambda body: body | ours)
        assert "Nothing was changed" in await told(harness, press)
        assert (await one_request(harness)).decided_by == ""
        await eve.press(message, "Ask…", change=lambda body: body | ours)
        assert eve.modal is None
