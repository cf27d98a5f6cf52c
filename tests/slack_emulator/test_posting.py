"""HTTP mode: signed requests to a real Bolt app behind aiohttp."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from slack_emulator import HttpSender, Json
from tests.slack_emulator.harness import EmulatorHarness


@asynccontextmanager
async def served(emulator: EmulatorHarness, handler: Any) -> AsyncIterator[HttpSender]:
    """Serve a handler of `POST /slack/events`, and let the playground post to it."""
    server = web.Application()
    server.router.add_post("/slack/events", handler)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield emulator.slack.http_target(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    finally:
        await runner.cleanup()


class Bot:
    """A Bolt app in HTTP mode that keeps what it hears."""

    def __init__(self, emulator: EmulatorHarness) -> None:
        self.heard: list[Json] = []
        self.app = emulator.app()
        self.app.command("/hey")(self._hear)
        self.app.event("user_change")(self._hear_event)
        server = self.app.server(path="/slack/events", port=1)
        self.handle = server.handle_post_requests

    async def _hear(self, ack: Any, body: Json) -> None:
        self.heard.append(body)
        await ack(f"You said {body.get('text')}")

    async def _hear_event(self, body: Json) -> None:
        self.heard.append(body)


COMMAND = {"command": "/hey", "text": "raw", "team_id": "T0PLAYGROUND", "user_id": "U1"}


async def test_a_command_goes_as_a_signed_form_and_its_answer_comes_back(emulator: EmulatorHarness) -> None:
    bot = Bot(emulator)
    async with served(emulator, bot.handle):
        reply = await emulator.alice.command("/hey", "a & b <c>", channel=emulator.general)
    assert reply.text == "You said a &amp; b &lt;c&gt;"
    assert (reply.delivery.status, reply.error) == (200, None)
    assert bot.heard[0]["channel_id"] == emulator.general.id


async def test_presses_and_modals_go_as_a_payload_field(emulator: EmulatorHarness) -> None:
    heard: list[Json] = []

    async def press(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack()

    app = emulator.app()
    app.action("press")(press)
    button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}}
    await emulator.post("x", blocks=[{"type": "actions", "elements": [button]}])
    async with served(emulator, app.server(path="/slack/events", port=1).handle_post_requests):
        assert (await emulator.bob.press(emulator.bob.sees()[0], "press")).error is None
    assert heard[0]["type"] == "block_actions"


@pytest.mark.parametrize(
    "forgery",
    [
        {"signed": False},
        {"secret": "another-secret"},
        {"seconds": -301},
        {"seconds": 600},
        {"headers": {"X-Slack-Signature": "v0=0"}},
    ],
)
async def test_forged_requests_are_refused_by_bolt(
    emulator: EmulatorHarness, forgery: dict[str, Any]
) -> None:
    bot = Bot(emulator)
    how = {**forgery, "at": time.time() + forgery["seconds"]} if "seconds" in forgery else forgery
    how.pop("seconds", None)
    async with served(emulator, bot.handle) as sender:
        assert (await sender.send("slash_commands", COMMAND)).status == 200
        assert (await sender.send("slash_commands", COMMAND, **how)).status == 401
    assert len(bot.heard) == 1


async def test_the_url_is_verified_by_a_challenge(emulator: EmulatorHarness) -> None:
    async def deaf(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    async with served(emulator, Bot(emulator).handle) as sender:
        assert await sender.verify_url()
    async with served(emulator, deaf) as sender:
        assert not await sender.verify_url()


async def test_an_event_is_acknowledged_by_status(emulator: EmulatorHarness) -> None:
    bot = Bot(emulator)
    async with served(emulator, bot.handle):
        delivery = await emulator.slack.tell(emulator.slack.change(emulator.bob, deleted=True))
    assert (delivery.acked, delivery.status) == (True, 200)
    assert bot.heard[0]["event"]["user"]["id"] == emulator.bob.id


async def test_a_failed_event_is_tried_three_times_more_with_retry_headers(emulator: EmulatorHarness) -> None:
    tries: list[str | None] = []

    async def failing(request: web.Request) -> web.Response:
        tries.append(request.headers.get("x-slack-retry-num"))
        return web.Response(status=500)

    async with served(emulator, failing):
        delivery = await emulator.slack.tell({"type": "user_change"})
    assert tries == [None, "1", "2", "3"]
    assert (delivery.error, delivery.status) == ("dispatch_failed", 500)


async def test_an_app_can_ask_not_to_be_tried_again(emulator: EmulatorHarness) -> None:
    tries: list[web.Request] = []

    async def failing(request: web.Request) -> web.Response:
        tries.append(request)
        return web.Response(status=500, headers={"x-slack-no-retry": "1"})

    async with served(emulator, failing):
        await emulator.slack.tell({"type": "user_change"})
    assert len(tries) == 1


async def test_a_slow_or_missing_server_is_told_to_the_person(emulator: EmulatorHarness) -> None:
    emulator.slack.dispatcher.patience = 0.05
    gate = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    async with served(emulator, slow) as sender:
        assert (await emulator.alice.command("/hey")).error == "operation_timeout"
        gate.set()
    emulator.slack.http_target(sender.url)
    assert (await emulator.alice.command("/hey")).error == "dispatch_failed"


async def test_plain_text_and_json_answers_both_show(emulator: EmulatorHarness) -> None:
    async def plain(_request: web.Request) -> web.Response:
        return web.Response(text="plain words")

    async def structured(_request: web.Request) -> web.Response:
        return web.json_response({"text": "from json"})

    async with served(emulator, plain):
        assert (await emulator.alice.command("/hey")).text == "plain words"
    async with served(emulator, structured):
        assert (await emulator.alice.command("/hey")).text == "from json"


async def test_a_doubled_delivery_comes_twice(emulator: EmulatorHarness) -> None:
    bot = Bot(emulator)
    emulator.slack.deliver_twice()
    async with served(emulator, bot.handle):
        await emulator.alice.command("/hey", "once")
    assert [body["text"] for body in bot.heard] == ["once", "once"]
    assert bot.heard[0]["trigger_id"] == bot.heard[1]["trigger_id"]
