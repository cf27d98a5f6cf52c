"""`team_access_revoked`, compared with https://docs.slack.dev/reference/events/team_access_revoked.

The page shows one envelope inside another; the test data of slackapi/bolt-python
(`test_events_org_apps.py`) and @slack/types (`events/team`) have it flat, without a workspace and without
`authorizations`.
"""

from tests.fidelity.events import ORG_EVENT
from tests.fidelity.grid import ORG
from tests.fidelity.shapes import assert_fits
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness


async def test_the_event_lists_workspaces_and_comes_from_none(emulator: EmulatorHarness) -> None:
    grid = emulator.slack.add_organisation(ORG, home=True)
    other = emulator.slack.add_team("T0OTHER", organisation=grid)
    grid.install(emulator.slack, other)
    payload = await payload_of(emulator, grid.withdraw(emulator.slack, other))
    assert_fits(payload, ORG_EVENT)
    assert payload["enterprise_id"] == ORG
    assert payload["event"]["type"] == "team_access_revoked"
    assert payload["event"]["team_ids"] == ["T0PLAYGROUND", "T0OTHER"]
