"""What people see of their agents, and of the runs that they started: what these wait for and have.

Their person may end it, wherever it is shown, and never decide it; those who decide see the same evidence.
"""

import pytest

from tests.scenario.agents import alices_agent
from tests.scenario.harness import ScenarioHarness
from tests.scenario.pipeline import FILING as DEPLOY
from tests.scenario.pipeline import pipelines, signed_in
from tests.scenario.policies import write_policy
from tests.scenario.terminal import approve
from tests.scenario.test_home import home_shows
from tests.scenario.test_home_acts import home
from tests.scenario.test_proposals import POLICY, proposed, question
from tests.scenario.watch import say

pytestmark = pytest.mark.usefixtures("quick_codes")
AGENT = "Your agent `review` on `lenovo-7`: `STRIPE_KEY`"


async def test_what_an_agent_waits_for_and_has_is_its_persons_to_see_and_to_end(
    harness: ScenarioHarness,
) -> None:
    async with alices_agent(harness, policy_file=write_policy(harness, POLICY)) as found:
        first = (await proposed(found)).json["id"]
        asks = "Your agent `review` on `lenovo-7` wants to ask for `STRIPE_KEY` for 1 hour."
        assert f"{asks} It waits for your answer" in await say(harness, "status")
        await question(harness)
        tab = await home(harness, harness.alice, "Your agents want to ask (1)", asks, "[ Let it ask ]")
        await tab.press("Let it ask")
        await home_shows(harness, harness.alice, "Your agents and pipeline runs ask or hold (1)")
        told = await say(harness, "status")
        assert f"{AGENT} for 1 hour, lapses: " in told
        assert f"withdraw: `/envaccess cancel {first}`" in told
        tab = await home(
            harness, harness.alice, "Your agents and pipeline runs ask or hold (1)", AGENT, "Your agents (1)"
        )
        assert "You asked" not in tab.draw()
        await home(
            harness,
            harness.bob,
            "Waits for you (1)",
            "Agent `review` of @alice on `lenovo-7` asks for `STRIPE_KEY`",
        )
        await approve(harness)
        assert f"end it: `/envaccess revoke {first}`" in await say(harness, "status")
        tab = await home(harness, harness.alice, AGENT, "Ends: ", "[ End now ]")
        assert "[ Reveal ]" not in tab.draw()
        assert "[ Extend ]" not in tab.draw()
        await tab.press("End now")
        await home_shows(harness, harness.alice, "Your agents (1)")
        assert (await found.agent.get(f"/v1/requests/{first}")).json["grant"]["state"] == "revoked"
        assert "Your agent" not in await say(harness, "status")
        assert "Your agent" not in await say(harness, "status", harness.bob)


async def test_what_a_run_waits_for_is_withdrawn_by_whoever_started_it(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer)
        asked = (await run.post("/v1/requests", DEPLOY)).json["id"]
        await home(
            harness, harness.bob, "`deploy` (pipeline) started by @carol asks for", "Repository `acme/shop`"
        )
        tab = await home(
            harness, harness.carol, "`deploy` (pipeline): `STRIPE_KEY` for 10 minutes", "[ Cancel request ]"
        )
        assert "Waits for you" not in tab.draw(), "Carol has pressed, so she does not decide"
        await tab.press("Cancel request")
        await home_shows(harness, harness.carol, "Pipeline runs that you started (1)")
        assert (await run.get(f"/v1/requests/{asked}")).json["state"] == "cancelled"
