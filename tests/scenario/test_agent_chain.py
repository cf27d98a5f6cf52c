"""The whole chain: an agent, the real broker on its socket, the real bot, people in Slack, a real service."""

import asyncio
import gzip
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from mcp import Client, StdioServerParameters, stdio_client, types

from envaccess.domain.request import GrantState
from envaccess.run.forms import forms_of
from tests.fakes.api import ApiClient
from tests.fakes.http_service import HttpService, ReceivedRequest, http_service
from tests.scenario import processes
from tests.scenario.brokers import (
    LOGGED_COMMAND,
    VALUE,
    WANTED,
    AgentBroker,
    agents_broker,
    agents_policy,
    decision_on,
    let_ask,
)
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, finds, last_event
from tests.scenario.recording_proxy import RecordingProxy
from tests.scenario.terminal import api_bot, terminal
from tests.scenario.test_http_mode import free_port
from tests.scenario.test_terminal_leaks import Evidence, log_of
from tests.scenario.watch import MINUTE, everything_stored, one_request, told
from tests.sentences.leaves import texts_sent

pytestmark = pytest.mark.usefixtures("quick_codes")

FORMS = forms_of([("V", VALUE)]).forms
WEBSOCKET = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
_EVENTS = "Content-Type: text/event-stream"


def _answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def _chunks(*parts: bytes, headers: str = "X-A: b") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{headers}\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


ECHOES: dict[str, Callable[[bytes], bytes]] = {
    "header": lambda sent: _answer(b"ok", f"X-You-Sent: {sent.decode()}"),
    "body": lambda sent: _answer(b"you sent " + sent),
    "chunks": lambda sent: _chunks(b"data ", sent[:20], sent[20:], b"."),
    "gzip": lambda sent: _answer(gzip.compress(b"x" * 99 + sent), "Content-Encoding: gzip"),
    "redirect": lambda sent: _answer(
        b"", f"Location: /things/2?a={quote(sent, safe='')}", status="302 Found"
    ),
    "events": lambda sent: _chunks(
        b"data: 1\n\n", b"data: " + sent[:20], sent[20:] + b"\n\n", headers=_EVENTS
    ),
}
"""Ways in which a service answers with what it was sent."""


@asynccontextmanager
async def chain(
    harness: ScenarioHarness, *words: str
) -> AsyncIterator[tuple[AgentBroker, HttpService, ApiClient]]:
    """The bot, a service, and the broker of an agent that Alice started."""
    await harness.store(STRIPE, VALUE)
    async with (
        http_service() as service,
        api_bot(harness, policy_file=agents_policy(harness, service)) as base,
        terminal(harness, base) as alice,
        agents_broker(harness, alice, *words) as broker,
    ):
        yield broker, service, alice


