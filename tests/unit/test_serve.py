"""How one process starts and stops, whatever its parts do: within ten seconds (DESIGN.md)."""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import aiohttp
import pytest
from aiohttp import web

from envaccess import http
from envaccess.domain.errors import DirectoryError, EnvaccessError, SettingsError


@dataclass
class Parts:
    """Every part of a crew; each notes what it was asked, and hangs or fails where a test says so."""

    hangs: set[str] = field(default_factory=set)
    fails: dict[str, Exception] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def _do(self, what: str) -> None:
        self.said.append(what)
        if what in self.hangs:
            await asyncio.Event().wait()
        if what in self.fails:
            raise self.fails[what]

    async def start(self) -> None:
        self.began.set()
        await self._do("start")

    def connected(self) -> bool:
        return True

    async def stop_intake(self) -> None:
        await self._do("stop_intake")

    async def close(self) -> None:
        await self._do("close")

    async def drain(self, _seconds: float) -> bool:
        await self._do("drain")
        return True

    async def farewell(self) -> None:
        await self._do("farewell")

    async def work(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await self._do("worker ended")

    def runtime(self) -> http.Runtime:
        return http.Runtime(self, [self.work], self.drain, self.farewell)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step's share of the ten seconds, a hundred times shorter."""
    for name in ("_INTAKE_SECONDS", "_FINISH_SECONDS", "_FAREWELL_SECONDS", "_RETRY_SECONDS"):
        monkeypatch.setattr(http, name, getattr(http, name) / 100)


def test_the_steps_of_stopping_leave_time_to_close_within_ten_seconds() -> None:
    steps = http._INTAKE_SECONDS + http._FINISH_SECONDS + http._FAREWELL_SECONDS
    assert steps <= 9
    assert http._DRAIN_SECONDS < http._FINISH_SECONDS


async def _stopped(parts: Parts) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(http.run(parts.runtime(), stop))
    await parts.began.wait()
    stop.set()
    await asyncio.wait_for(running, 60)


async def test_stopping_takes_nothing_more_then_finishes_what_runs_then_says_goodbye() -> None:
    parts = Parts()
    await _stopped(parts)
    assert parts.said[:3] == ["start", "stop_intake", "close"]
    assert set(parts.said[3:5]) == {"drain", "worker ended"}
    assert parts.said[5:] == ["farewell"]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("part", ["start", "stop_intake", "close", "drain", "worker ended", "farewell"])
async def test_a_part_that_hangs_keeps_no_other_from_its_end(part: str) -> None:
    """A Slack or a Redis that does not answer must not make a host kill us with work half done."""
    parts = Parts(hangs={part})
    await _stopped(parts)
    assert {"stop_intake", "drain", "worker ended", "farewell"} <= set(parts.said)


@pytest.mark.parametrize("part", ["drain", "worker ended"])
async def test_a_part_that_fails_while_stopping_keeps_no_other_from_its_end(part: str) -> None:
    parts = Parts(fails={part: EnvaccessError("a bad day")})
    await _stopped(parts)
    assert parts.said[-1] == "farewell"


@pytest.mark.parametrize("part", ["stop_intake", "close", "farewell"])
async def test_a_fault_while_stopping_goes_up_when_all_is_done(part: str) -> None:
    parts = Parts(fails={part: RuntimeError("nobody foresaw this")})
    with pytest.raises(RuntimeError):
        await _stopped(parts)
    assert {"stop_intake", "drain", "worker ended", "farewell"} <= set(parts.said)


async def test_an_intake_that_can_never_start_ends_the_process_with_its_reason() -> None:
    parts = Parts(fails={"start": SettingsError("SLACK_APP_TOKEN was refused")})
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN"):
        await asyncio.wait_for(http.run(parts.runtime(), asyncio.Event()), 60)
    assert "worker ended" in parts.said
    assert parts.said[-1] == "farewell"


async def test_a_worker_that_ends_takes_the_process_with_it() -> None:
    """A process without its relay would answer, and show nobody anything."""

    async def dies() -> None:
        raise RuntimeError

    parts = Parts()
    runtime = http.Runtime(parts, [parts.work, dies], parts.drain, parts.farewell)
    with pytest.raises(RuntimeError):
        await asyncio.wait_for(http.run(runtime, asyncio.Event()), 60)
    assert parts.said[-1] == "farewell"


@pytest.fixture
def stops() -> Iterator[None]:
    """Give back what the process does on these signals."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("stops")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_and_a_second_one_kills_nothing_on_its_way_out(number: signal.Signals) -> None:
    with http.stop_signals() as stop:
        signal.raise_signal(number)
        await asyncio.wait_for(stop.wait(), 60)
    assert not asyncio.get_running_loop().remove_signal_handler(number)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("stops")
async def test_without_a_signal_the_process_can_be_stopped_afterwards() -> None:
    with http.stop_signals():
        pass
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("hurried")
async def test_slack_is_asked_again_until_it_answers() -> None:
    noted: list[EnvaccessError] = []
    answers = [DirectoryError("no answer"), DirectoryError("no answer"), "T0TOWN"]

    async def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    assert await http.until_known(ask, asyncio.Event(), noted.append) == "T0TOWN"
    assert len(noted) == 2


async def test_a_definite_fault_is_not_asked_about_again() -> None:
    async def ask() -> str:
        raise SettingsError("SLACK_BOT_TOKEN was refused")

    with pytest.raises(SettingsError):
        await http.until_known(ask, asyncio.Event(), lambda _: None)


async def test_asking_ends_at_once_when_told_to_stop() -> None:
    stop = asyncio.Event()

    async def ask() -> str:
        stop.set()
        raise DirectoryError("no answer")

    async with asyncio.timeout(1):
        assert await http.until_known(ask, stop, lambda _: None) is None


async def test_a_question_that_hangs_is_given_up_when_told_to_stop() -> None:
    stop, asked = asyncio.Event(), asyncio.Event()

    async def ask() -> str:
        asked.set()
        await asyncio.Event().wait()
        return "never"

    asking = asyncio.create_task(http.until_known(ask, stop, lambda _: None))
    await asked.wait()
    stop.set()
    assert await asyncio.wait_for(asking, 1) is None


async def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"^PORT {port} cannot be listened on.*choose another$"):
            async with http.listening(web.Application(), port):
                pass


async def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^ENVACCESS_LISTEN names 192\.0\.2\.1"):
        async with http.listening(web.Application(), 0, "192.0.2.1"):
            pass


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", {"127.0.0.1"}),
        ("::1", {"::1"}),
        ("0.0.0.0", {"127.0.0.1"}),  # noqa: S104 (what is tested)
        ("::", {"127.0.0.1", "::1"}),
    ],
)
async def test_an_address_is_listened_on_and_no_other(host: str, reached: set[str]) -> None:
    async with http.listening(web.Application(), 0, host) as port:
        found = set()
        for address in ("127.0.0.1", "::1"):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(address, port)
                found.add(address)
                writer.close()
                await writer.wait_closed()
    assert found == reached


async def test_descriptors_that_run_out_close_what_waits_and_are_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Asyncio alone writes a line for each connection in the queue, a hundred a turn (cpython#151615)."""
    async with http.listening(web.Application(), 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0)
        loop = asyncio.get_running_loop()
        error = OSError(errno.EMFILE, "Too many open files")
        loop.call_exception_handler({"message": "socket.accept() out of system resource", "exception": error})
        async with asyncio.timeout(60):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert "descriptors_used_up" in "".join(capsys.readouterr())
    assert "Traceback" not in "".join(capsys.readouterr())


@asynccontextmanager
async def _served(door: http.HttpIntake) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/slack/events", door.take)
    async with http.listening(application, 0) as port:
        yield f"http://127.0.0.1:{port}/slack/events"


async def test_the_door_is_shut_before_the_start_and_after_the_stop() -> None:
    """Slack repeats what gets a 503; a 200 without a handler would lose it."""
    door = http.HttpIntake()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="done")

    async with _served(door) as url, aiohttp.ClientSession() as session:
        statuses = []
        for change in (None, door.start, None, door.stop_intake):
            if change:
                await change()
            door.handler = answer
            async with session.post(url) as response:
                statuses.append(response.status)
    assert statuses == [503, 200, 200, 503]
    assert not door.connected()


