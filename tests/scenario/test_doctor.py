"""The doctor looks at the policy as the bot would."""

from pathlib import Path

from envaccess.application.installation_checks import Finding
from envaccess.wiring.policy_diagnosis import diagnose_policy
from tests.scenario.harness import ScenarioHarness


def policy(harness: ScenarioHarness, text: str) -> Path:
    file = harness.home / "policy.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"version: 1\n{text}")
    return file


async def look(harness: ScenarioHarness, text: str) -> Finding:
    found = await diagnose_policy(harness.settings(policy_file=policy(harness, text)))
    assert len(found) == 1
    return found[0]


async def test_without_a_policy_file_there_is_nothing_to_say(harness: ScenarioHarness) -> None:
    assert await diagnose_policy(harness.settings()) == []


async def test_a_sound_policy_is_said_to_be(harness: ScenarioHarness) -> None:
    found = await look(harness, "rules: [{match: '*/*', approvers: [approvers]}]")
    assert (found.fault, found.ok) == (None, "one rule, and Slack knows everybody in it")


async def test_a_fault_in_the_file_is_told_with_its_line(harness: ScenarioHarness) -> None:
    found = await look(harness, "rules: [{match: '*/*', approvers: [nobody-known]}]")
    assert found.fault
    assert "line 2" in found.fault.problem
    assert "envaccess policy check" in found.fault.mend


async def test_people_whom_slack_does_not_know_are_a_fault(harness: ScenarioHarness) -> None:
    found = await look(harness, "rules: [{match: '*/*', approvers: [U0NOBODY1, U0NOBODY2, U0NOBODY3]}]")
    assert found.fault
    assert found.fault.subject == "ENVACCESS_POLICY_FILE"