def _answers(service: HttpService, echo: Callable[[bytes], bytes]) -> None:
    async def answer(received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        (sent,) = received.every("authorization")
        writer.write(echo(sent.encode()))
        await writer.drain()

    service.answer_with(answer)


async def test_an_agent_calls_a_service_after_its_person_and_another_agreed_and_never_sees_the_value(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    await harness.store(STRIPE, VALUE)
    evidence, port = Evidence([VALUE]), free_port()
    proxy = RecordingProxy(port)
    said = {"PORT": str(port), "ENVACCESS_API_URL": proxy.url, "ENVACCESS_LOG_LEVEL": "debug"}
    async with (
        http_service() as service,
        proxy.serving(),
        processes.running(harness, **said, ENVACCESS_POLICY_FILE=str(agents_policy(harness, service))) as bot,
        terminal(harness, proxy.url) as alice,
        agents_broker(harness, alice, "agent", "start", "--foreground") as broker,
    ):
        found = await broker.call("GET", "/shop/things/1")
        assert (found.status, found.reason) == (403, "no_access")
        asked = await broker.ask("POST", "requests", WANTED)
        assert asked["state"] == "proposed"
        assert (await broker.call("GET", "/shop/things/1")).reason == "no_access"
        await let_ask(harness)
        decision = await decision_on(harness, asked["id"])
        press = await harness.alice.press(decision, "Approve", forged=True)
        assert "own" in await told(harness, press)
        assert (await broker.call("GET", "/shop/things/1")).reason == "no_access"
        assert service.requests == []
        await harness.heeded(partial(harness.bob.press, decision, "Approve"))
        for number in (1, 1, 2):
            found = await broker.call("GET", f"/shop/things/{number}?page=7")
            assert (found.status, found.body) == (200, b"ok"), found.raw
        assert (await broker.call("GET", "/shop/things/3", *WEBSOCKET)).reason == "upgrade"
        assert [each.every("authorization") for each in service.requests] == [[f"Bearer {VALUE}"]] * 3
        broker.process.send_signal(signal.SIGTERM)
        assert await broker.process.wait() == 0
        calls = [event.detail for event in await harness.events() if event.event == "broker.called"]
        assert {(call["path"], call["times"]) for call in calls} == {("/things/1", "2"), ("/things/2", "1")}
        await audit_says(harness, "grant.revoked", "because the session that asked for it is over")
        await audit_says(harness, "session.ended", "agent")
        evidence.keep(broker=broker.errors.read_bytes(), agent=bytes(broker.answered))
    evidence.keep(log=log_of(bot), asked=bytes(proxy.asked), answered=bytes(proxy.answered))
    evidence.keep(store=str(await everything_stored(harness)).encode())
    evidence.keep(slack="\n".join(texts_sent(harness.slack)).encode())
    evidence.keep_files(harness, tmp_path)
    assert evidence.found() == []
    looked_at = {"broker", "agent", "log", "asked", "answered", "store", "slack"}
    assert all(evidence.seen.get(what) for what in looked_at)


@pytest.mark.usefixtures("unpaced")
async def test_an_answer_with_the_value_is_cut_and_ends_the_grant_for_everybody_to_see(
    harness: ScenarioHarness,
) -> None:
    async with chain(harness, "broker") as (broker, service, _):
        for way, echo in ECHOES.items():
            await harness.move_clock(MINUTE)
            id_ = await broker.granted()
            service.answer_with(_answer(b"ok"))
            assert (await broker.call("GET", "/shop/things/before")).status == 200, way
            _answers(service, echo)
            found = await broker.call("GET", f"/shop/things/{way}?q=1")
            assert found.status == 502 or not found.is_whole, way
            await audit_says(harness, "broker.blocked", "`STRIPE_KEY`", f"/things/{way}")
            blocked = await last_event(harness, "broker.blocked")
            assert (blocked.request, blocked.detail["blocked"], blocked.detail["times"]) == (id_, "echo", "1")
            held = await one_request(harness, id_)
            assert held.grant is GrantState.REVOKED, way
            assert (await broker.ask("GET", f"requests/{id_}"))["grant"]["state"] == "revoked"
            assert (await broker.call("GET", "/shop/things/after")).reason == "no_access", way
            await finds(harness, harness.alice, id_, "The broker cut the answer off")
        seen = bytes(broker.answered) + broker.errors.read_bytes()
        assert [form for form in FORMS if form in seen] == []


async def _stream(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
    """Events that go on, with the beginning of the value in one that is not over."""
    writer.write(_chunks(b"data: 1\n\n", b"data: " + VALUE[:9].encode(), headers=_EVENTS)[:-5])
    await writer.drain()
    await asyncio.sleep(3_600)


@asynccontextmanager
async def broken_off(broker: AgentBroker) -> AsyncIterator[None]:
    """A stream that what is done within breaks off, and the caller sees that."""
    reading, writing = await broker.open("GET", "/shop/things/1")
    assert b" 200 " in await reading.readuntil(b"data: 1\n\n"), "an event passes at once"
    yield
    left = await broker.rest(reading)
    writing.close()
    assert not left.endswith(b"0\r\n\r\n"), "the caller takes it for whole"
    assert VALUE[:9].encode() not in left


async def test_a_stream_ends_with_access_in_slack_and_with_a_kill_after_which_a_new_session_is_needed(
    harness: ScenarioHarness,
) -> None:
    async with chain(harness, "broker") as (broker, service, alice):
        service.answer_with(_stream)
        id_ = await broker.granted()
        async with broken_off(broker):
            card = await finds(harness, harness.alice, id_, "[ End now ]")
            await harness.heeded(partial(harness.alice.press, card, "End now"))
        assert (await broker.call("GET", "/shop/things/1")).reason == "no_access"
        await harness.move_clock(MINUTE)
        id_ = await broker.granted()
        async with broken_off(broker):
            broker.process.kill()
        (agent,) = (await alice.get("/v1/agents")).json["agents"]
        assert agent["state"] == "confirmed"
        assert (await one_request(harness, id_)).grant is GrantState.ACTIVE
        async with agents_broker(harness, alice, "broker") as second:
            assert (await second.ask("GET", "status"))["agent"] != agent["id"]
            assert (await second.call("GET", "/shop/things/1")).reason == "no_access"
            assert (await second.ask("GET", f"requests/{id_}"))["reason"] == "not_yours"
        await harness.heeded(partial(harness.alice.press, broker.started, "End it"))
        await audit_says(harness, "grant.revoked", "because the session that asked for it is over")
        ended = await last_event(harness, "grant.revoked")
        assert (ended.request, ended.detail["why"]) == (id_, "session_ended")
    assert len(service.requests) == 2


async def test_an_end_in_slack_breaks_off_a_stream_that_began_before_the_bot_restarted(
    harness: ScenarioHarness,
) -> None:
    await harness.store(STRIPE, VALUE)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with http_service() as service, AsyncExitStack() as before, AsyncExitStack() as agent:
        told = {"policy_file": agents_policy(harness, service), "port": port, "api_url": base}
        await before.enter_async_context(harness.bot(**told))
        alice = await agent.enter_async_context(terminal(harness, base))
        broker = await agent.enter_async_context(agents_broker(harness, alice, "broker"))
        id_ = await broker.granted()
        service.answer_with(_stream)
        async with broken_off(broker):
            await before.aclose()
            await agent.enter_async_context(harness.bot(**told))
            card = await finds(harness, harness.alice, id_, "[ End now ]")
            await harness.heeded(partial(harness.alice.press, card, "End now"))
        assert (await broker.call("GET", "/shop/things/1")).reason == "no_access"


@asynccontextmanager
async def mcp(broker: AgentBroker, folder: Path) -> AsyncIterator[Client]:
    """The official client, and the server that it starts; what that writes is kept in the folder."""
    server = StdioServerParameters(
        command="sh",
        args=["-c", '"$0" -c "$1" mcp | tee "$2"', sys.executable, LOGGED_COMMAND, str(folder / "written")],
        env={"ENVACCESS_BROKER": broker.url},
    )
    with (folder / "errors").open("w") as errors:
        async with Client(stdio_client(server, errlog=errors)) as client:
            yield client


async def tool(client: Client, name: str, **given: object) -> Any:
    """What a tool says."""
    (content,) = (await client.call_tool(name, given)).content
    assert isinstance(content, types.TextContent)
    return json.loads(content.text)


@pytest.mark.usefixtures("unpaced")
async def test_no_tool_of_mcp_shows_the_value_while_access_is_live(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    async with chain(harness, "broker") as (broker, service, _), mcp(broker, tmp_path) as client:
        (listed,) = (await tool(client, "list_variables"))["services"]
        assert (listed["name"], listed["variable"]) == ("shop", "STRIPE_KEY")
        id_ = (await tool(client, "request_access", **WANTED))["id"]
        assert (await tool(client, "check_request", id=id_))["state"] == "proposed"
        await let_ask(harness)
        decision = await decision_on(harness, id_)
        assert (await tool(client, "check_request", id=id_))["state"] == "pending"
        await harness.heeded(partial(harness.bob.press, decision, "Approve"))
        assert (await tool(client, "check_request", id=id_))["grant"]["state"] == "active"
        call = {"service": "shop", "method": "GET", "path": "/things/1"}
        assert (await tool(client, "http_request", **call))["body"] == "ok"
        assert (await tool(client, "list_variables"))["services"] == [listed]
        assert (await tool(client, "request_access", **WANTED))["id"] == id_
        assert (await tool(client, "end_access", id=id_))["state"] == "revoked"
        refused = await tool(client, "http_request", **call)
        assert (refused["status"], json.loads(refused["body"])["reason"]) == (403, "no_access")
        await harness.move_clock(MINUTE)
        id_ = await broker.granted()
        _answers(service, ECHOES["chunks"])
        assert "error" in await tool(client, "http_request", **call)
        await audit_says(harness, "broker.blocked", "`STRIPE_KEY`")
        assert (await tool(client, "check_request", id=id_))["grant"]["state"] == "revoked"
    assert len(service.requests) == 2
    written = (tmp_path / "written").read_bytes()
    assert b"no_access" in written
    seen = written + (tmp_path / "errors").read_bytes()
    assert [form for form in FORMS if form in seen] == []
