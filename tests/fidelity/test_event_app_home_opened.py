"""`app_home_opened`, compared with https://docs.slack.dev/reference/events/app_home_opened."""

from tests.fidelity.ear import payload_of
from tests.fidelity.events import event_payload
from tests.fidelity.objects import VIEW
from tests.fidelity.shapes import DM, USER, assert_fits, one_of
from tests.slack_emulator.house import House

OPENED = event_payload(
    "app_home_opened", {"user": USER, "channel": DM, "tab": one_of("home", "messages")}, {"view": VIEW}
)


async def test_the_event_names_who_opened_which_tab(house: House) -> None:
    for tab in ("home", "messages"):
        payload = await payload_of(house, house.slack.open_home(house.alice, tab))
        assert_fits(payload, OPENED)
        assert (payload["event"]["user"], payload["event"]["tab"]) == (house.alice.id, tab)
        assert "view" not in payload["event"]


async def test_a_published_home_tab_comes_along(house: House) -> None:
    view = (await house.raw("views.publish", user_id=house.alice.id, view={"type": "home", "blocks": []}))[
        "view"
    ]
    payload = await payload_of(house, house.slack.open_home(house.alice))
    assert_fits(payload, OPENED)
    assert payload["event"]["view"] == view
    payload = await payload_of(house, house.slack.open_home(house.alice, "messages"))
    assert "view" not in payload["event"]
