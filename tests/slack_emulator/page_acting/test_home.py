"""The Home tab at the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.slack_emulator.page_acting.small_app import BUTTON, OPTIONS, PLAIN, App
from tests.slack_emulator.page_browser import Browser, named

if TYPE_CHECKING:
    from tests.slack_emulator.page_harness import PageHarness


async def test_opening_the_home_tab_is_told_to_the_app(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    async def publish(event: Any, client: Any) -> None:
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [{"type": "divider"}]}
        )

    app.app.event("app_home_opened")(publish)
    await page.do("home", seat=page_harness.alice.id)
    await page.until(lambda: page.views[page_harness.alice.id]["home"])
    assert "cannot open" in await page.refused("home", seat=page_harness.eve.id)


async def test_opening_the_messages_is_told_to_the_app_too(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    tabs: list[str] = []

    async def note(event: Any) -> None:
        tabs.append(event["tab"])

    app.app.event("app_home_opened")(note)
    await page.do("home", seat=page_harness.alice.id, tab="messages")
    await page.do("home", seat=page_harness.alice.id, tab="home")
    assert tabs == ["messages", "home"]
    assert "tabs" in await page.refused("home", seat=page_harness.alice.id, tab="about")


async def test_a_press_on_the_home_tab_is_one_on_a_view(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    """The whole view comes along with its state, and no address for an answer."""
    grouped = [{"label": PLAIN, "options": OPTIONS}]
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": OPTIONS, "initial_options": OPTIONS[:1]}
    select = {"type": "static_select", "action_id": "colour", "option_groups": grouped}
    home: Any = {
        "type": "home",
        "private_metadata": "page 2",
        "blocks": [{"type": "actions", "block_id": "acts", "elements": [select, boxes, BUTTON]}],
    }
    await page_harness.emulator.client.views_publish(user_id=page_harness.alice.id, view=home)
    view = await page.until(lambda: page.views[page_harness.alice.id]["home"])
    seat = {"seat": page_harness.alice.id}
    await page.do("view_press", **seat, **named(view, "colour"), option=OPTIONS[1])
    entered = {"acts": {"boxes": ["red", "blue"]}}
    await page.do("view_press", **seat, **named(view, "go"), value="v", values=entered)
    chosen, pressed = app.heard
    assert chosen["actions"][0]["selected_option"]["value"] == "blue"
    assert pressed["container"] == {"type": "view", "view_id": view["id"]}
    assert (pressed["view"]["type"], pressed["view"]["hash"]) == ("home", view["hash"])
    assert pressed["view"]["private_metadata"] == "page 2"
    assert {"trigger_id", "response_url", "message", "channel"} & pressed.keys() == {"trigger_id"}
    held = pressed["view"]["state"]["values"]["acts"]
    assert held["colour"]["selected_option"]["value"] == "blue"
    assert [one["value"] for one in held["boxes"]["selected_options"]] == ["red", "blue"]
    assert "not offered" in await page.refused(
        "view_press", **seat, **named(view, "colour"), option={"value": "mauve"}
    )
