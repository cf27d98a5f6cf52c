from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError

from envaccess_demo.page import levers
from envaccess_demo.page.levers import RETRY_AFTER
from tests.slack_emulator.page_browser import Browser, browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.slack_emulator.page_room import Room

HOUR = 3_600_000


@pytest.fixture
async def page(room: Room) -> AsyncIterator[Browser]:
    async with browser(room.address) as opened:
        await opened.sit("alice", "bob")
        yield opened


def dated(seconds: int) -> list[Any]:
    text = f"Until <!date^{seconds}^{{time}}|then>, &lt;!date^1^&gt;"
    return [
        {"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": text}},
        {
            "type": "rich_text",
            "block_id": "r",
            "elements": [
                {
                    "type": "rich_text_preformatted",
                    "elements": [{"type": "text", "text": f"<!date^{seconds}^{{time}}|a value>"}],
                }
            ],
        },
    ]


# -- the clock


async def test_a_moved_clock_moves_redis_and_slack_together(page: Browser, room: Room) -> None:
    before = room.clock.now
    assert (await page.do("clock", seconds=60))["clock_offset_ms"] == 60_000
    assert (await page.do("clock", seconds=3600))["clock_offset_ms"] == HOUR + 60_000
    assert room.backstage.pulled == [("clock", 60), ("clock", 3600)]
    await page.until(lambda: page.last["state"]["clock_offset_ms"] == HOUR + 60_000)
    assert page.last["state"]["now"] == room.clock.now == before + HOUR + 60_000
    stamp = await room.post(room.general)
    assert float(stamp) >= (before + HOUR) / 1000


async def test_a_clock_that_redis_does_not_move_stays(page: Browser, room: Room) -> None:
    """Else the page would show a grant as over that Redis keeps alive."""
    room.backstage.broken = True
    assert await page.refused("clock", seconds=60) == "Redis cannot be reached"
    assert room.clock.offset == 0


async def test_a_date_means_the_time_by_which_it_was_drawn(page: Browser, room: Room) -> None:
    """Redis' times fall behind when the clock is moved; what was drawn before does not."""
    when = int(room.clock()) + 600
    first = await room.post(room.general, text=f"<!date^{when}^{{time}}|x>", blocks=dated(when))
    await page.do("clock", seconds=3600)
    second = await room.post(room.general, text=f"<!date^{when}^{{time}}|x>", blocks=dated(when))
    await page.until(lambda: len(page.sees("alice", room.general.id)) == 2)
    old, new = page.sees("alice", room.general.id)
    assert (old["ts"], new["ts"]) == (first, second)
    assert f"<!date^{when}^" in old["blocks"][0]["text"]["text"]
    assert f"<!date^{when + 3600}^" in new["blocks"][0]["text"]["text"]
    assert new["text"] == f"<!date^{when + 3600}^{{time}}|x>"
    await room.emulator.client.chat_update(channel=room.general.id, ts=first, text="x", blocks=dated(when))
    await page.until(lambda: page.sees("alice", room.general.id)[0]["face"] == 1)
    assert f"<!date^{when + 3600}^" in page.sees("alice", room.general.id)[0]["blocks"][0]["text"]["text"]


async def test_a_value_that_looks_like_a_date_is_left_as_it_is(page: Browser, room: Room) -> None:
    await page.do("clock", seconds=3600)
    await room.post(room.general, text="x", blocks=dated(5))
    await page.until(lambda: page.sees("alice", room.general.id))
    blocks = page.sees("alice", room.general.id)[0]["blocks"]
    assert blocks[1]["elements"][0]["elements"][0]["text"] == "<!date^5^{time}|a value>"
    assert "&lt;!date^1^&gt;" in blocks[0]["text"]["text"]


async def test_a_home_tab_s_dates_move_too(page: Browser, room: Room) -> None:
    view: Any = {"type": "home", "blocks": dated(5)}
    await room.emulator.client.views_publish(user_id=room.alice.id, view=view)
    await page.until(lambda: page.views[room.alice.id]["home"])
    await page.do("clock", seconds=60)
    await room.emulator.client.views_publish(user_id=room.bob.id, view=view)
    await page.until(lambda: page.views[room.bob.id]["home"])
    await page.sit("alice")
    texts = [page.views[who.id]["home"]["blocks"][0]["text"]["text"] for who in (room.alice, room.bob)]
    assert ["<!date^5^" in texts[0], "<!date^65^" in texts[1]] == [True, True]


# -- Slack's bad days


async def test_a_slow_slack_acts_late(page: Browser, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levers, "SLOW_SECONDS", 3_600.0)
    await page.do("fault", name="slow", on=True)
    await page.until(lambda: page.last["state"]["faults"]["slow"])
    late = asyncio.create_task(room.post(room.general))
    await page.do("clock", seconds=1)
    assert not late.done()
    await page.do("fault", name="slow", on=False)
    await page.until(lambda: not page.last["state"]["faults"]["slow"])
    late.cancel()
    await room.post(room.general)


