"""Law 10, attacked: a payload with a true signature that bears the `trigger_id` of something else."""

import pytest

from tests.scenario.logs import serving
from tests.scenario.town import Town
from tests.scenario.watch import heard, one_request, settled

ELSE = "under the id of something else"


@pytest.mark.parametrize("text", ["cancel {id}", "revoke {id}", "show STRIPE_KEY", "delegate off"])
async def test_a_command_under_the_id_of_another_is_answered_and_does_nothing(town: Town, text: str) -> None:
    async with serving(town):  # fails on any fault that nobody foresaw
        filed = await town.ask("STRIPE_KEY 1h debugging a refund")
        await settled(town)
        request, before = await one_request(town), await town.tags()
        again = await town.alice.command(
            "/envaccess",
            text.format(id=request.id),
            change=lambda payload: payload | {"trigger_id": filed.trigger_id},
        )
        assert ELSE in heard(town, again)
        assert await one_request(town) == request
        assert await town.tags() == before


async def test_a_press_under_the_id_of_another_is_answered_and_does_nothing(town: Town) -> None:
    async with serving(town):
        message = await town.filed()
        first = await town.bob.command("/envaccess", "delegate off")
        press = await town.bob.press(
            message, "Approve", change=lambda payload: payload | {"trigger_id": first.trigger_id}
        )
        [answer] = await town.until(lambda: press.answers or None)
        assert ELSE in town.slack.draw(answer)
        assert (await one_request(town)).grant is None
