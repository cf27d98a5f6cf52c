"""Socket Mode: connections that come back by a fresh URL, payloads that do not wait for each other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp

from envaccess.domain.errors import SettingsError
from envaccess.slack import socket
from envaccess.slack.app import build_app
from envaccess.slack.client import Identity, SlackClient
from envaccess.slack.incoming import dispatch
from envaccess.slack.socket import SocketMode
from slack_emulator import SlackEmulator
from tests.unit.slack.slack_stage import answering, on_stage, opened

Run = Callable[[str], Awaitable[str]]


async def echo(text: str) -> str:
    return text


@dataclass
class Pauses:
    """Waits for nothing, and remembers for how long it was asked to wait."""

    asked: list[float] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    longest: int = 1_000

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        if len(self.asked) >= self.longest:
            self.ended.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0.001)  # others must get their turn


def with_command(app: AsyncApp, run: Run) -> AsyncApp:
    async def on_command(ack: Any, body: dict[str, Any]) -> None:
        await ack(await run(body["text"]))

    app.command("/envaccess")(on_command)
    return app


@asynccontextmanager
async def on_sockets(
    run: Run = echo, pauses: Pauses | None = None, app_token: str = ""
) -> AsyncIterator[tuple[SlackEmulator, SocketMode]]:
    """A local Slack and sockets to it, not yet started; afterwards no task of theirs is left."""
    async with on_stage() as stage:
        before = asyncio.all_tasks()
        app = with_command(build_app(stage.identity, stage.client), run)
        token = app_token or stage.slack.app_token
        sockets = SocketMode(partial(dispatch, app), stage.client, token, pause=pauses or asyncio.sleep)
        try:
            yield stage.slack, sockets
        finally:
            await sockets.close()
        assert {task for task in asyncio.all_tasks() - before if "_Line" in repr(task)} == set()
        assert not sockets.connected()


async def test_two_connections_carry_commands_and_their_acks() -> None:
    async with on_sockets() as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        assert sockets.connected()
        alice = slack.add_person("alice")
        replies = [await alice.command("/envaccess", f"word{number}") for number in range(4)]
        assert [reply.text for reply in replies] == ["word0", "word1", "word2", "word3"]


async def test_nothing_is_connected_before_start() -> None:
    async with on_sockets() as (_, sockets):
        assert not sockets.connected()


async def test_a_slow_payload_holds_up_no_other() -> None:
    gate = asyncio.Event()

    async def run(text: str) -> str:
        if text == "slow":
            await gate.wait()
        return text

    async with on_sockets(run) as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        alice = slack.add_person("alice")
        slow = asyncio.create_task(alice.command("/envaccess", "slow"))
        for number in range(4):
            assert (await alice.command("/envaccess", f"quick{number}")).text == f"quick{number}"
        assert not slow.done()
        gate.set()
        assert (await slow).text == "slow"


async def test_a_refresh_loses_nothing() -> None:
    """Slack replaces connections every few hours; what runs is acked on the connection it came by."""
    gate, begun = asyncio.Event(), asyncio.Event()

    async def run(text: str) -> str:
        if text == "slow":
            begun.set()
            await gate.wait()
        return text

    async with on_sockets(run) as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        alice = slack.add_person("alice")
        slow = asyncio.create_task(alice.command("/envaccess", "slow"))
        await begun.wait()
        await slack.refresh_sockets()
        assert sockets.connected()
        await slack.connected(2)
        assert (await alice.command("/envaccess", "new")).text == "new"
        gate.set()
        assert (await slow).text == "slow"


async def test_cut_connections_come_back() -> None:
    pauses = Pauses()
    async with on_sockets(pauses=pauses) as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        slack.drop_sockets()
        await slack.connected(2)
        assert (await slack.add_person("alice").command("/envaccess", "back")).text == "back"
        assert len(slack.calls_of("apps.connections.open")) == 4


async def test_every_try_has_a_fresh_url_and_waits_longer() -> None:
    """slack-sdk 3.47 itself would try the first, used-up URL for ever."""
    pauses = Pauses(longest=16)
    async with on_sockets(pauses=pauses) as (slack, sockets):
        slack.faults.refuse("socket")
        await sockets.start()
        await pauses.ended.wait()
        assert not sockets.connected()
        assert len(slack.calls_of("apps.connections.open")) >= 16
        assert sorted(pauses.asked)[:2] == [0.5, 0.5]
        assert set(pauses.asked) == {0.5, 1.0, 2.0, 4.0, 8.0, 10.0}


async def test_slack_down_at_the_start_is_waited_for() -> None:
    pauses = Pauses()
    async with on_sockets(pauses=pauses) as (slack, sockets):
        with slack.down():
            await sockets.start()
            assert not sockets.connected()
        await slack.connected(2)
        assert (await slack.add_person("alice").command("/envaccess", "at last")).text == "at last"
        assert sockets.connected()


async def test_a_connection_that_slack_drops_at_once_is_not_hammered() -> None:
    pauses = Pauses(longest=10)
    async with on_sockets(pauses=pauses) as (slack, sockets):
        await sockets.start()
        dropper = asyncio.create_task(_keep_dropping(slack))
        await pauses.ended.wait()
        dropper.cancel()
        assert max(pauses.asked) >= 4.0


async def _keep_dropping(slack: SlackEmulator) -> None:
    while True:
        await slack.connected()
        slack.drop_sockets()


async def test_a_rate_limit_is_kept_to() -> None:
    pauses = Pauses()
    async with on_sockets(pauses=pauses) as (slack, sockets):
        slack.faults.rate_limit("apps.connections.open", retry_after=45, times=2)
        await sockets.start()
        await slack.connected(2)
        assert pauses.asked == [45.0, 45.0]


@pytest.mark.parametrize("code", ["invalid_auth", "not_allowed_token_type", "missing_scope", "token_revoked"])
async def test_an_app_token_that_waiting_does_not_mend_names_its_setting(code: str) -> None:
    async with on_sockets() as (slack, sockets):
        slack.faults.answer("apps.connections.open", code)
        with pytest.raises(SettingsError, match=f"SLACK_APP_TOKEN.*{code}"):
            await sockets.start()


async def test_a_wrong_app_token_is_refused_without_being_repeated() -> None:
    async with on_sockets(app_token="xapp-wrong-for-tests") as (_, sockets):
        with pytest.raises(SettingsError) as caught:
            await sockets.start()
        assert "xapp-wrong" not in str(caught.value)


async def test_no_proxy_stands_before_a_slack_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    async with on_sockets() as (slack, sockets):
        await sockets.start()
        await slack.connected(2)


async def test_what_runs_is_finished_and_acked_before_closing() -> None:
    gate, begun = asyncio.Event(), asyncio.Event()

    async def run(text: str) -> str:
        begun.set()
        await gate.wait()
        return text

    async with on_sockets(run) as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        running = asyncio.create_task(slack.add_person("alice").command("/envaccess", "last words"))
        await begun.wait()
        await sockets.stop_intake()
        closing = asyncio.create_task(sockets.close())
        gate.set()
        await closing
        assert (await running).text == "last words"
        assert slack.connections == 0


async def test_after_intake_stopped_nothing_more_is_begun() -> None:
    taken: list[str] = []

    async def run(text: str) -> str:
        taken.append(text)
        return text

    async with on_sockets(run) as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        await sockets.stop_intake()
        slack.dispatcher.patience = 0.05
        await slack.add_person("alice").command("/envaccess", "too late")
        await sockets.close()
        assert taken == []


async def test_what_never_ends_does_not_keep_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def run(text: str) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return text

    monkeypatch.setattr(socket, "_FINISH_SECONDS", 0.05)
    async with on_sockets(run) as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        running = asyncio.create_task(slack.add_person("alice").command("/envaccess", "stuck"))
        await begun.wait()
        await sockets.close()
        assert cancelled.is_set()
        assert (await running).error


async def test_a_lost_connection_before_the_ack_harms_nothing_else() -> None:
    gate, begun = asyncio.Event(), asyncio.Event()

    async def run(text: str) -> str:
        if text == "slow":
            begun.set()
            await gate.wait()
        return text

    async with on_sockets(run, Pauses()) as (slack, sockets):
        await sockets.start()
        await slack.connected(2)
        alice = slack.add_person("alice")
        slow = asyncio.create_task(alice.command("/envaccess", "slow"))
        await begun.wait()
        slack.drop_sockets()
        gate.set()
        assert (await slow).error
        await slack.connected(2)
        assert (await alice.command("/envaccess", "next")).text == "next"


async def test_garbage_on_the_line_is_skipped() -> None:
    answered: asyncio.Queue[Any] = asyncio.Queue()

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/apps.connections.open":
            return web.json_response({"ok": True, "url": f"ws://{request.host}/link"})
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        for garbage in ("", "words", "{broken", "[1]", "{}", '{"type": "hello"}'):
            await ws.send_str(garbage)
        await ws.send_json({"type": "slash_commands", "envelope_id": "1", "payload": [1]})
        command = {"command": "/envaccess", "text": "fine", "team_id": "T0ACME", "user_id": "U1"}
        await ws.send_json({"type": "slash_commands", "envelope_id": "2", "payload": command})
        async for message in ws:
            answered.put_nowait(message.json())
        return ws

    async with answering(handle) as url, opened(SlackClient("xoxb-test", url, loopback=True)) as client:
        app = with_command(build_app(Identity("T0ACME", "U0BOT", "B0BOT"), client), echo)
        sockets = SocketMode(partial(dispatch, app), client, "xapp-test")
        await sockets.start()
        async with asyncio.timeout(60):
            answer = await answered.get()
        await sockets.close()
    assert answer["envelope_id"] == "2"
