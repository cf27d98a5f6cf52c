"""Programs of somebody who leaves: the runs that they started, and their agents, get nothing from then on."""

import pytest

from tests.scenario.agents import alices_agent
from tests.scenario.harness import ScenarioHarness
from tests.scenario.pipeline import FILING, pipelines, signed_in
from tests.scenario.policies import write_policy
from tests.scenario.terminal import approve
from tests.scenario.test_proposals import POLICY
from tests.scenario.test_services import granted
from tests.scenario.watch import one_request

pytestmark = pytest.mark.usefixtures("forgetful", "quick_codes")
TOLD = pytest.mark.parametrize("told", [True, False], ids=["Slack says so", "its event is lost"])


async def ended(harness: ScenarioHarness, grant: str) -> bool:
    """Whether this access is over."""
    return not (await one_request(harness, grant)).held


@TOLD
async def test_a_run_that_somebody_started_who_leaves_gets_no_value_from_the_next_use_on(
    harness: ScenarioHarness, *, told: bool
) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer)
        filed = (await run.post("/v1/requests", FILING)).json["id"]
        await approve(harness)
        event = harness.slack.change(harness.carol, deleted=True)
        if told:
            await harness.slack.tell(event)
            await harness.slack.until(lambda: ended(harness, filed))
        used = await run.post(f"/v1/grants/{filed}/values", key="use-1")
        assert used.reason == ("no_session" if told else "deactivated"), used.text
    assert "grant.revealed" not in await harness.tags()


@TOLD
async def test_an_agent_of_somebody_who_leaves_gets_no_value_from_the_next_use_on(
    harness: ScenarioHarness, *, told: bool
) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        grant = await granted(harness, found)
        event = harness.slack.change(harness.alice, deleted=True)
        if told:
            await harness.slack.tell(event)
            await harness.slack.until(lambda: ended(harness, grant))
        used = await found.agent.post(f"/v1/grants/{grant}/services/stripe", {})
        assert used.reason == ("no_session" if told else "deactivated"), used.text
    assert "grant.revealed" not in await harness.tags()
