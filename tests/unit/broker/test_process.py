"""The command `envaccess broker` as a process of its own: what it says, what it hides, and how it ends."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from envaccess.client.session_file import SessionFile
from tests.fakes.api_server import FakeApi, serving
from tests.fakes.http_service import FIRST_EVENT, HttpService, ReceivedRequest
from tests.unit.broker.brokered import ALLOW, VALUE
from tests.unit.cli.cli_front import start

_DEBUG = "import logging, sys; logging.basicConfig(level=logging.DEBUG)\n"
_SCRIPT = f"{_DEBUG}from envaccess.cli import main; main(sys.argv[1:])"
_WANTED = {"variables": ["SHOP_TOKEN"], "duration": "1h", "reason": "look up order 4711"}
_LINUX_ROOT = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.getuid() != 0, reason="only root can be somebody else"
)
_NOBODY = 65_534


@dataclass
class RunningBroker:
    """The command, and where it listens."""

    process: subprocess.Popen[bytes]
    socket: str
    errors: Path

    async def open(self, method: str, path: str, body: bytes = b"") -> asyncio.StreamReader:
        """Send a request; the answer as it comes."""
        reader, self._writer = await asyncio.open_unix_connection(self.socket)
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        told = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._writer.write(f"{head}{told}\r\n".encode() + body)
        return reader

    async def call(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Send a request; its whole answer."""
        try:
            return await (await self.open(method, path, body)).read()
        finally:
            self._writer.close()

    @property
    def has_socket(self) -> bool:
        """Whether its socket is there."""
        return Path(self.socket).is_socket()

    def seen_from_outside(self) -> bytes:
        """Its arguments and its environment, as root reads them."""
        place = Path(f"/proc/{self.process.pid}")
        return (place / "cmdline").read_bytes() + (place / "environ").read_bytes()

    def close(self) -> None:
        """Let the connection go."""
        self._writer.close()

    async def ends(self) -> int:
        """Wait for the process."""
        return await asyncio.to_thread(self.process.wait, 60)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for the path of a socket."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest.fixture
def api(service: HttpService) -> Iterator[FakeApi]:
    with serving(FakeApi()) as started:
        started.agents.services["shop"] = {
            "variable": "SHOP_TOKEN", "value": VALUE, "base": service.base, "header": "Authorization",
            "format": "Bearer {value}", "allow": list(ALLOW),
        }  # fmt: skip
        yield started


def _signed_in(api: FakeApi, folder: Path) -> tuple[Path, Path]:
    """The folder of somebody's session, and a file for what is said on stderr."""
    folder.mkdir(exist_ok=True)
    SessionFile(folder / "state").save(api.session())
    return folder / "state", folder / "errors"


@contextlib.asynccontextmanager
async def running(api: FakeApi, folder: Path, *args: str) -> AsyncIterator[RunningBroker]:
    """Run it, for somebody who is signed in and presses Start at once."""
    state, errors = _signed_in(api, folder)
    environment = {
        "ENVACCESS_STATE_DIR": str(state),
        "PYTHONASYNCIODEBUG": "1",
        "XDG_RUNTIME_DIR": str(folder),
    }
    with errors.open("ab") as file:
        process = start(
            _SCRIPT,
            "broker",
            "review",
            *args,
            environment=environment,
            stdout=subprocess.PIPE,
            stderr=file.fileno(),
        )
    assert process.stdout
    try:
        line = (await asyncio.to_thread(process.stdout.readline)).decode().strip()
        assert line.startswith("unix:"), errors.read_text()
        yield RunningBroker(process, line.removeprefix("unix:"), errors)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait, 60)
        process.stdout.close()


def _kept_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def _granted(found: RunningBroker, api: FakeApi) -> None:
    answer = await found.call("POST", "/_envaccess/requests", json.dumps(_WANTED).encode())
    api.approve(json.loads(answer.partition(b"\r\n\r\n")[2])["id"])


