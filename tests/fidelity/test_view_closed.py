"""`view_closed`, compared with its page and a recorded one.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_closed; recorded:
bolt-python, `test_view_closed.py`.
"""

from tests.fidelity.objects import VIEW
from tests.fidelity.payloads import interaction
from tests.fidelity.shapes import FLAG, assert_fits
from tests.fidelity.socket_connection import connected, payload_of
from tests.slack_emulator.app_views import modal, trigger
from tests.slack_emulator.harness import EmulatorHarness

CLOSED = interaction("view_closed", {"view": VIEW, "is_cleared": FLAG})


async def test_a_closed_view_has_the_documented_fields_and_no_trigger(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal(notify_on_close=True))
    assert emulator.alice.modal is not None
    payload = await payload_of(emulator, emulator.alice.modal.close())
    assert_fits(payload, CLOSED)
    assert payload["is_cleared"] is False


async def test_a_cleared_stack_says_so(emulator: EmulatorHarness) -> None:
    """`is_cleared`: whether a whole stack was cleared."""
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal())
    over = modal("Over it", notify_on_close=True, clear_on_close=True)
    await emulator.client.views_push(trigger_id=trigger(emulator), view=over)
    assert emulator.alice.modal is not None
    payload = await payload_of(emulator, emulator.alice.modal.close())
    assert_fits(payload, CLOSED)
    assert payload["is_cleared"] is True
    assert emulator.alice.modal is None


async def test_nobody_is_told_of_a_view_that_did_not_ask(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal())
    async with connected(emulator):
        assert emulator.alice.modal is not None
        assert await emulator.alice.modal.close() is None
    assert emulator.slack.deliveries == []
