"""`view_submission`, compared with its page and recorded ones.

https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload#view_submission; recorded:
bolt-python, `test_view_submission.py`. What the answer may ask for: https://docs.slack.dev/surfaces/modals.
"""

import pytest

from slack_emulator import Json
from tests.fidelity.objects import VIEW
from tests.fidelity.payloads import ACTED, interaction
from tests.fidelity.shapes import Many, assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.app_views import modal, text_input, trigger
from tests.slack_emulator.harness import EmulatorHarness

# `response_urls` has something only where a select with `response_url_enabled` was filled in.
SUBMITTED = interaction("view_submission", {**ACTED, "view": VIEW, "response_urls": Many(VIEW)})


@pytest.fixture
async def opened(emulator: EmulatorHarness) -> EmulatorHarness:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal(private_metadata="mine"))
    return emulator


async def submitted(emulator: EmulatorHarness, answer: Json | None = None) -> Json:
    assert emulator.alice.modal is not None
    return await payload_of(emulator, emulator.alice.modal.submit({"reason": "because"}), answer)


async def test_a_submission_has_the_documented_fields(opened: EmulatorHarness) -> None:
    payload = await submitted(opened)
    assert_fits(payload, SUBMITTED)
    assert payload["view"]["private_metadata"] == "mine"
    held = {"type": "plain_text_input", "value": "because"}
    assert payload["view"]["state"]["values"] == {"reason": {"reason_typed": held}}


async def test_an_optional_field_left_empty_is_null(opened: EmulatorHarness) -> None:
    view = modal("Ask", text_input("reason"), text_input("more", optional=True))
    await opened.client.views_open(trigger_id=trigger(opened), view=view)
    payload = await submitted(opened)
    assert_fits(payload, SUBMITTED)
    assert payload["view"]["state"]["values"]["more"]["more_typed"]["value"] is None


async def test_an_empty_answer_closes_the_view(opened: EmulatorHarness) -> None:
    await submitted(opened)
    assert opened.alice.modal is None


async def test_errors_keep_it_open(opened: EmulatorHarness) -> None:
    await submitted(opened, {"response_action": "errors", "errors": {"reason": "no"}})
    assert opened.alice.modal is not None


async def test_update_shows_another_in_its_place(opened: EmulatorHarness) -> None:
    await submitted(opened, {"response_action": "update", "view": modal("Next")})
    assert opened.alice.modal is not None
    assert (opened.alice.modal.title, opened.alice.modal.view.previous) == ("Next", None)


async def test_push_lays_another_over_it(opened: EmulatorHarness) -> None:
    assert opened.alice.modal is not None
    below = opened.alice.modal.view.id
    await submitted(opened, {"response_action": "push", "view": modal("Next")})
    assert opened.alice.modal.view.previous == below


async def test_a_fourth_view_does_not_fit(opened: EmulatorHarness) -> None:
    """https://docs.slack.dev/surfaces/modals: "up to 3 views at a time"."""
    for title in ("Second", "Third"):
        await opened.client.views_push(trigger_id=trigger(opened), view=modal(title))
    await submitted(opened, {"response_action": "push", "view": modal("Fourth")})
    assert opened.alice.modal is not None
    assert opened.alice.modal.title == "Third"


async def test_clear_closes_all(opened: EmulatorHarness) -> None:
    await opened.client.views_push(trigger_id=trigger(opened), view=modal("Over it"))
    await submitted(opened, {"response_action": "clear"})
    assert opened.alice.modal is None


async def test_from_another_workspace_the_installed_team_is_still_ours(opened: EmulatorHarness) -> None:
    """Slack Connect, recorded: `connect_channel_payload`."""
    external = opened.slack.add_person("external", team_id="T0ELSEWHERE")
    trigger_id = opened.slack.state.triggers.mint(external.id)
    await opened.client.views_open(trigger_id=trigger_id, view=modal())
    assert external.modal is not None
    payload = await payload_of(opened, external.modal.submit({"reason": "because"}))
    assert_fits(payload, SUBMITTED)
    theirs = {payload["team"]["id"], payload["user"]["team_id"], payload["view"]["team_id"]}
    assert theirs == {"T0ELSEWHERE"}
    assert payload["view"]["app_installed_team_id"] == opened.slack.team_id
