"""Attacks by people and payloads of other workspaces: Slack Connect, Enterprise Grid, and what is made up."""

import pytest

from slack_emulator import Json
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import comes_true, heard, one_request, refusals, settled

ORG, SISTER, PARTNER = "E0ORG", "T0SISTER", "T0PARTNER"


async def test_people_of_slack_connect_ask_decide_and_see_nothing(harness: ScenarioHarness) -> None:
    """Their own team in the payload or ours, typed or pressed: what Slack says of them decides."""
    slack, ours = harness.slack, {"team": {"id": harness.slack.team_id}, "team_id": harness.slack.team_id}
    two = slack.add_team(PARTNER, "partner")
    tom = two.add_person("tom")
    slack.share_with(harness.general, two, [tom])
    async with harness.bot():
        text = "STRIPE_KEY 1h debugging a failed refund"
        for change in (dict, lambda body: body | ours):
            reply = await tom.command("/envaccess", text, channel=harness.general, change=change)
            assert "belongs to another workspace" in heard(harness, reply)
        message = await harness.filed()
        slack.state.workspace.share(harness.approvers, two.state.workspace)  # though Slack says nothing of it
        for change in (dict, lambda body: body | ours, lambda body: body | {"team": None}):
            press = await tom.press(message, "Approve", forged=True, change=change)
            assert press.error is None
        await settled(harness)
        found = await one_request(harness)
        assert (found.decided_by, found.live, found.state) == ("", False, "pending")
    assert {event.detail["why"] for event in await refusals(harness)} <= {"other_workspace", "not_approver"}
    assert not slack.said(harness.values[STRIPE])


@pytest.mark.parametrize("shape", [None, "E0ORG", "", {}, {"id": None}, {"id": 7}], ids=repr)
async def test_whatever_a_payload_says_of_an_organisation_our_people_are_ours(
    harness: ScenarioHarness, shape: object
) -> None:
    async with harness.bot():
        message = await harness.filed()

        def odd(body: Json) -> Json:
            return body | {"enterprise": shape, "is_enterprise_install": "false", "authorizations": []}

        assert (await harness.bob.press(message, "Approve", change=odd)).error is None
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))


async def test_a_workspace_in_a_buttons_value_or_a_forms_memory_moves_nothing(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        message = await harness.filed()
        request = (await one_request(harness)).id

        def spoofed(body: Json) -> Json:
            body["actions"][0]["value"] = f"{SISTER}:{request}"
            return body

        await harness.bob.press(message, "Approve", change=spoofed)
        await harness.bot_opens_deny(message)
        form = harness.bob.modal
        assert form
        await form.fill({"reason": "not today"})
        for memory in (f"{SISTER} {request}", '{"team": "T0SISTER"}', "zzzzzzzz"):

            def other(body: Json, memory: str = memory) -> Json:
                body["view"]["private_metadata"] = memory
                return body

            await form.submit(forged=True, change=other)
        await settled(harness)
        found = await one_request(harness)
        assert (found.state, found.decided_by) == ("pending", "")


async def test_who_leaves_this_workspace_only_loses_what_they_hold_here(harness: ScenarioHarness) -> None:
    harness.slack.add_organisation(ORG, home=True)
    member = harness.alice.member
    member.enterprise_id, member.teams = ORG, (SISTER, harness.slack.team_id)
    async with harness.bot():
        await harness.granted()
        event = harness.slack.change(harness.alice, teams=(SISTER,))
        await harness.slack.tell(event)

        async def over() -> bool:
            return not (await one_request(harness)).live

        await comes_true(over)
        reply = await harness.alice.command("/envaccess", "status", channel=harness.general, forged=True)
        assert "belongs to another workspace" in heard(harness, reply)
