"""What the scenario tests look at besides the screens: every byte in Redis, and when all is drawn."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from envaccess.domain.audit import Event
from envaccess.domain.cursors import LINES
from envaccess.domain.request import Request
from envaccess.store.cursors import RedisCursors
from slack_emulator import CommandReply, Message, Press, User
from tests.scenario.harness import ScenarioHarness

Reader = Callable[[str], Awaitable[object]]

MINUTE = 60.1
_PATIENCE = 60.0
_LOOK_AGAIN = 0.005


async def told(harness: ScenarioHarness, press: Press) -> str:
    """The private answer to a press, as it is drawn."""
    return harness.slack.draw(await harness.until(lambda: press.answers[0] if press.answers else None))


def heard(harness: ScenarioHarness, reply: CommandReply) -> str:
    """The private answer to a command, as it is drawn; only its author may see it."""
    assert reply.error is None, reply.error
    assert reply.message is not None
    assert reply.message.is_ephemeral
    return harness.slack.draw(reply.message)


async def say(harness: ScenarioHarness, text: str, who: User | None = None) -> str:
    """Type a command a minute after the last, so that nobody is told to slow down; returns the answer."""
    await harness.move_clock(MINUTE)
    return heard(harness, await harness.ask(text, who))


async def one_request(harness: ScenarioHarness, request: str = "") -> Request:
    """Alice's newest request, or that of an id, as the store holds it."""
    found = await (await harness.stored()).get(request) if request else (await harness.requests())[0]
    assert found is not None
    return found


def id_on(message: Message) -> str:
    """The request id that a message's buttons carry."""
    values = {
        element["value"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    }
    (found,) = values
    return str(found)


DECIDE = ["Approve", "Approve less…", "Ask…", "Deny"]
"""The buttons of a message that waits for a decision."""
AGAIN = ["Ask again"]
"""The buttons of a card that is over."""


def buttons(message: Message) -> list[str]:
    """The labels of its buttons."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["text"]["text"] for row in rows for element in row]


async def card_of(harness: ScenarioHarness, request: str) -> Message:
    """Alice's card for this request, as soon as it can reveal."""

    def card() -> Message | None:
        return next((m for m in harness.alice.sees() if "Reveal" in buttons(m) and id_on(m) == request), None)

    return await harness.until(card)


async def settled(harness: ScenarioHarness) -> None:
    """Wait until every message shows the newest state and every event has its line."""
    cursors = RedisCursors(harness.runner)

    async def quiet() -> bool:
        drawn = not await harness.runner.client.zcard(harness.runner.key("dirty"))
        events = await harness.events()
        return drawn and bool(events) and await cursors.at(LINES) == events[-1].id

    await comes_true(quiet)


async def comes_true(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what is true in Redis, where nothing happens in Slack that would tell of it."""
    async with asyncio.timeout(_PATIENCE):
        while not await condition():  # noqa: ASYNC110 - Redis rings no bell here
            await asyncio.sleep(_LOOK_AGAIN)


async def refusals(harness: ScenarioHarness) -> list[Event]:
    """The refused attempts that were audited in full."""
    return [event for event in await harness.events() if event.event == "access.refused"]


async def everything_stored(harness: ScenarioHarness) -> dict[str, str]:
    """Every key of the whole server with all that it holds, as text."""
    client: Any = harness.redis
    readers: dict[str, Reader] = {
        "string": client.get,
        "hash": client.hgetall,
        "zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        "stream": client.xrange,
        "list": lambda key: client.lrange(key, 0, -1),
        "set": client.smembers,
    }
    found = {}
    async for key in client.scan_iter(count=1000):
        if (kind := await client.type(key)) == "none":  # its time was over meanwhile
            continue
        held = await readers[kind](key)
        found[key] = json.dumps(held, ensure_ascii=False, default=str)
    return found


async def stored_with(harness: ScenarioHarness, needle: str) -> list[str]:
    """The keys whose name or content has this text; the server's own files count as well."""
    kept = await everything_stored(harness)
    found = [key for key, held in kept.items() if needle in key or needle in held]
    return found + [str(path) for path in server_files(harness) if needle.encode() in path.read_bytes()]


def server_files(harness: ScenarioHarness) -> list[Path]:
    """What the server itself wrote, its append-only file among it."""
    socket = Path(harness.redis_url.removeprefix("unix://").partition("?")[0])
    return [path for path in socket.parent.parent.rglob("*") if path.is_file()]
