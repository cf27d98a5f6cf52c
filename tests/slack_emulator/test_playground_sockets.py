"""Socket Mode: hello, envelopes over any connection, refreshes, losses, repeats."""

import asyncio
from typing import Any

import aiohttp
import pytest

from slack_emulator import Json
from tests.slack_emulator.house import House


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


async def wired(house: House) -> Wire:
    """Open a raw connection and read its hello."""
    url = (await house.raw("apps.connections.open", token=house.slack.app_token))["url"]
    wire = Wire(await house.session.ws_connect(url))
    assert (await wire.next())["type"] == "hello"
    return wire


async def test_a_connection_begins_with_hello(house: House) -> None:
    url = (await house.client.apps_connections_open(app_token=house.slack.app_token))["url"]
    async with house.session.ws_connect(url) as ws:
        hello = await ws.receive_json()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": "A0PLAYGROUND"}


async def test_a_connection_url_works_once(house: House) -> None:
    url = (await house.client.apps_connections_open(app_token=house.slack.app_token))["url"]
    async with house.session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await house.session.ws_connect(url)


async def test_the_eleventh_connection_is_turned_away(house: House) -> None:
    wires = [await wired(house) for _ in range(10)]
    url = (await house.raw("apps.connections.open", token=house.slack.app_token))["url"]
    async with house.session.ws_connect(url) as ws:
        goodbye = await ws.receive_json()
    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", "too_many_websockets")
    assert house.slack.connections == 10
    for wire in wires:
        await wire.ws.close()


async def test_an_envelope_is_answered_by_its_id(house: House) -> None:
    wire = await wired(house)
    command = asyncio.create_task(house.alice.command("/hey"))
    envelope = await wire.next()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    await wire.ack({"envelope_id": "another"}, {"text": "not this"})
    await wire.ack(envelope, {"text": "this"})
    assert (await command).text == "this"


async def test_events_say_which_try_they_are(house: House) -> None:
    house.slack.courier.patience = 0.05
    wire = await wired(house)
    telling = asyncio.create_task(house.slack.tell(house.slack.change(house.bob, deleted=True)))
    tries = [await wire.next() for _ in range(4)]
    assert [envelope["retry_attempt"] for envelope in tries] == [0, 1, 2, 3]
    assert len({envelope["payload"]["event_id"] for envelope in tries}) == 1
    assert tries[0]["payload"]["event"]["user"]["deleted"] is True
    assert (await telling).error == "operation_timeout"


async def test_an_acknowledged_event_is_not_tried_again(house: House) -> None:
    wire = await wired(house)
    telling = asyncio.create_task(house.slack.open_home(house.alice))
    await wire.ack(await wire.next())
    assert (await telling).acks == [{}]


async def test_payloads_go_to_any_connection(house: House) -> None:
    hits: list[int] = []

    def bot(number: int) -> Any:
        async def hear(ack: Any) -> None:
            hits.append(number)
            await ack()

        app = house.app()
        app.command("/hey")(hear)
        return app

    await house.connect(bot(1))
    await house.connect(bot(2))
    for _ in range(4):
        await house.alice.command("/hey")
    assert sorted(hits) == [1, 1, 2, 2]


async def test_a_payload_can_come_twice_with_the_same_ids(house: House) -> None:
    heard: list[Json] = []

    async def hear(ack: Any, body: Json) -> None:
        heard.append(body)
        await ack(f"answer {len(heard)}")

    app = house.app()
    app.command("/hey")(hear)
    await house.connect(app)
    house.slack.deliver_twice()
    reply = await house.alice.command("/hey", channel=house.general)
    assert len(heard) == 2
    assert heard[0]["trigger_id"] == heard[1]["trigger_id"]
    assert reply.text == "answer 1"
    assert len(house.alice.sees(house.general)) == 1
    await house.alice.command("/hey", channel=house.general)
    assert len(heard) == 3


async def test_a_delivery_can_be_repeated_later(house: House) -> None:
    wire = await wired(house)
    house.slack.courier.patience = 0.05
    assert (await house.alice.command("/hey")).error == "operation_timeout"
    first = await wire.next()
    again = asyncio.create_task(house.slack.repeat(house.slack.deliveries[0]))
    second = await wire.next()
    assert second == first
    await wire.ack(second, {"text": "now"})
    assert (await again).ack == {"text": "now"}


async def test_a_late_acknowledgement_is_recorded_and_changes_nothing(house: House) -> None:
    wire = await wired(house)
    house.slack.courier.patience = 0.05
    reply = await house.alice.command("/hey", channel=house.general)
    await wire.ack(await wire.next(), {"text": "too late"})
    [late] = await house.slack.until(lambda: house.slack.said("too late"))
    assert late.via == "ack:late"
    assert (reply.message, house.alice.sees(house.general)) == (None, [])


async def test_losing_the_connection_fails_the_command_at_once(house: House) -> None:
    wire = await wired(house)
    command = asyncio.create_task(house.alice.command("/hey"))
    await wire.next()
    await wire.ws.close()
    assert (await command).error == "dispatch_failed"


async def test_a_refresh_is_followed_by_the_sdk_without_losing_commands(house: House) -> None:
    async def hear(ack: Any) -> None:
        await ack("here")

    app = house.app()
    app.command("/hey")(hear)
    await house.connect(app)
    await house.slack.refresh_sockets()
    await house.slack.connected()
    assert (await house.alice.command("/hey")).text == "here"
    assert len(house.slack.calls_of("apps.connections.open")) == 2


async def test_a_draining_connection_gets_nothing_new(house: House) -> None:
    wire = await wired(house)
    await house.slack.refresh_sockets("warning")
    assert (await wire.next())["reason"] == "warning"
    assert (await house.alice.command("/hey")).error == "dispatch_failed"
    await wire.ws.close()


async def test_a_cut_connection_is_opened_anew_by_the_sdk(house: House) -> None:
    async def hear(ack: Any) -> None:
        await ack("here again")

    app = house.app()
    app.command("/hey")(hear)
    await house.connect(app)
    house.slack.drop_sockets()
    assert house.slack.connections == 0
    await house.slack.connected()
    assert (await house.alice.command("/hey")).text == "here again"


async def test_while_slack_is_down_nobody_connects(house: House) -> None:
    wire = await wired(house)
    url = (await house.raw("apps.connections.open", token=house.slack.app_token))["url"]
    with house.slack.down():
        assert (await wire.ws.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE)
        with pytest.raises(aiohttp.ClientError):
            await house.session.ws_connect(url)
        with pytest.raises(aiohttp.ClientError):
            await house.raw("api.test")
    async with house.session.ws_connect(url) as ws:
        assert (await ws.receive_json())["type"] == "hello"


async def test_membership_events_have_slacks_fields(house: House) -> None:
    wire = await wired(house)
    carol = house.slack.add_person("carol")
    events = []
    for event in (
        house.slack.join(carol, house.general),
        house.slack.leave(carol, house.general),
        house.slack.share(house.general),
    ):
        telling = asyncio.create_task(house.slack.tell(event))
        envelope = await wire.next()
        events.append(envelope["payload"]["event"])
        await wire.ack(envelope)
        await telling
    assert [event["type"] for event in events] == [
        "member_joined_channel",
        "member_left_channel",
        "channel_shared",
    ]
    assert {event["channel"] for event in events} == {house.general.id}
    assert (events[0]["user"], events[0]["channel_type"]) == (carol.id, "C")
    assert carol.id not in house.general.members
    assert envelope["payload"]["type"] == "event_callback"
    assert envelope["payload"]["authorizations"][0]["user_id"] == "U0BOT"
