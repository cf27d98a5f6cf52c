from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.slack_emulator.page_browser import Browser, browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.slack_emulator.page_harness import PageHarness


@pytest.fixture
async def page(page_harness: PageHarness) -> AsyncIterator[Browser]:
    async with browser(page_harness.address) as opened:
        await opened.sit("alice", "bob", "gus", "eve")
        yield opened


async def shows(page: Browser, name: str, words: str) -> None:
    await page.until(lambda: words in page.everything(name))


async def settled(page_harness: PageHarness, page: Browser) -> None:
    """Everything that happened until now has been told."""
    stamp = await page_harness.post(page_harness.general, "a mark")
    await page.until(lambda: stamp in page.everything("alice"))


async def test_the_town_is_told_with_who_is_who(page: Browser, page_harness: PageHarness) -> None:
    kinds = {person["name"]: person["kind"] for person in page.last["workspace"]["people"]}
    assert kinds == {"alice": "member", "bob": "member", "gus": "guest", "eve": "external"}
    named = {
        channel["name"]: channel["kind"] for channel in page.last["workspace"]["channels"] if channel["name"]
    }
    assert named == {"general": "public", "secret": "private", "shared": "public"}
    assert page.last["workspace"]["bot"] == {"id": "U0BOT", "name": "envaccess"}
    assert page.last["workspace"]["now"] == page_harness.clock.now


async def test_a_seat_is_in_the_channels_of_its_person_and_in_no_other(
    page: Browser, page_harness: PageHarness
) -> None:
    places = {name: page.seats[page.person(name)]["channels"] for name in ("alice", "bob", "gus", "eve")}
    assert places == {
        "alice": [page_harness.general.id, page_harness.shared.id],
        "bob": [page_harness.general.id, page_harness.secret.id],
        "gus": [page_harness.shared.id],
        "eve": [page_harness.shared.id],
    }


async def test_a_stranger_has_no_messages_with_the_bot_and_no_commands(page: Browser) -> None:
    eve = page.seats[page.person("eve")]
    assert eve["dm"] is None
    assert eve["can"] == {"command": False, "home": False}
    assert page.seats[page.person("gus")]["can"] == {"command": True, "home": True}


async def test_a_message_is_seen_by_the_channel_s_members_alone(
    page: Browser, page_harness: PageHarness
) -> None:
    await page_harness.post(page_harness.secret, "for bob")
    await page_harness.post(page_harness.shared, "for guests")
    await shows(page, "bob", "for bob")
    await settled(page_harness, page)
    for other in ("alice", "gus", "eve"):
        assert "for bob" not in page.everything(other)
        assert "for guests" in page.everything(other)
    assert "for guests" not in page.everything("bob")


async def test_an_ephemeral_message_is_seen_by_its_person_alone(
    page: Browser, page_harness: PageHarness
) -> None:
    await page_harness.whisper(page_harness.general, page_harness.bob, "psst")
    await shows(page, "bob", "psst")
    await settled(page_harness, page)
    assert "psst" not in page.everything("alice")
    assert page.sees("bob", page_harness.general.id)[0]["ephemeral"] is True


async def test_an_ephemeral_message_is_gone_after_a_reload(page: Browser, page_harness: PageHarness) -> None:
    await page_harness.post(page_harness.general, "to stay")
    await page_harness.whisper(page_harness.general, page_harness.bob, "psst")
    await shows(page, "bob", "psst")
    await page.do("reload", seat=page_harness.bob.id)
    await page.until(lambda: "psst" not in page.everything("bob"))
    assert "to stay" in page.everything("bob")


async def test_an_ephemeral_message_outlives_a_lost_connection_but_no_new_page(
    page: Browser, page_harness: PageHarness
) -> None:
    await page_harness.whisper(page_harness.general, page_harness.bob, "psst")
    await shows(page, "bob", "psst")
    async with browser(page_harness.address) as again:
        await again.sit("bob")
        await shows(again, "bob", "psst")
    async with browser(page_harness.address) as new:
        await new.sit("bob", fresh=True)
        await page_harness.post(page_harness.general, "later")
        await shows(new, "bob", "later")
        assert "psst" not in new.everything("bob")


