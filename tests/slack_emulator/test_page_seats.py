from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.slack_emulator.page_browser import Browser, browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.slack_emulator.page_room import Room


@pytest.fixture
async def page(room: Room) -> AsyncIterator[Browser]:
    async with browser(room.address) as opened:
        await opened.sit("alice", "bob", "gus", "eve")
        yield opened


async def shows(page: Browser, name: str, words: str) -> None:
    await page.until(lambda: words in page.everything(name))


async def settled(room: Room, page: Browser) -> None:
    """Everything that happened until now has been told."""
    stamp = await room.post(room.general, "a mark")
    await page.until(lambda: stamp in page.everything("alice"))


async def test_the_town_is_told_with_who_is_who(page: Browser, room: Room) -> None:
    kinds = {person["name"]: person["kind"] for person in page.last["town"]["people"]}
    assert kinds == {"alice": "member", "bob": "member", "gus": "guest", "eve": "external"}
    named = {channel["name"]: channel["kind"] for channel in page.last["town"]["channels"] if channel["name"]}
    assert named == {"general": "public", "secret": "private", "shared": "public"}
    assert page.last["town"]["bot"] == {"id": "U0BOT", "name": "envaccess"}
    assert page.last["town"]["now"] == room.clock.now


async def test_a_seat_is_in_the_channels_of_its_person_and_in_no_other(page: Browser, room: Room) -> None:
    places = {name: page.seats[page.person(name)]["channels"] for name in ("alice", "bob", "gus", "eve")}
    assert places == {
        "alice": [room.general.id, room.shared.id],
        "bob": [room.general.id, room.secret.id],
        "gus": [room.shared.id],
        "eve": [room.shared.id],
    }


async def test_a_stranger_has_no_messages_with_the_bot_and_no_commands(page: Browser) -> None:
    eve = page.seats[page.person("eve")]
    assert eve["dm"] is None
    assert eve["can"] == {"command": False, "home": False}
    assert page.seats[page.person("gus")]["can"] == {"command": True, "home": True}


async def test_a_message_is_seen_by_the_channel_s_members_alone(page: Browser, room: Room) -> None:
    await room.post(room.secret, "for bob")
    await room.post(room.shared, "for guests")
    await shows(page, "bob", "for bob")
    await settled(room, page)
    for other in ("alice", "gus", "eve"):
        assert "for bob" not in page.everything(other)
        assert "for guests" in page.everything(other)
    assert "for guests" not in page.everything("bob")


async def test_an_ephemeral_message_is_seen_by_its_person_alone(page: Browser, room: Room) -> None:
    await room.whisper(room.general, room.bob, "psst")
    await shows(page, "bob", "psst")
    await settled(room, page)
    assert "psst" not in page.everything("alice")
    assert page.sees("bob", room.general.id)[0]["ephemeral"] is True


async def test_an_ephemeral_message_is_gone_after_a_reload(page: Browser, room: Room) -> None:
    await room.post(room.general, "to stay")
    await room.whisper(room.general, room.bob, "psst")
    await shows(page, "bob", "psst")
    await page.do("reload", seat=room.bob.id)
    await page.until(lambda: "psst" not in page.everything("bob"))
    assert "to stay" in page.everything("bob")


async def test_an_ephemeral_message_outlives_a_lost_connection_but_no_new_page(
    page: Browser, room: Room
) -> None:
    await room.whisper(room.general, room.bob, "psst")
    await shows(page, "bob", "psst")
    async with browser(room.address) as again:
        await again.sit("bob")
        await shows(again, "bob", "psst")
    async with browser(room.address) as new:
        await new.sit("bob", fresh=True)
        await room.post(room.general, "later")
        await shows(new, "bob", "later")
        assert "psst" not in new.everything("bob")


