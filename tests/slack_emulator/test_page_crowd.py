"""Many messages, and browsers that do not keep up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

from slack_emulator.messages import Message
from tests.slack_emulator.page_browser import browser, origin_of

if TYPE_CHECKING:
    from tests.slack_emulator.page_room import Room


def say(room: Room, count: int, size: int = 200) -> None:
    """Messages, without the Web API between."""
    workspace = room.emulator.slack.stage.workspace
    for number in range(count):
        text = f"{number:05d} " + "x" * size
        blocks = [{"type": "section", "block_id": f"b{number}", "text": {"type": "mrkdwn", "text": text}}]
        workspace.say(Message(room.general.id, workspace.stamps.next(), workspace.bot.id, text, blocks))
    room.page.ring()


async def test_five_hundred_messages_come_in_one_go(room: Room) -> None:
    say(room, 500)
    async with browser(room.address) as page:
        await page.sit("alice")
        puts = [frame for frame in page.frames if frame["type"] == "put"]
        assert [len(frame["messages"]) for frame in puts] == [500]


async def test_what_happens_together_travels_together(room: Room) -> None:
    async with browser(room.address) as page:
        await page.sit("alice", "bob")
        for _ in range(500):
            say(room, 1)
        await page.until(lambda: len(page.sees("alice", room.general.id)) == 500)
        await page.until(lambda: len(page.sees("bob", room.general.id)) == 500)
        assert sum(frame["type"] == "put" for frame in page.frames) < 20


async def deaf(room: Room, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """A browser that sits down and then reads nothing."""
    ws = await session.ws_connect(
        f"{room.address}ws", headers={"Origin": origin_of(room.address)}, max_msg_size=0
    )
    await ws.send_json({"id": 1, "do": "sit", "seat": room.alice.id})
    transport_of(ws).pause_reading()
    return ws


def transport_of(ws: aiohttp.ClientWebSocketResponse) -> Any:
    connection = ws._response.connection
    assert connection
    return connection.transport


async def test_a_browser_that_reads_nothing_holds_up_nobody(room: Room) -> None:
    async with aiohttp.ClientSession() as session, browser(room.address) as page:
        ws = await deaf(room, session)
        await page.sit("alice")
        for _ in range(30):
            say(room, 100, size=2_000)
            await asyncio.sleep(0)
        await page.until(lambda: len(page.sees("alice", room.general.id)) == 3_000)
        await room.post(room.general, "the last one")
        await page.until(lambda: "the last one" in page.everything("alice"))
        ws._response.close()


async def test_a_browser_that_reads_nothing_does_not_hold_up_the_end(room: Room) -> None:
    async with aiohttp.ClientSession() as session:
        async with room.page.served() as address:
            other = room.address
            room.address = address
            ws = await deaf(room, session)
            room.address = other
            for _ in range(10):
                say(room, 1_000, size=2_000)
                await asyncio.sleep(0.02)
        assert transport_of(ws), "the browser has not gone: the page ended beside it"
        ws._response.close()


async def test_what_a_browser_began_ends_although_it_is_gone(room: Room) -> None:
    app, gate = room.emulator.app(), asyncio.Event()

    async def answer(ack: Any) -> None:
        await gate.wait()
        await ack("the answer")

    app.command("/envaccess")(answer)
    await room.emulator.connect(app)
    async with browser(room.address) as page:
        await page.ws.send_json(
            {
                "id": 1,
                "do": "command",
                "seat": room.alice.id,
                "channel": room.general.id,
                "text": "/envaccess",
            }
        )
        await room.emulator.slack.until(lambda: room.emulator.slack.deliveries)
    gate.set()
    await room.emulator.slack.until(lambda: room.alice.find("the answer"))


async def test_a_socket_that_is_cut_leaves_nothing_behind(room: Room) -> None:
    for _ in range(40):
        async with aiohttp.ClientSession() as session:
            ws = await session.ws_connect(f"{room.address}ws", headers={"Origin": origin_of(room.address)})
            await ws.send_json({"id": 1, "do": "sit", "seat": room.alice.id})
            transport_of(ws).abort()
    async with browser(room.address) as page:
        await page.sit("alice")
        for _ in range(500):
            if len(room.page._visitors) == 1:
                break
            await asyncio.sleep(0.01)
        assert len(room.page._visitors) == 1
