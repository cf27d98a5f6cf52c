"""Enterprise Grid: who is of our workspace may act; who is only of a sister workspace may not (law 4)."""

from typing import Any

import pytest

from slack_emulator import Person
from tests.scenario.town import STRIPE, Town
from tests.scenario.watch import heard, one_request, refusals, settled, told

Json = dict[str, Any]
ORG, SISTER = "E0ORG", "T0SISTER"


def on_grid(town: Town, person: Person, *teams: str) -> None:
    """Put somebody into these workspaces of an organisation; their presses carry the sister's."""
    member = person.member
    member.enterprise_id, member.acts_from = ORG, SISTER
    member.teams = teams or (SISTER, town.slack.team_id)


def org_wide(payload: Json) -> Json:
    """The payload of an app that is installed for the whole organisation."""
    return {**payload, "team": None, "is_enterprise_install": True}


@pytest.mark.parametrize("change", [dict, org_wide], ids=["workspace", "organisation"])
async def test_people_of_several_workspaces_ask_decide_and_reveal(town: Town, change: Any) -> None:
    """`user.team_id` is a sister's at every button, and `users.info` names no `team_id`."""
    on_grid(town, town.alice)
    on_grid(town, town.bob)
    async with town.bot():
        message = await town.filed()
        assert (await town.bob.press(message, "Approve", change=change)).error is None
        card = await town.until(lambda: town.alice.find("[ Reveal ]"))
        await town.alice.press(card, "Reveal", change=change)
        await town.until(lambda: town.alice.find(town.values[STRIPE]))
        await town.alice.press(card, "End now", change=change)
        await settled(town)
        assert not (await one_request(town)).live
    assert await refusals(town) == []


async def test_forms_and_their_lists_work_for_people_of_several_workspaces(town: Town) -> None:
    on_grid(town, town.alice)
    on_grid(town, town.bob)
    async with town.bot():
        message = await town.filed()
        await town.bot_opens_deny(message)
        form = town.bob.modal
        assert form
        await form.fill({"reason": "not today"})
        await form.submit()
        await settled(town)
        assert "Denied" in town.slack.draw(message)


async def test_whoever_is_only_of_a_sister_workspace_is_told_so_and_not_that_slack_is_slow(
    town: Town,
) -> None:
    on_grid(town, town.alice, SISTER, "T0THIRD")
    async with town.bot():
        reply = await town.ask("STRIPE_KEY 1h debugging a failed refund")
        assert "belongs to another workspace" in heard(town, reply)
    assert [event.detail["why"] for event in await refusals(town)] == ["other_workspace"]


@pytest.mark.parametrize("change", [dict, org_wide], ids=["workspace", "organisation"])
async def test_a_sister_workspaces_approver_in_the_channel_decides_nothing(town: Town, change: Any) -> None:
    on_grid(town, town.bob, SISTER)
    async with town.bot():
        message = await town.filed()
        press = await town.bob.press(message, "Approve", change=change)
        assert "belongs to another workspace" in await told(town, press)
        assert (await one_request(town)).decided_by == ""


async def test_a_press_that_was_made_in_a_sister_workspace_is_refused(town: Town) -> None:
    """The workspace of the payload is ours, or nothing is done: whoever the person is."""
    on_grid(town, town.bob)
    async with town.bot():
        message = await town.filed()
        press = await town.bob.press(message, "Approve", change=lambda body: body | {"team": {"id": SISTER}})
        assert "belongs to another workspace" in await told(town, press)
        assert (await one_request(town)).decided_by == ""


async def test_a_stranger_whose_press_names_our_workspace_is_refused(town: Town) -> None:
    """Some payloads of Slack Connect name the channel's workspace as `team` (java-slack-sdk#1041)."""
    async with town.bot():
        message = await town.filed()
        eve = town.slack.add_person("eve", team_id="T0ELSEWHERE")
        town.slack.join(eve, town.approvers)
        ours = {"team": {"id": town.slack.team_id, "domain": "playground"}}
        press = await eve.press(message, "Approve", change=lambda body: body | ours)
        assert "Nothing was changed" in await told(town, press)
        assert (await one_request(town)).decided_by == ""
        await eve.press(message, "Ask…", change=lambda body: body | ours)
        assert eve.modal is None
