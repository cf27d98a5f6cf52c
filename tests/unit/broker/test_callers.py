"""Who may speak to the broker, and in which words of HTTP."""

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest

from envaccess.broker.errors import ListenAddressError
from envaccess.broker.listener import BrokerListener, ListenAddress
from tests.fakes.http_service import OK, HttpService, ReceivedRequest
from tests.unit.broker.brokered import Answered, Caller, broker


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:{port}", "127.0.0.1", "localhost", "127.0.0.1:1", ""]
)
async def test_a_page_that_has_its_name_lead_here_is_refused(
    caller: Caller, service: HttpService, host: str
) -> None:
    port = caller.host.rpartition(":")[2]
    head = caller.head("GET", "/shop/things").replace(caller.host.encode(), host.format(port=port).encode())
    assert b" 403 " in (await caller.raw(head)).split(b"\r\n")[0]
    assert service.requests == []


async def test_two_hosts_are_refused(caller: Caller) -> None:
    assert (await caller.call("GET", "/shop/things", f"Host: {caller.host}")).status in {400, 403}


@pytest.mark.parametrize(
    "header",
    ["Origin: https://evil.test", "Origin: null", "Origin: http://127.0.0.1:1", "Sec-Fetch-Site: cross-site"],
)
async def test_a_page_of_another_site_is_refused(caller: Caller, service: HttpService, header: str) -> None:
    assert (await caller.call("GET", "/shop/things", header)).reason == "origin"
    assert service.requests == []


async def test_other_users_of_the_machine_guess_no_path(caller: Caller, service: HttpService) -> None:
    prefix = caller.path
    assert len(prefix) > 40
    for guess in ("", "/", prefix[:-1], prefix + "x", "/" + "A" * 43):
        caller.path = guess
        found = await caller.call("GET", "/shop/things")
        assert (found.status, found.reason) == (404, "address")
    assert service.requests == []


_POST, _GET = "POST {p}/shop/things HTTP/1.1", "GET {p}/shop/things HTTP/1.1"
_AMBIGUOUS = {
    "both lengths": (_POST, "Content-Length: 3", "Transfer-Encoding: chunked", "", "0", "", ""),
    "both lengths, turned": (_POST, "Transfer-Encoding: chunked", "Content-Length: 3", "", "0", "", ""),
    "two lengths": (_POST, "Content-Length: 3", "Content-Length: 4", "", "abcd"),
    "a length with a sign": (_POST, "Content-Length: +3", "", "abc"),
    "a coding before chunked": (_POST, "Transfer-Encoding: gzip, chunked", "", "0", "", ""),
    "a coding like chunked": (_POST, "Transfer-Encoding: xchunked", "", "0", "", ""),
    "a blank before the colon": (_POST, "Transfer-Encoding : chunked", "", "0", "", ""),
    "a folded line": (_GET, "X-A: 1", " folded: Host", "", ""),
    "a NUL": (_GET, "X-A: a\0b", "", ""),
    "a blank in a name": (_GET, "X A: 1", "", ""),
    "another host's target": ("GET http://evil.test{p}/shop/things HTTP/1.1", "", ""),
    "an absolute target": ("GET http://{h}{p}/shop/things HTTP/1.1", "", ""),
    "no slash": ("GET shop/things HTTP/1.1", "", ""),
    "a tab": ("GET {p}/shop/thi\tngs HTTP/1.1", "", ""),
    "a backslash": ("GET {p}/shop/things\\..\\x HTTP/1.1", "", ""),
    "what is no ASCII": ("GET {p}/shop/things/\xc3\xbc HTTP/1.1", "", ""),
    "a fragment": ("GET {p}/shop/things#/x HTTP/1.1", "", ""),
    "an old version": ("GET {p}/shop/things HTTP/1.0", "", ""),
    "CONNECT": ("CONNECT evil.test:443 HTTP/1.1", "", ""),
    "TRACE": ("TRACE {p}/shop/things HTTP/1.1", "", ""),
    "a small method": ("get {p}/shop/things HTTP/1.1", "", ""),
    "a WebSocket": (
        _GET,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "",
        "",
    ),
    "HTTP/2": (_GET, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAA", "", ""),
}


@pytest.mark.parametrize("name", _AMBIGUOUS)
async def test_what_two_servers_could_read_in_two_ways_reaches_no_service(
    caller: Caller, service: HttpService, name: str
) -> None:
    first, *rest = _AMBIGUOUS[name]
    lines = "\r\n".join([first, "Host: {h}", *rest]).replace("{p}", caller.path).replace("{h}", caller.host)
    reader, writer = await caller.open()
    writer.write(lines.encode("latin-1"))
    line = await reader.readline()
    writer.close()
    assert line.split(b" ")[1][:1] in {b"4", b"5"}
    assert service.requests == []


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0:1",
        "192.168.0.1:80",
        "[::]:1",
        "example.test:1",
        ":80",
        "80",
        "127.0.0.1:x",
        "127.0.0.1:70000",
        "",
    ],
)
def test_it_listens_on_no_other_address(text: str) -> None:
    with pytest.raises(ListenAddressError, match="this machine alone"):
        ListenAddress.parse(text)


