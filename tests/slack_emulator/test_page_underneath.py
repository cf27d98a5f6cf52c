from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.slack_emulator.page_browser import browser
from tests.slack_emulator.page_room import event, grant

if TYPE_CHECKING:
    from tests.slack_emulator.page_room import Room


async def test_events_come_once_each_and_in_order(room: Room) -> None:
    async with browser(room.address) as page:
        room.backstage.put(event(1), event(2, why="x"))
        await page.until(lambda: len(page.events) == 2)
        room.backstage.put(event(3))
        await page.until(lambda: len(page.events) == 3)
        assert [one["id"] for one in page.events] == [event(number)["id"] for number in (1, 2, 3)]
        assert page.events[1]["variables"] == ["STRIPE_KEY", "staging/DB_URL"]
        assert page.events[1]["detail"] == {"why": "x"}
        assert page.events[1]["at_redis"] == "2023-11-14T22:13:20.000Z"


async def test_an_event_s_time_is_the_playground_s(room: Room) -> None:
    async with browser(room.address) as page:
        room.backstage.put(event(1))
        await page.until(lambda: page.events)
        await page.do("clock", seconds=60)
        room.backstage.put(event(2))
        await page.until(lambda: len(page.events) == 2)
    async with browser(room.address) as again:
        await again.until(lambda: len(again.events) == 2)
        assert [one["at"] for one in again.events] == [1_700_000_000_001, 1_700_000_060_002]


async def test_a_browser_that_comes_late_gets_the_newest_events(room: Room) -> None:
    room.backstage.put(*(event(number) for number in range(1, 1201)))
    async with browser(room.address) as page:
        await page.until(lambda: page.events and page.events[-1]["id"] == event(1200)["id"])
    async with browser(room.address) as late:
        await late.until(lambda: len(late.events) == 500)
        assert late.events[0]["id"] == event(701)["id"]


async def test_a_grant_is_told_with_what_is_left_of_its_key_until_it_is_gone(room: Room) -> None:
    async with browser(room.address) as page:
        room.backstage.live = [grant(ttl_ms=59_000)]
        room.backstage.put(event(1, "grant.activated"))
        await page.until(lambda: page.last.get("grants", {}).get("grants"))
        assert page.last["grants"]["grants"] == [
            {
                "id": "k3x9m2aq",
                "requester": "U1",
                "variables": ["STRIPE_KEY"],
                "once": False,
                "granted_ms": 1_700_000_000_000,
                "expires_ms": 1_700_000_060_000,
                "ttl_ms": 59_000,
            }
        ]
        assert page.last["grants"]["now"] == room.clock.now
        room.backstage.live = []
        room.backstage.put(event(2, "grant.expired"))
        await page.until(lambda: page.last["grants"]["grants"] == [])


async def test_redis_that_goes_and_comes_back_is_shown(room: Room) -> None:
    async with browser(room.address) as page:
        await page.until(lambda: page.last["state"]["redis"] == "up")
        room.backstage.break_down()
        await page.until(lambda: page.last["state"]["redis"] == "down")
        room.backstage.break_down(broken=False)
        await page.until(lambda: page.last["state"]["redis"] == "up")


async def test_calls_are_told_and_told_again_when_answered(room: Room) -> None:
    gate = room.emulator.slack.faults.hang("chat.postMessage")
    async with browser(room.address) as page:
        posting = asyncio.create_task(room.post(room.general, "hello"))
        await page.until(lambda: any(c["method"] == "chat.postMessage" for c in page.calls.values()))
        assert [call["ok"] for call in page.calls.values()] == [None]
        gate.release()
        await posting
        await page.until(lambda: [call["ok"] for call in page.calls.values()] == [True])
        (call,) = page.calls.values()
        assert call["summary"] == 'channel=#general "hello"'
        assert (call["status"], call["error"]) == (200, None)


async def test_a_refused_call_is_told_with_its_error(room: Room) -> None:
    async with browser(room.address) as page:
        await room.emulator.raw("chat.postMessage", channel="C9999", text="x")
        await page.until(lambda: any(call["error"] == "channel_not_found" for call in page.calls.values()))


async def test_no_call_shows_a_value(room: Room) -> None:
    """Values are only ever in blocks, for one person; the drawer is on everybody's screen."""
    value = "value-for-tests"
    blocks: Any = [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": value}]}],
        }
    ]
    async with browser(room.address) as page:
        for given in (blocks, json.dumps(blocks)):
            await room.emulator.raw(
                "chat.postEphemeral", channel=room.general.id, user=room.bob.id, text=value, blocks=given
            )
        hook = room.emulator.slack.stage.hooks.mint("commands", room.bob.id, room.general.id)
        async with room.emulator.session.post(
            room.emulator.slack.stage.base_url + hook.path, json={"text": value, "blocks": blocks}
        ) as answer:
            assert answer.status == 200
        await page.until(lambda: sum(bool(call["ok"]) for call in page.calls.values()) == 3)
        assert value not in json.dumps(list(page.calls.values()))
        assert page.calls[1]["summary"] == "channel=#general user=@bob 1 blocks"


async def test_only_the_newest_calls_are_told(room: Room) -> None:
    for number in range(250):
        room.emulator.slack.stage.record.begin("api.test", {"ts": str(number)})
    async with browser(room.address) as page:
        await page.until(lambda: page.calls)
        assert sorted(page.calls) == list(range(51, 251))
