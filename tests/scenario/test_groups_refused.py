"""Slack refuses to say who is in a user group: nobody passes, and everybody is told what to do about it."""

import asyncio
import sys

import pytest

from envaccess.application.installation_checks import Finding
from envaccess.wiring.policy_diagnosis import diagnose_policy
from slack_emulator import Group
from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import readiness, serving
from tests.scenario.logs import told as logged
from tests.scenario.policies import pressed, write_policy
from tests.scenario.processes import environment
from tests.scenario.watch import heard, settled

TEAM = """
version: 1
rules:
  - name: everything
    match: "*/*"
    approvers: [{team}]
"""
PLAN = "this workspace's Slack plan has no user groups"
PLANLESS = ["plan_upgrade_required", "paid_teams_only", "team_not_eligible"]
SENTENCES = dict.fromkeys(PLANLESS, PLAN) | {
    "missing_scope": "the app lacks the scope usergroups:read",
    "permission_denied": "a setting of this workspace or its organisation",
    "not_allowed_token_type": "Slack does not accept the bot's token",
    "user_is_bot": "Slack does not accept the bot's token",
    "users_not_found": "Slack refuses it",
    "no_such_subteam": "Slack knows no such user group",
    "a_code_of_tomorrow": "Slack refuses it",
}
every_code = pytest.mark.parametrize(("code", "sentence"), SENTENCES.items(), ids=SENTENCES)


def a_team(harness: ScenarioHarness) -> Group:
    """The user group @payments: Bob and Dana."""
    return harness.slack.add_group("payments", [harness.bob, harness.dana])


def refuse(harness: ScenarioHarness, code: str) -> None:
    """Whatever is asked about user groups, Slack answers with this."""
    for method in ("usergroups.list", "usergroups.users.list"):
        harness.slack.faults.answer(method, code)


@every_code
async def test_a_request_says_which_group_cannot_be_read_and_that_asking_again_is_of_no_use(
    harness: ScenarioHarness, code: str, sentence: str
) -> None:
    team = a_team(harness)
    async with serving(harness, policy_file=write_policy(harness, TEAM, team=team.id)) as log:
        refuse(harness, code)
        told = heard(harness, await harness.ask("STRIPE_KEY 1h debugging a refund"))
        await settled(harness)
        for words in (f"`{team.id}`", sentence, code, "will not help", "tell whoever runs envaccess"):
            assert words in told
        assert "in time" not in told
        assert await harness.requests() == []
        assert code in str(logged(log, "group_refused"))
        [alarm] = [line for line in logged(log, "alarm") if line["tag"] == "user_groups_refused"]
        assert code in alarm["problem"]
        assert await readiness(log) == (200, [])


async def test_a_press_says_it_too_and_the_request_waits_on(harness: ScenarioHarness) -> None:
    team = a_team(harness)
    async with harness.bot(policy_file=write_policy(harness, TEAM, team=team.id)):
        message = await harness.filed()
        refuse(harness, "plan_upgrade_required")
        await harness.slack.tell(
            harness.slack.remove_from_group(harness.dana, team)
        )  # what is remembered of groups is dropped
        told = await pressed(harness, harness.bob, message, "Approve")
        assert PLAN in told
        assert "will not help" in told
        assert [event for event in await harness.tags() if event.startswith("request.")] == [
            "request.created"
        ]


async def test_the_home_tab_says_why_it_has_nothing_to_show(harness: ScenarioHarness) -> None:
    team = a_team(harness)
    async with harness.bot(policy_file=write_policy(harness, TEAM, team=team.id)):
        await harness.filed()
        refuse(harness, "plan_upgrade_required")
        await harness.slack.tell(harness.slack.remove_from_group(harness.dana, team))
        await harness.slack.open_home(harness.bob)
        await harness.until(lambda: harness.bob.home and PLAN in harness.bob.home.draw())


async def look(harness: ScenarioHarness) -> Finding:
    policy = write_policy(harness, TEAM, team=a_team(harness).id)
    [found] = await diagnose_policy(harness.settings(policy_file=policy))
    return found


@every_code
async def test_the_doctor_says_what_is_wrong_with_the_groups_and_not_that_slack_did_not_say(
    harness: ScenarioHarness, code: str, sentence: str
) -> None:
    refuse(harness, code)
    found = await look(harness)
    assert found.fault
    assert sentence in found.fault.problem
    assert f"`{code}`" in found.fault.problem
    assert "unknown" not in found.fault.problem


@pytest.mark.parametrize("code", PLANLESS)
async def test_the_doctor_says_whom_to_name_where_the_plan_has_no_groups(
    harness: ScenarioHarness, code: str
) -> None:
    refuse(harness, code)
    found = await look(harness)
    assert found.fault
    assert "name people (`U...`) or a private channel (`C...`)" in found.fault.problem


async def test_explain_on_the_command_line_says_it_too(harness: ScenarioHarness) -> None:
    policy = write_policy(
        harness, TEAM.replace("approvers:", "requesters: [{team}]\n    approvers:"), team=a_team(harness).id
    )
    refuse(harness, "plan_upgrade_required")
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-c",
            "from envaccess.cli import main; main()",
            "policy",
            "explain",
            harness.alice.id,
            "STRIPE_KEY",
            "1h",
        ),
        *("--file", str(policy)),
        env=environment(harness),
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert process.returncode != 0
    assert PLAN in told.decode()
    assert "Traceback" not in told.decode()