async def test_a_changed_message_comes_anew_and_a_deleted_one_goes(
    page: Browser, page_harness: PageHarness
) -> None:
    stamp = await page_harness.post(page_harness.general, "first")
    await shows(page, "alice", "first")
    await page_harness.emulator.client.chat_update(channel=page_harness.general.id, ts=stamp, text="second")
    await shows(page, "alice", "second")
    message = page.sees("alice", page_harness.general.id)[0]
    assert (message["ts"], message["edited"], message["revision"]) == (stamp, True, 1)
    await page_harness.emulator.client.chat_delete(channel=page_harness.general.id, ts=stamp)
    await page.until(lambda: not page.sees("alice", page_harness.general.id))


async def test_a_reply_makes_its_parent_a_thread(page: Browser, page_harness: PageHarness) -> None:
    stamp = await page_harness.post(page_harness.general, "parent")
    await shows(page, "alice", "parent")
    await page_harness.post(page_harness.general, "reply", thread_ts=stamp)
    await shows(page, "alice", "reply")
    parent, reply = page.sees("alice", page_harness.general.id)
    assert parent["thread_ts"] == reply["thread_ts"] == stamp


async def test_whoever_leaves_a_channel_sees_no_more_of_it(page: Browser, page_harness: PageHarness) -> None:
    await page_harness.post(page_harness.secret, "for bob")
    await shows(page, "bob", "for bob")
    page_harness.emulator.slack.leave(page_harness.bob, page_harness.secret)
    await settled(page_harness, page)
    await page.until(lambda: "for bob" not in page.everything("bob"))
    assert page_harness.secret.id not in page.seats[page_harness.bob.id]["channels"]


async def test_whoever_joins_a_channel_sees_what_was_said_there(
    page: Browser, page_harness: PageHarness
) -> None:
    await page_harness.post(page_harness.secret, "for bob")
    page_harness.emulator.slack.join(page_harness.alice, page_harness.secret)
    await settled(page_harness, page)
    await shows(page, "alice", "for bob")
    channel = next(c for c in page.last["workspace"]["channels"] if c["name"] == "secret")
    assert page_harness.alice.id in channel["members"]


async def test_a_seat_that_was_left_is_told_nothing_more(page: Browser, page_harness: PageHarness) -> None:
    await page.do("leave", seat=page_harness.bob.id)
    await page_harness.post(page_harness.secret, "for bob")
    await settled(page_harness, page)
    assert "for bob" not in page.everything("bob")


async def test_sitting_again_tells_everything_again(page: Browser, page_harness: PageHarness) -> None:
    await page_harness.post(page_harness.general, "hello")
    await shows(page, "bob", "hello")
    page.screens.clear()
    await page.sit("bob")
    await shows(page, "bob", "hello")


async def test_a_browser_is_told_only_what_is_new(page: Browser, page_harness: PageHarness) -> None:
    for number in range(5):
        await page_harness.post(page_harness.general, f"number {number}")
        await shows(page, "alice", f"number {number}")
    told = [
        frame for frame in page.frames if frame["type"] == "put" and frame["seat"] == page_harness.alice.id
    ]
    assert [message["text"] for frame in told for message in frame["messages"]] == [
        f"number {number}" for number in range(5)
    ]


@pytest.mark.parametrize("seat", ["U0BOT", "U9999", "", "C0001"])
async def test_nobody_sits_in_a_seat_that_is_none(page: Browser, seat: str) -> None:
    assert "nobody" in await page.refused("sit", seat=seat)


async def test_a_modal_is_on_one_person_s_screen(page: Browser, page_harness: PageHarness) -> None:
    view: Any = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "For Alice"},
        "blocks": [{"type": "divider"}],
    }
    trigger = page_harness.emulator.slack.state.triggers.mint(page_harness.alice.id)
    await page_harness.emulator.client.views_open(trigger_id=trigger, view=view)
    modal = await page.modal("alice")
    assert modal["title"]["text"] == "For Alice"
    assert page.views[page_harness.alice.id]["depth"] == 1
    await settled(page_harness, page)
    assert page.views[page_harness.bob.id]["modal"] is None
    await page.do("close", seat=page_harness.alice.id, view=modal["id"])
    await page.until(lambda: page.views[page_harness.alice.id]["modal"] is None)


async def test_a_home_tab_is_on_one_person_s_screen(page: Browser, page_harness: PageHarness) -> None:
    view: Any = {"type": "home", "blocks": [{"type": "divider"}]}
    await page_harness.emulator.client.views_publish(user_id=page_harness.gus.id, view=view)
    await page.until(lambda: page.views[page_harness.gus.id]["home"])
    assert page.views[page_harness.alice.id]["home"] is None