def test_a_folder_that_others_enter_is_refused(tmp_path: Path) -> None:
    open_ = tmp_path / "open"
    open_.mkdir(mode=0o755)
    link = tmp_path / "link"
    (tmp_path / "own").mkdir(mode=0o700)
    link.symlink_to(tmp_path / "own")
    for folder in (open_, link):
        with pytest.raises(ListenAddressError, match="chmod 700"):
            BrokerListener.bind(ListenAddress.parse(f"unix:{folder}/s"))


async def test_whatever_folders_are_made_on_the_way_are_its_users_alone(tmp_path: Path) -> None:
    """Before anybody has signed in: a session is kept in no folder that others enter."""
    await BrokerListener.bind(ListenAddress.parse(f"unix:{tmp_path}/state/broker/s")).close()
    assert [(tmp_path / made).stat().st_mode & 0o777 for made in ("state", "state/broker")] == [0o700] * 2


async def test_a_second_broker_takes_no_socket_of_a_live_one(tmp_path: Path) -> None:
    path = tmp_path / "own" / "s"
    async with broker(path):
        with pytest.raises(ListenAddressError, match="A broker listens there already"):
            BrokerListener.bind(ListenAddress.parse(f"unix:{path}"))
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    async with broker(path) as caller:
        assert (await caller.call("GET", "/_envaccess/status")).status == 200
    path.write_text("mine")
    with pytest.raises(ListenAddressError, match="no socket"):
        BrokerListener.bind(ListenAddress.parse(f"unix:{path}"))


async def test_who_sends_no_request_holds_no_connection(service: HttpService) -> None:
    """Also not by one byte a second; a call that is under way has all the time that it needs."""
    closed = asyncio.Event()

    async def answer(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        await closed.wait()
        writer.write(OK)

    service.answer_with(answer)
    async with broker(head_seconds=0.2) as caller:
        caller.services.add("shop", service.base)
        call = asyncio.create_task(caller.call("GET", "/shop/things"))
        for begun in (b"", b"GET / HTTP/1.1\r\nX-A: "):
            reader, writer = await caller.open()
            writer.write(begun)
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 30) == b""
            writer.close()
        closed.set()
        assert (await call).status == 200


async def test_who_does_not_know_the_path_keeps_no_connection(caller: Caller) -> None:
    for line, host in (("GET /other/things HTTP/1.1", caller.host), ("GET / HTTP/1.1", "elsewhere:1")):
        found = Answered(await caller.raw(f"{line}\r\nHost: {host}\r\n\r\n".encode()))
        assert found.status in {403, 404}
        assert found.header("connection") == ["close"]