async def test_a_call_passes_no_log_holds_the_value_and_a_stop_ends_the_session(
    api: FakeApi, service: HttpService, folder: Path
) -> None:
    async with running(api, folder) as found:
        await _granted(found, api)
        assert b" 200 " in await found.call("GET", "/shop/things?a=1")
        service.answer_with(f"HTTP/1.1 200 OK\r\nX-A: {VALUE}\r\nContent-Length: 0\r\n\r\n".encode())
        assert b'"echo"' in await found.call("GET", "/shop/things")
        found.process.send_signal(signal.SIGTERM)
        assert await found.ends() == 0
        told = found.errors.read_text()
        assert "Press Start for review" in told
        assert VALUE not in told
        assert "eva_a_" not in told
        assert not found.has_socket
    assert service.requests[0].every("authorization") == [f"Bearer {VALUE}"]
    assert ("DELETE", "/v1/session") in api.calls
    times = [call["times"] for report in api.agents.reports for call in report["calls"]]
    assert sum(times) == 2


async def test_killed_in_a_stream_it_breaks_the_stream_and_a_new_one_has_no_access_left(
    api: FakeApi, service: HttpService, folder: Path
) -> None:
    async def stream(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(FIRST_EVENT)
        await writer.drain()
        await asyncio.sleep(3600)

    async with running(api, folder) as found:
        await _granted(found, api)
        service.answer_with(stream)
        reader = await found.open("GET", "/shop/things")
        await reader.readuntil(b"first")
        found.process.kill()
        with contextlib.suppress(ConnectionError):
            assert b"0\r\n\r\n" not in await reader.read()
        found.close()
        assert found.has_socket
        left = found.socket
    api.requests.clear()
    kept = _kept_in(folder)
    assert VALUE.encode() not in kept
    assert b"eva_a_" not in kept
    async with running(api, folder) as found:
        assert found.socket == left
        assert b'"no_access"' in await found.call("GET", "/shop/things")


async def test_it_ends_when_its_session_is_ended(api: FakeApi, folder: Path) -> None:
    async with running(api, folder) as found:
        api.tokens.clear()
        assert b'"session_ended"' in await found.call("GET", "/_envaccess/status")
        assert await found.ends() == 124
        assert "The agent's session is over." in found.errors.read_text()


def _as_nobody(act: str, *args: str) -> bool:
    """Whether another user succeeds in this."""
    lines = f"import os, socket, sys; os.setgid({_NOBODY}); os.setuid({_NOBODY}); {act}"
    done = subprocess.run([sys.executable, "-c", lines, *args], capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


@_LINUX_ROOT
async def test_another_user_reads_nothing_of_it_and_reaches_no_socket(
    api: FakeApi, service: HttpService, folder: Path
) -> None:
    async with running(api, folder) as found:
        await _granted(found, api)
        assert b" 200 " in await found.call("GET", "/shop/things")
        process = found.process.pid
        for name in ("environ", "mem", "maps", "fd/1"):
            assert not _as_nobody("open(sys.argv[1], 'rb').read(1)", f"/proc/{process}/{name}")
        assert not _as_nobody("socket.socket(socket.AF_UNIX).connect(sys.argv[1])", found.socket)
        assert VALUE.encode() not in found.seen_from_outside()
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "args",
    [("--listen", "0.0.0.0:8080"), ("--for", "9h"), ("--for", "once"), ("--nonsense",)],
    ids=["all addresses", "too long", "once", "nonsense"],
)
def test_what_it_does_not_take_is_78(api: FakeApi, folder: Path, args: tuple[str, ...]) -> None:
    state = folder / "state"
    SessionFile(state).save(api.session())
    process = start(_SCRIPT, "broker", *args, environment={"ENVACCESS_STATE_DIR": str(state)})
    assert process.wait(60) == 78
    assert api.agents.offer == {}
