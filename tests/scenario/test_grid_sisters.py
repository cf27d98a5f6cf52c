"""Approvers of a sister workspace: where the policy says so, of our organisation, and only to decide."""

from typing import Any

import pytest

from slack_emulator import User
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import write_policy
from tests.scenario.watch import heard, one_request, refusals, settled, told

Json = dict[str, Any]
ORG, SISTER, THIRD = "E0ORG", "T0SISTER", "T0THIRD"
ONE_STEP = """
version: 1
rules:
  - {{match: "*/*", approvers: [{approvers}, T0SISTER]}}
"""
NO_SISTER = ONE_STEP.replace(", T0SISTER", "")
SECOND_STEP = """
version: 1
rules:
  - match: "*/*"
    steps:
      - {{approvers: [{approvers}]}}
      - {{approvers: [{approvers}, T0SISTER]}}
"""


def of_sister(harness: ScenarioHarness, person: User, *teams: str, enterprise: str = ORG) -> None:
    """Make somebody a member of these workspaces of the organisation, and not of ours."""
    harness.slack.teams.organisations or harness.slack.add_organisation(ORG, home=True)
    member = person.member
    member.enterprise_id, member.teams = enterprise, teams or (SISTER,)
    member.acts_from = member.teams[0]


def there(payload: Json) -> Json:
    """The payload of a press that was made in the sister workspace."""
    return payload | {"team": {"id": SISTER, "domain": "sister"}}


def org_wide(payload: Json) -> Json:
    """The payload of an app that is installed for the whole organisation."""
    return payload | {"team": None, "is_enterprise_install": True}


@pytest.mark.parametrize("change", [dict, there, org_wide], ids=["here", "there", "organisation"])
async def test_whom_the_policy_lets_in_approves_and_nothing_else(
    harness: ScenarioHarness, change: Any
) -> None:
    of_sister(harness, harness.bob)
    async with harness.bot(policy_file=write_policy(harness, ONE_STEP)):
        message = await harness.filed()
        assert "(people of T0SISTER included)" in harness.slack.draw(message)
        assert (await harness.bob.press(message, "Approve", change=change)).error is None
        card = await harness.until(lambda: harness.alice.find("[ Reveal ]"))
        await settled(harness)
        assert (await one_request(harness)).decided_by == harness.bob.id
        asked = await harness.bob.command(
            "/envaccess", "STRIPE_KEY 1h why not", forged=True, change=lambda p: p
        )
        assert "belongs to another workspace" in heard(harness, asked)
        press = await harness.bob.press(card, "Reveal", forged=True, change=change)
        assert "another workspace" in await told(harness, press)
        assert not harness.slack.said(harness.values[STRIPE])
    assert {event.detail["why"] for event in await refusals(harness)} == {"other_workspace"}


async def test_they_deny_with_a_reason(harness: ScenarioHarness) -> None:
    of_sister(harness, harness.bob)
    async with harness.bot(policy_file=write_policy(harness, ONE_STEP)):
        message = await harness.filed()
        await harness.bob.press(message, "Deny", change=there)
        form = await harness.until(lambda: harness.bob.modal)
        await form.fill({"reason": "not today"})
        await form.submit(change=there)
        await settled(harness)
        assert "Denied" in harness.slack.draw(message)


@pytest.mark.parametrize(
    ("policy", "teams", "enterprise"),
    [
        (NO_SISTER, (SISTER,), ORG),
        (ONE_STEP, (THIRD,), ORG),
        (ONE_STEP, (SISTER,), "E0PARTNER"),
        (SECOND_STEP, (SISTER,), ORG),
    ],
    ids=["not in the policy", "another sister", "a partner's", "a later step's"],
)
async def test_whom_the_policy_does_not_let_in_decides_nothing(
    harness: ScenarioHarness, policy: str, teams: tuple[str, ...], enterprise: str
) -> None:
    of_sister(harness, harness.bob, *teams, enterprise=enterprise)
    async with harness.bot(policy_file=write_policy(harness, policy)):
        message = await harness.filed()
        press = await harness.bob.press(message, "Approve")
        assert "belongs to another workspace" in await told(harness, press)
        assert (await one_request(harness)).progress.approvals == ()


async def test_a_policy_that_takes_them_out_again_holds_for_what_was_filed_before(
    harness: ScenarioHarness,
) -> None:
    of_sister(harness, harness.bob)
    policy = write_policy(harness, ONE_STEP)
    async with harness.bot(policy_file=policy):
        message = await harness.filed()
    write_policy(harness, NO_SISTER)
    async with harness.bot(policy_file=policy):
        press = await harness.bob.press(message, "Approve")
        assert "belongs to another workspace" in await told(harness, press)
    write_policy(harness, ONE_STEP)
    async with harness.bot(policy_file=policy):
        assert (await harness.bob.press(message, "Approve")).error is None
        await harness.until(lambda: harness.alice.find("[ Reveal ]"))


async def test_a_partner_whose_id_is_named_and_whose_workspace_too_stays_outside(
    harness: ScenarioHarness,
) -> None:
    """Slack Connect: a workspace of another organisation, or of none, is no sister, whatever is written."""
    eve = harness.slack.add_person("eve", team_id=SISTER)
    harness.slack.join(eve, harness.approvers)
    async with harness.bot(policy_file=write_policy(harness, ONE_STEP)):
        message = await harness.filed()
        for change in (dict, there, lambda body: body | {"team": {"id": harness.slack.team_id}}):
            press = await eve.press(message, "Approve", change=change)
            assert "belongs to another workspace" in await told(harness, press)
        assert (await one_request(harness)).progress.approvals == ()
