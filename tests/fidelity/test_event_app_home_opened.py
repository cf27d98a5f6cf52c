"""`app_home_opened`, compared with https://docs.slack.dev/reference/events/app_home_opened."""

from tests.fidelity.events import event_payload
from tests.fidelity.objects import VIEW
from tests.fidelity.shapes import DM, USER, assert_fits, one_of
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

OPENED = event_payload(
    "app_home_opened", {"user": USER, "channel": DM, "tab": one_of("home", "messages")}, {"view": VIEW}
)


async def test_the_event_names_who_opened_which_tab(emulator: EmulatorHarness) -> None:
    for tab in ("home", "messages"):
        payload = await payload_of(emulator, emulator.slack.open_home(emulator.alice, tab))
        assert_fits(payload, OPENED)
        assert (payload["event"]["user"], payload["event"]["tab"]) == (emulator.alice.id, tab)
        assert "view" not in payload["event"]


async def test_a_published_home_tab_comes_along(emulator: EmulatorHarness) -> None:
    view = (
        await emulator.raw("views.publish", user_id=emulator.alice.id, view={"type": "home", "blocks": []})
    )["view"]
    payload = await payload_of(emulator, emulator.slack.open_home(emulator.alice))
    assert_fits(payload, OPENED)
    assert payload["event"]["view"] == view
    payload = await payload_of(emulator, emulator.slack.open_home(emulator.alice, "messages"))
    assert "view" not in payload["event"]
