"""Law 10, attacked: a payload with a true signature that bears the `trigger_id` of something else."""

from dataclasses import replace

import pytest

from tests.scenario.harness import ScenarioHarness
from tests.scenario.logs import serving
from tests.scenario.watch import heard, one_request, settled

ELSE = "under the id of something else"


@pytest.mark.parametrize("text", ["cancel {id}", "revoke {id}", "show STRIPE_KEY", "delegate off"])
async def test_a_command_under_the_id_of_another_is_answered_and_does_nothing(
    harness: ScenarioHarness, text: str
) -> None:
    async with serving(harness):  # fails on any fault that nobody foresaw
        filed = await harness.ask("STRIPE_KEY 1h debugging a refund")
        await settled(harness)
        request, before = await one_request(harness), await harness.tags()
        assert request.sealed
        again = await harness.alice.command(
            "/envaccess",
            text.format(id=request.id),
            change=lambda payload: payload | {"trigger_id": filed.trigger_id},
        )
        assert ELSE in heard(harness, again)
        found = await one_request(harness)
        assert replace(found, sealed=None) == replace(request, sealed=None)
        assert found.sealed
        assert found.sealed.mac == request.sealed.mac
        assert found.sealed.approvals.keys() == request.sealed.approvals.keys()
        assert await harness.tags() == before


async def test_a_press_under_the_id_of_another_is_answered_and_does_nothing(harness: ScenarioHarness) -> None:
    async with serving(harness):
        message = await harness.filed()
        first = await harness.bob.command("/envaccess", "delegate off")
        press = await harness.bob.press(
            message, "Approve", change=lambda payload: payload | {"trigger_id": first.trigger_id}
        )
        [answer] = await harness.until(lambda: press.answers or None)
        assert ELSE in harness.slack.draw(answer)
        assert (await one_request(harness)).grant is None
