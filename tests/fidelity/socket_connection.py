"""A Socket Mode connection by hand: what Slack sends for what somebody does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    import aiohttp

    from slack_emulator import Json
    from tests.slack_emulator.harness import EmulatorHarness


@asynccontextmanager
async def connected(emulator: EmulatorHarness) -> AsyncIterator[tuple[aiohttp.ClientWebSocketResponse, Json]]:
    """An open connection, and its hello."""
    url = (await emulator.raw("apps.connections.open", token=emulator.slack.app_token))["url"]
    async with emulator.session.ws_connect(url) as wire:
        yield wire, await wire.receive_json(timeout=60)


async def envelope_of(
    emulator: EmulatorHarness, act: Coroutine[Any, Any, Any], answer: Json | None = None
) -> Json:
    """The envelope that an act leads to; it is acknowledged, with `answer` as its payload if there is one."""
    async with connected(emulator) as (wire, _):
        doing = asyncio.create_task(act)
        envelope: Json = await wire.receive_json(timeout=60)
        said = {} if answer is None else {"payload": answer}
        await wire.send_json({"envelope_id": envelope["envelope_id"], **said})
        await doing
    return envelope


async def payload_of(
    emulator: EmulatorHarness, act: Coroutine[Any, Any, Any], answer: Json | None = None
) -> Json:
    """The payload in that envelope."""
    payload: Json = (await envelope_of(emulator, act, answer))["payload"]
    return payload


def button(action_id: str = "press", **more: Any) -> Json:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": "Press"},
        "value": "v",
        **more,
    }


def row(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}
