"""Socket Mode: hello, envelopes over any connection, refreshes, losses, repeats."""

import asyncio
from typing import Any

import aiohttp
import pytest

from slack_emulator import Json
from tests.slack_emulator.harness import EmulatorHarness


class Wire:
    """One raw web socket of the app."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def next(self) -> Json:
        frame: Json = await self.ws.receive_json(timeout=2)
        return frame

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        extra = {} if payload is None else {"payload": payload}
        await self.ws.send_json({"envelope_id": envelope["envelope_id"], **extra})


async def wired(emulator: EmulatorHarness) -> Wire:
    """Open a raw connection and read its hello."""
    url = (await emulator.raw("apps.connections.open", token=emulator.slack.app_token))["url"]
    wire = Wire(await emulator.session.ws_connect(url))
    assert (await wire.next())["type"] == "hello"
    return wire


async def test_a_connection_begins_with_hello(emulator: EmulatorHarness) -> None:
    url = (await emulator.client.apps_connections_open(app_token=emulator.slack.app_token))["url"]
    async with emulator.session.ws_connect(url) as ws:
        hello = await ws.receive_json()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": "A0PLAYGROUND"}


async def test_a_connection_url_works_once(emulator: EmulatorHarness) -> None:
    url = (await emulator.client.apps_connections_open(app_token=emulator.slack.app_token))["url"]
    async with emulator.session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await emulator.session.ws_connect(url)


async def test_the_eleventh_connection_is_turned_away(emulator: EmulatorHarness) -> None:
    wires = [await wired(emulator) for _ in range(10)]
    url = (await emulator.raw("apps.connections.open", token=emulator.slack.app_token))["url"]
    async with emulator.session.ws_connect(url) as ws:
        goodbye = await ws.receive_json()
    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "too_many_websockets")
    assert emulator.slack.connections == 10
    for wire in wires:
        await wire.ws.close()


async def test_an_envelope_is_answered_by_its_id(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    command = asyncio.create_task(emulator.alice.command("/hey"))
    envelope = await wire.next()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    await wire.ack({"envelope_id": "another"}, {"text": "not this"})
    await wire.ack(envelope, {"text": "this"})
    assert (await command).text == "this"


async def test_events_say_which_try_they_are(emulator: EmulatorHarness) -> None:
    emulator.slack.dispatcher.patience = 0.05
    wire = await wired(emulator)
    telling = asyncio.create_task(emulator.slack.tell(emulator.slack.change(emulator.bob, deleted=True)))
    tries = [await wire.next() for _ in range(4)]
    assert [envelope["retry_attempt"] for envelope in tries] == [0, 1, 2, 3]
    assert len({envelope["payload"]["event_id"] for envelope in tries}) == 1
    assert tries[0]["payload"]["event"]["user"]["deleted"] is True
    assert (await telling).error == "operation_timeout"


async def test_an_acknowledged_event_is_not_tried_again(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    telling = asyncio.create_task(emulator.slack.open_home(emulator.alice))
    await wire.ack(await wire.next())
    assert (await telling).acks == [{}]


async def test_payloads_go_to_any_connection(emulator: EmulatorHarness) -> None:
    hits: list[int] = []

    def bot(number: int) -> Any:
        async def hear(ack: Any) -> None:
            hits.append(number)
            await ack()

        app = emulator.app()
        app.command("/hey")(hear)
        return app

    await emulator.connect(bot(1))
    await emulator.connect(bot(2))
    for _ in range(4):
        await emulator.alice.command("/hey")
    assert sorted(hits) == [1, 1, 2, 2]


async def test_a_payload_can_come_twice_with_the_same_ids(emulator: EmulatorHarness) -> None:
    heard: list[Json] = []

    async def hear(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack(f"answer {len(heard)}")

    app = emulator.app()
    app.command("/hey")(hear)
    await emulator.connect(app)
    emulator.slack.deliver_twice()
    reply = await emulator.alice.command("/hey", channel=emulator.general)
    assert len(heard) == 2
    assert heard[0]["trigger_id"] == heard[1]["trigger_id"]
    assert reply.text == "answer 1"
    assert len(emulator.alice.sees(emulator.general)) == 1
    await emulator.alice.command("/hey", channel=emulator.general)
    assert len(heard) == 3


async def test_a_delivery_can_be_repeated_later(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    emulator.slack.dispatcher.patience = 0.05
    assert (await emulator.alice.command("/hey")).error == "operation_timeout"
    first = await wire.next()
    again = asyncio.create_task(emulator.slack.repeat(emulator.slack.deliveries[0]))
    second = await wire.next()
    assert second == first
    await wire.ack(second, {"text": "now"})
    assert (await again).ack == {"text": "now"}


async def test_a_late_acknowledgement_is_recorded_and_changes_nothing(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    emulator.slack.dispatcher.patience = 0.05
    reply = await emulator.alice.command("/hey", channel=emulator.general)
    await wire.ack(await wire.next(), {"text": "too late"})
    [late] = await emulator.slack.until(lambda: emulator.slack.said("too late"))
    assert late.via == "ack:late"
    assert (reply.message, emulator.alice.sees(emulator.general)) == (None, [])


async def test_losing_the_connection_fails_the_command_at_once(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    command = asyncio.create_task(emulator.alice.command("/hey"))
    await wire.next()
    await wire.ws.close()
    assert (await command).error == "dispatch_failed"


async def test_a_refresh_is_followed_by_the_sdk_without_losing_commands(emulator: EmulatorHarness) -> None:
    async def hear(ack: Any) -> None:
        await ack("here")

    app = emulator.app()
    app.command("/hey")(hear)
    await emulator.connect(app)
    await emulator.slack.refresh_sockets()
    await emulator.slack.connected()
    assert (await emulator.alice.command("/hey")).text == "here"
    assert len(emulator.slack.calls_of("apps.connections.open")) == 2


async def test_a_draining_connection_gets_nothing_new(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    await emulator.slack.refresh_sockets("warning")
    assert (await wire.next())["reason"] == "warning"
    assert (await emulator.alice.command("/hey")).error == "dispatch_failed"
    await wire.ws.close()


async def test_a_cut_connection_is_opened_anew_by_the_sdk(emulator: EmulatorHarness) -> None:
    async def hear(ack: Any) -> None:
        await ack("here again")

    app = emulator.app()
    app.command("/hey")(hear)
    await emulator.connect(app)
    emulator.slack.drop_sockets()
    assert emulator.slack.connections == 0
    await emulator.slack.connected()
    assert (await emulator.alice.command("/hey")).text == "here again"


async def test_while_slack_is_down_nobody_connects(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    url = (await emulator.raw("apps.connections.open", token=emulator.slack.app_token))["url"]
    with emulator.slack.down():
        assert (await wire.ws.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE)
        with pytest.raises(aiohttp.ClientError):
            await emulator.session.ws_connect(url)
        with pytest.raises(aiohttp.ClientError):
            await emulator.raw("api.test")
    async with emulator.session.ws_connect(url) as ws:
        assert (await ws.receive_json())["type"] == "hello"


async def test_membership_events_have_slacks_fields(emulator: EmulatorHarness) -> None:
    wire = await wired(emulator)
    carol = emulator.slack.add_person("carol")
    events = []
    for event in (
        emulator.slack.join(carol, emulator.general),
        emulator.slack.leave(carol, emulator.general),
        emulator.slack.share(emulator.general),
    ):
        telling = asyncio.create_task(emulator.slack.tell(event))
        envelope = await wire.next()
        events.append(envelope["payload"]["event"])
        await wire.ack(envelope)
        await telling
    assert [event["type"] for event in events] == [
        "member_joined_channel",
        "member_left_channel",
        "channel_shared",
    ]
    assert {event["channel"] for event in events} == {emulator.general.id}
    assert (events[0]["user"], events[0]["channel_type"]) == (carol.id, "C")
    assert carol.id not in emulator.general.members
    assert envelope["payload"]["type"] == "event_callback"
    assert envelope["payload"]["authorizations"][0]["user_id"] == "U0BOT"
