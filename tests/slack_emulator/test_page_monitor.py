from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tests.slack_emulator.page_browser import browser
from tests.slack_emulator.page_harness import event, grant

if TYPE_CHECKING:
    from tests.slack_emulator.page_harness import PageHarness


async def test_events_come_once_each_and_in_order(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as page:
        page_harness.backend.put(event(1), event(2, why="x"))
        await page.until(lambda: len(page.events) == 2)
        page_harness.backend.put(event(3))
        await page.until(lambda: len(page.events) == 3)
        assert [one["id"] for one in page.events] == [event(number)["id"] for number in (1, 2, 3)]
        assert page.events[1]["variables"] == ["STRIPE_KEY", "staging/DB_URL"]
        assert page.events[1]["detail"] == {"why": "x"}
        assert page.events[1]["at_redis"] == "2023-11-14T22:13:20.000Z"


async def test_an_event_s_time_is_the_playground_s(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as page:
        page_harness.backend.put(event(1))
        await page.until(lambda: page.events)
        await page.do("clock", seconds=60)
        page_harness.backend.put(event(2))
        await page.until(lambda: len(page.events) == 2)
    async with browser(page_harness.address) as again:
        await again.until(lambda: len(again.events) == 2)
        assert [one["at"] for one in again.events] == [1_700_000_000_001, 1_700_000_060_002]


async def test_a_browser_that_comes_late_gets_the_newest_events(page_harness: PageHarness) -> None:
    page_harness.backend.put(*(event(number) for number in range(1, 1201)))
    async with browser(page_harness.address) as page:
        await page.until(lambda: page.events and page.events[-1]["id"] == event(1200)["id"])
    async with browser(page_harness.address) as late:
        await late.until(lambda: len(late.events) == 500)
        assert late.events[0]["id"] == event(701)["id"]


async def test_a_grant_is_told_with_what_is_left_of_its_key_until_it_is_gone(
    page_harness: PageHarness,
) -> None:
    async with browser(page_harness.address) as page:
        page_harness.backend.live = [grant(ttl_ms=59_000)]
        page_harness.backend.put(event(1, "grant.activated"))
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
        assert page.last["grants"]["now"] == page_harness.clock.now
        page_harness.backend.live = []
        page_harness.backend.put(event(2, "grant.expired"))
        await page.until(lambda: page.last["grants"]["grants"] == [])


async def test_redis_that_goes_and_comes_back_is_shown(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as page:
        await page.until(lambda: page.last["state"]["redis"] == "up")
        page_harness.backend.break_down()
        await page.until(lambda: page.last["state"]["redis"] == "down")
        page_harness.backend.break_down(broken=False)
        await page.until(lambda: page.last["state"]["redis"] == "up")


async def test_calls_are_told_and_told_again_when_answered(page_harness: PageHarness) -> None:
    gate = page_harness.emulator.slack.faults.hang("chat.postMessage")
    async with browser(page_harness.address) as page:
        posting = asyncio.create_task(page_harness.post(page_harness.general, "hello"))
        await page.until(lambda: any(c["method"] == "chat.postMessage" for c in page.calls.values()))
        assert [call["ok"] for call in page.calls.values()] == [None]
        gate.release()
        await posting
        await page.until(lambda: [call["ok"] for call in page.calls.values()] == [True])
        (call,) = page.calls.values()
        assert call["summary"] == 'channel=#general "hello"'
        assert (call["status"], call["error"]) == (200, None)


async def test_a_refused_call_is_told_with_its_error(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as page:
        await page_harness.emulator.raw("chat.postMessage", channel="C9999", text="x")
        await page.until(lambda: any(call["error"] == "channel_not_found" for call in page.calls.values()))


async def test_no_call_shows_a_value(page_harness: PageHarness) -> None:
    """Values are only ever in blocks, for one person; the drawer is on everybody's screen."""
    value = "value-for-tests"
    blocks: Any = [
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": value}]}],
        }
    ]
    async with browser(page_harness.address) as page:
        for given in (blocks, json.dumps(blocks)):
            await page_harness.emulator.raw(
                "chat.postEphemeral",
                channel=page_harness.general.id,
                user=page_harness.bob.id,
                text=value,
                blocks=given,
            )
        hook = page_harness.emulator.slack.state.response_urls.mint(
            "commands", page_harness.bob.id, page_harness.general.id
        )
        async with page_harness.emulator.session.post(
            page_harness.emulator.slack.state.base_url + hook.path, json={"text": value, "blocks": blocks}
        ) as answer:
            assert answer.status == 200
        await page.until(lambda: sum(bool(call["ok"]) for call in page.calls.values()) == 3)
        assert value not in json.dumps(list(page.calls.values()))
        assert page.calls[1]["summary"] == "channel=#general user=@bob 1 blocks"


async def test_only_the_newest_calls_are_told(page_harness: PageHarness) -> None:
    for number in range(250):
        page_harness.emulator.slack.state.record.begin("api.test", {"ts": str(number)})
    async with browser(page_harness.address) as page:
        await page.until(lambda: page.calls)
        assert sorted(page.calls) == list(range(51, 251))
