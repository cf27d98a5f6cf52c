"""Presses and choices in messages at the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.slack_emulator.page_acting.small_app import BUTTON, SELECT, App, chosen

if TYPE_CHECKING:
    from tests.slack_emulator.page_browser import Browser
    from tests.slack_emulator.page_harness import PageHarness


async def with_controls(page: Browser, page_harness: PageHarness) -> Any:
    elements: list[Any] = [BUTTON, SELECT]
    await page_harness.post(
        page_harness.general, blocks=[{"type": "actions", "block_id": "b", "elements": elements}]
    )
    await page.until(lambda: page.button("alice", "Go"))
    return {**(page.button("alice", "Go") or {}), "seat": page_harness.alice.id}


async def test_a_press_reaches_the_app_with_its_message(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    press = await with_controls(page, page_harness)
    await page.do("press", **press)
    body = app.heard[-1]
    assert body["user"]["id"] == page_harness.alice.id
    assert (body["actions"][0]["action_id"], body["actions"][0]["value"]) == ("go", "v")
    assert body["container"]["message_ts"] == press["ts"]


async def test_a_select_sends_the_offered_option_and_no_other(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    press = await with_controls(page, page_harness)
    press |= {"action_id": "colour", "value": None}
    await page.do("press", **press, option="blue")
    assert app.heard[-1]["actions"][0]["selected_option"]["value"] == "blue"
    await page.do("press", **press, option={"value": "red", "text": "forged"})
    assert app.heard[-1]["actions"][0]["selected_option"] == chosen(0)
    for forged in ("green", "Blue", 7, ["blue"], {"value": "green"}):
        assert await page.refused("press", **press, option=forged) == "That is not offered."


async def test_an_older_face_can_still_be_pressed(page: Browser, page_harness: PageHarness, app: App) -> None:
    """A screen lags behind: Slack delivers that press too, and the app must rule it."""
    press = await with_controls(page, page_harness)
    await page_harness.emulator.client.chat_update(
        channel=page_harness.general.id, ts=press["ts"], text="done", blocks=[]
    )
    await page.until(lambda: not page.button("alice", "Go"))
    await page.do("press", **press)
    assert app.heard[-1]["actions"][0]["action_id"] == "go"
    assert "controls are called" in await page.refused("press", **{**press, "revision": 1})
    assert "revision must be" in await page.refused("press", **{**press, "revision": 2})


async def test_nobody_presses_what_they_do_not_see(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    press = await with_controls(page, page_harness)
    assert "not in that channel" in await page.refused("press", **{**press, "seat": page_harness.gus.id})
    await page_harness.emulator.client.chat_delete(channel=page_harness.general.id, ts=press["ts"])
    assert await page.refused("press", **press) == "That message is not there any more."
    assert not app.heard


async def test_what_is_chosen_in_a_message_stays_chosen_until_its_reader_reloads(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    select, go = {**SELECT, "action_id": "pick"}, BUTTON
    row = {"type": "actions", "block_id": "acts", "elements": [select, go]}
    ts = await page_harness.post(page_harness.general, blocks=[row])
    where = {"seat": page_harness.alice.id, "channel": page_harness.general.id, "ts": ts, "block_id": "acts"}
    await page.until(lambda: page.sees("alice", page_harness.general.id))
    await page.do("press", **where, action_id="go", value="v", values={"acts": {"pick": "red"}})
    await page.do("press", **where, action_id="go", value="v")
    await page.do("reload", seat=page_harness.alice.id)
    await page.do("press", **where, action_id="go", value="v")
    held = [body["state"]["values"]["acts"]["pick"]["selected_option"] for body in app.heard]
    assert [one and one["value"] for one in held] == ["red", "red", None]