async def test_a_handler_runs_to_its_end_though_its_client_hangs_up_and_the_door_shuts() -> None:
    """Half a decision's work must not depend on Slack's patience with the connection."""
    door, entered, go, ended = http.HttpIntake(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        entered.set()
        await go.wait()
        ended.set()
        return web.Response()

    door.handler = slow
    await door.start()
    async with _served(door) as url, aiohttp.ClientSession() as session:
        posting = asyncio.create_task(session.post(url))
        await entered.wait()
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
        await door.stop_intake()
        closing = asyncio.create_task(door.close())
        await asyncio.sleep(0)
        assert not closing.done()
        go.set()
        await closing
    assert ended.is_set()


async def test_what_was_answered_already_is_not_read_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default ten seconds: whoever is refused unread could hold that many connections."""
    monkeypatch.setattr(http, "_LINGER_SECONDS", 0.05)

    async def refuse(_: web.Request) -> web.Response:
        response = web.Response(status=401)
        response.force_close()
        return response

    application = web.Application()
    application.router.add_post("/", refuse)
    async with http.listening(application, 0) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx")
        async with asyncio.timeout(60):
            assert (await reader.read()).startswith(b"HTTP/1.1 401 ")  # to the end of the connection
        writer.close()
        await writer.wait_closed()


async def test_it_lingers_while_it_takes_and_works_and_only_then_stops() -> None:
    parts, began, noticed = Parts(), asyncio.Event(), asyncio.Event()

    async def linger() -> None:
        began.set()
        await noticed.wait()

    stop = asyncio.Event()
    running = asyncio.create_task(http.run(replace(parts.runtime(), linger=linger), stop))
    await parts.began.wait()
    stop.set()
    await asyncio.wait_for(began.wait(), 60)
    assert parts.said == ["start"]
    noticed.set()
    await asyncio.wait_for(running, 60)
    assert parts.said[1] == "stop_intake"


async def test_a_worker_that_fails_meanwhile_ends_the_lingering() -> None:
    parts = Parts()

    async def fail() -> None:
        await began.wait()
        raise RuntimeError("nobody foresaw this")

    async def linger() -> None:
        began.set()
        await asyncio.Event().wait()

    stop, began = asyncio.Event(), asyncio.Event()
    runtime = replace(parts.runtime(), workers=[fail], linger=linger)
    running = asyncio.create_task(http.run(runtime, stop))
    await parts.began.wait()
    stop.set()
    with pytest.raises(RuntimeError, match="foresaw"):
        await asyncio.wait_for(running, 60)
    assert parts.said[-1] == "farewell"