async def test_a_changed_message_comes_anew_and_a_deleted_one_goes(page: Browser, room: Room) -> None:
    stamp = await room.post(room.general, "first")
    await shows(page, "alice", "first")
    await room.emulator.client.chat_update(channel=room.general.id, ts=stamp, text="second")
    await shows(page, "alice", "second")
    message = page.sees("alice", room.general.id)[0]
    assert (message["ts"], message["edited"], message["face"]) == (stamp, True, 1)
    await room.emulator.client.chat_delete(channel=room.general.id, ts=stamp)
    await page.until(lambda: not page.sees("alice", room.general.id))


async def test_a_reply_makes_its_parent_a_thread(page: Browser, room: Room) -> None:
    stamp = await room.post(room.general, "parent")
    await shows(page, "alice", "parent")
    await room.post(room.general, "reply", thread_ts=stamp)
    await shows(page, "alice", "reply")
    parent, reply = page.sees("alice", room.general.id)
    assert parent["thread_ts"] == reply["thread_ts"] == stamp


async def test_whoever_leaves_a_channel_sees_no_more_of_it(page: Browser, room: Room) -> None:
    await room.post(room.secret, "for bob")
    await shows(page, "bob", "for bob")
    room.emulator.slack.leave(room.bob, room.secret)
    await settled(room, page)
    await page.until(lambda: "for bob" not in page.everything("bob"))
    assert room.secret.id not in page.seats[room.bob.id]["channels"]


async def test_whoever_joins_a_channel_sees_what_was_said_there(page: Browser, room: Room) -> None:
    await room.post(room.secret, "for bob")
    room.emulator.slack.join(room.alice, room.secret)
    await settled(room, page)
    await shows(page, "alice", "for bob")
    channel = next(c for c in page.last["town"]["channels"] if c["name"] == "secret")
    assert room.alice.id in channel["members"]


async def test_a_seat_that_was_left_is_told_nothing_more(page: Browser, room: Room) -> None:
    await page.do("leave", seat=room.bob.id)
    await room.post(room.secret, "for bob")
    await settled(room, page)
    assert "for bob" not in page.everything("bob")


async def test_sitting_again_tells_everything_again(page: Browser, room: Room) -> None:
    await room.post(room.general, "hello")
    await shows(page, "bob", "hello")
    page.screens.clear()
    await page.sit("bob")
    await shows(page, "bob", "hello")


async def test_a_browser_is_told_only_what_is_new(page: Browser, room: Room) -> None:
    for number in range(5):
        await room.post(room.general, f"number {number}")
        await shows(page, "alice", f"number {number}")
    told = [frame for frame in page.frames if frame["type"] == "put" and frame["seat"] == room.alice.id]
    assert [message["text"] for frame in told for message in frame["messages"]] == [
        f"number {number}" for number in range(5)
    ]


@pytest.mark.parametrize("seat", ["U0BOT", "U9999", "", "C0001"])
async def test_nobody_sits_in_a_seat_that_is_none(page: Browser, seat: str) -> None:
    assert "nobody" in await page.refused("sit", seat=seat)


async def test_a_modal_is_on_one_person_s_screen(page: Browser, room: Room) -> None:
    view: Any = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "For Alice"},
        "blocks": [{"type": "divider"}],
    }
    trigger = room.emulator.slack.stage.triggers.mint(room.alice.id)
    await room.emulator.client.views_open(trigger_id=trigger, view=view)
    modal = await page.modal("alice")
    assert modal["title"]["text"] == "For Alice"
    assert page.views[room.alice.id]["depth"] == 1
    await settled(room, page)
    assert page.views[room.bob.id]["modal"] is None
    await page.do("close", seat=room.alice.id, view=modal["id"])
    await page.until(lambda: page.views[room.alice.id]["modal"] is None)


async def test_a_home_tab_is_on_one_person_s_screen(page: Browser, room: Room) -> None:
    view: Any = {"type": "home", "blocks": [{"type": "divider"}]}
    await room.emulator.client.views_publish(user_id=room.gus.id, view=view)
    await page.until(lambda: page.views[room.gus.id]["home"])
    assert page.views[room.alice.id]["home"] is None