async def test_a_limiting_slack_says_when_to_come_back(page: Browser, room: Room) -> None:
    await page.do("fault", name="limited", on=True)
    with pytest.raises(SlackApiError) as refused:
        await room.post(room.general)
    assert refused.value.response.headers["Retry-After"] == str(RETRY_AFTER)
    await page.until(lambda: any(call["status"] == 429 for call in page.calls.values()))
    await page.do("fault", name="limited", on=False)
    await room.post(room.general)


async def test_slack_that_is_down_cuts_every_connection_and_comes_back(page: Browser, room: Room) -> None:
    app = room.emulator.app()

    async def answer(ack: Any) -> None:
        await ack("here")

    app.command("/envaccess")(answer)
    await room.emulator.connect(app)
    await page.do("fault", name="down", on=True)
    await room.emulator.slack.until(lambda: room.emulator.slack.connections == 0)
    with pytest.raises(Exception, match=r"disconnect|reset"):
        await room.post(room.general)
    failed = await page.refused("command", seat=room.alice.id, channel=room.general.id, text="/envaccess")
    assert "dispatch_failed" in failed
    await page.do("fault", name="down", on=False)
    await room.emulator.slack.connected()
    await page.command("alice", "/envaccess")
    await page.until(lambda: "here" in page.everything("alice"))


async def test_of_several_faults_the_worst_decides_whatever_came_first(page: Browser, room: Room) -> None:
    for name in ("slow", "limited", "down"):
        await page.do("fault", name=name, on=True)
    with pytest.raises(Exception, match=r"disconnect|reset"):
        await room.post(room.general)
    await page.do("fault", name="down", on=False)
    with pytest.raises(SlackApiError):
        await room.post(room.general)
    for name in ("limited", "slow"):
        await page.do("fault", name=name, on=False)
    await room.post(room.general)


# -- Redis and the bot


async def test_redis_and_the_bot_are_the_backstage_s(page: Browser, room: Room) -> None:
    await page.do("redis", what="restart")
    await page.do("bot", what="kill")
    await page.until(lambda: page.last["state"]["bot"] == "down")
    await page.do("bot", what="start")
    await page.until(lambda: page.last["state"]["bot"] == "up")
    assert room.backstage.pulled == [("redis", 0), ("kill", 0), ("start", 0)]


# -- user groups


async def test_the_group_lever_changes_who_is_in_it_and_tells_the_bot_as_slack_does(
    page: Browser, room: Room
) -> None:
    slack, heard = room.emulator.slack, []
    group = slack.add_group("on-call", [room.alice], name="On call")
    app = room.emulator.app()

    async def hear(event: Any) -> None:
        heard.append(event)

    for kind in ("subteam_members_changed", "subteam_updated"):
        app.event(kind)(hear)
    await room.emulator.connect(app)
    pulled = await page.do("group", group=group.id, person=room.bob.id, on=True)
    assert pulled["members"] == [room.alice.id, room.bob.id]
    assert sorted(event["type"] for event in heard) == ["subteam_members_changed", "subteam_updated"]
    await page.until(lambda: page.last["town"]["groups"])
    [told] = page.last["town"]["groups"]
    assert told == {
        "id": group.id,
        "handle": "on-call",
        "name": "On call",
        "members": [room.alice.id, room.bob.id],
    }
    await page.do("group", group=group.id, person=room.bob.id, on=True)
    assert len(heard) == 2, "nothing changed, and nothing is told"
    await page.do("group", group=group.id, person=room.alice.id, on=False)
    assert group.members == [room.bob.id]


async def test_the_group_lever_refuses_outsiders_and_groups_that_are_not_there(
    page: Browser, room: Room
) -> None:
    slack = room.emulator.slack
    group, gone = slack.add_group("on-call"), slack.add_group("gone")
    slack.disable(gone)
    assert "not of this workspace" in await page.refused("group", group=group.id, person=room.eve.id, on=True)
    for name in (gone.id, "S9NOWHERE"):
        assert "no such user group" in await page.refused("group", group=name, person=room.bob.id, on=True)
    assert "nobody" in await page.refused("group", group=group.id, person="U9NOBODY", on=True)
    assert (group.members, gone.members) == ([], [])


async def test_a_group_changes_while_the_bot_is_down(page: Browser, room: Room) -> None:
    """An event may be lost: the bot must find out by asking."""
    group = room.emulator.slack.add_group("on-call")
    pulled = await page.do("group", group=group.id, person=room.bob.id, on=True)
    assert pulled["members"] == [room.bob.id]
