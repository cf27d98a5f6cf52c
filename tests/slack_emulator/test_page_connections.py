"""Many messages, and browsers that do not keep up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

from slack_emulator.messages import Message
from tests.slack_emulator.page_browser import browser, origin_of

if TYPE_CHECKING:
    from tests.slack_emulator.page_harness import PageHarness


def say(page_harness: PageHarness, count: int, size: int = 200) -> None:
    """Messages, without the Web API between."""
    workspace = page_harness.emulator.slack.state.workspace
    for number in range(count):
        text = f"{number:05d} " + "x" * size
        blocks = [{"type": "section", "block_id": f"b{number}", "text": {"type": "mrkdwn", "text": text}}]
        workspace.say(
            Message(page_harness.general.id, workspace.stamps.next(), workspace.bot.id, text, blocks)
        )
    page_harness.page.notify()


async def test_five_hundred_messages_come_in_one_go(page_harness: PageHarness) -> None:
    say(page_harness, 500)
    async with browser(page_harness.address) as page:
        await page.sit("alice")
        puts = [frame for frame in page.frames if frame["type"] == "put"]
        assert [len(frame["messages"]) for frame in puts] == [500]


async def test_what_happens_together_travels_together(page_harness: PageHarness) -> None:
    async with browser(page_harness.address) as page:
        await page.sit("alice", "bob")
        for _ in range(500):
            say(page_harness, 1)
        await page.until(lambda: len(page.sees("alice", page_harness.general.id)) == 500)
        await page.until(lambda: len(page.sees("bob", page_harness.general.id)) == 500)
        assert sum(frame["type"] == "put" for frame in page.frames) < 20


async def deaf(page_harness: PageHarness, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A browser that sits down and then reads nothing."""
    ws = await session.ws_connect(
        f"{page_harness.address}ws", headers={"Origin": origin_of(page_harness.address)}, max_msg_size=0
    )
    await ws.send_json({"id": 1, "do": "sit", "seat": page_harness.alice.id})
    transport_of(ws).pause_reading()
    return ws


def transport_of(ws: aiohttp.ClientWebSocketResponse) -> Any:
    connection = ws._response.connection
    assert connection
    return connection.transport


async def test_a_browser_that_reads_nothing_holds_up_nobody(page_harness: PageHarness) -> None:
    async with aiohttp.ClientSession() as session, browser(page_harness.address) as page:
        ws = await deaf(page_harness, session)
        await page.sit("alice")
        for _ in range(30):
            say(page_harness, 100, size=2_000)
            await asyncio.sleep(0)
        await page.until(lambda: len(page.sees("alice", page_harness.general.id)) == 3_000)
        await page_harness.post(page_harness.general, "the last one")
        await page.until(lambda: "the last one" in page.everything("alice"))
        ws._response.close()


async def test_a_browser_that_reads_nothing_does_not_hold_up_the_end(page_harness: PageHarness) -> None:
    async with aiohttp.ClientSession() as session:
        async with page_harness.page.served() as address:
            other = page_harness.address
            page_harness.address = address
            ws = await deaf(page_harness, session)
            page_harness.address = other
            for _ in range(10):
                say(page_harness, 1_000, size=2_000)
                await asyncio.sleep(0.02)
        assert transport_of(ws), "the browser has not gone: the page ended beside it"
        ws._response.close()


async def test_what_a_browser_began_ends_although_it_is_gone(page_harness: PageHarness) -> None:
    app, gate = page_harness.emulator.app(), asyncio.Event()

    async def answer(ack: Any) -> None:
        await gate.wait()
        await ack("the answer")

    app.command("/envaccess")(answer)
    await page_harness.emulator.connect(app)
    async with browser(page_harness.address) as page:
        await page.ws.send_json(
            {
                "id": 1,
                "do": "command",
                "seat": page_harness.alice.id,
                "channel": page_harness.general.id,
                "text": "/envaccess",
            }
        )
        await page_harness.emulator.slack.until(lambda: page_harness.emulator.slack.deliveries)
    gate.set()
    await page_harness.emulator.slack.until(lambda: page_harness.alice.find("the answer"))


async def test_a_socket_that_is_cut_leaves_nothing_behind(page_harness: PageHarness) -> None:
    for _ in range(40):
        async with aiohttp.ClientSession() as session:
            ws = await session.ws_connect(
                f"{page_harness.address}ws", headers={"Origin": origin_of(page_harness.address)}
            )
            await ws.send_json({"id": 1, "do": "sit", "seat": page_harness.alice.id})
            transport_of(ws).abort()
    async with browser(page_harness.address) as page:
        await page.sit("alice")
        for _ in range(500):
            if len(page_harness.page._connections) == 1:
                break
            await asyncio.sleep(0.01)
        assert len(page_harness.page._connections) == 1
