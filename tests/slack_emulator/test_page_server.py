from __future__ import annotations

import asyncio
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest
from yarl import URL

from envaccess_demo.page import DemoExtension
from slack_emulator.page.server import STATIC, PortError
from tests.slack_emulator.page_browser import browser, origin_of

if TYPE_CHECKING:
    from tests.slack_emulator.page_harness import PageHarness

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def status(
    page_harness: PageHarness, path: str, method: str = "GET", **headers: str
) -> tuple[int, str]:
    """What a path answers, without a client that tidies it up; the whole head comes along."""
    where = urlsplit(page_harness.address)
    given = {"Host": where.netloc, "Connection": "close", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return await raw(where.port or 0, f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())


async def raw(port: int, data: bytes) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    answer = (await reader.read()).decode("latin-1")
    writer.close()
    await writer.wait_closed()
    return int(answer.split(" ")[1]), answer


def inside(page_harness: PageHarness, path: str = "") -> str:
    return urlsplit(page_harness.address).path + path


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "/",
        lambda path: path.rstrip("/"),
        lambda path: path[:-2] + "/",
        lambda path: path[:-1] + "A/",
        lambda path: path.swapcase(),
        lambda path: "/x" + path,
        lambda path: "/" + path,
        lambda path: "/%2e" + path,
        lambda _: "/ws",
        lambda _: "/static/index.html",
        lambda _: "/" + "A" * 43 + "/",
        lambda _: "//",
    ],
)
async def test_without_the_very_token_there_is_nothing(page_harness: PageHarness, change: object) -> None:
    """Another user of this machine can knock at the port, and a page in the same browser can too."""
    assert callable(change)
    for path in ("", "ws", "static/index.html"):
        code, answer = await status(
            page_harness, change(inside(page_harness)) + path, Origin=origin_of(page_harness.address)
        )
        assert code == HTTPStatus.NOT_FOUND
        assert "default-src 'none'" in answer


async def test_the_token_cannot_be_guessed(page_harness: PageHarness) -> None:
    assert len(inside(page_harness).strip("/")) >= 43


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost", "0.0.0.0:{port}", "",
     "127.0.0.1:{port}.evil.example", "[::1]:{port}", "127.1:{port}", "LOCALHOST:{port}@evil.example"],
)  # fmt: skip
async def test_a_name_that_was_made_to_point_here_gets_nothing(page_harness: PageHarness, host: str) -> None:
    """DNS rebinding: the browser believes that it still talks to the other site."""
    named = host.format(port=urlsplit(page_harness.address).port)
    for path in ("", "ws", "static/index.html"):
        code, _ = await status(page_harness, inside(page_harness, path), Host=named, Origin=f"http://{named}")
        assert code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "origin", [None, "null", "https://127.0.0.1:{port}", "http://127.0.0.1", "http://127.0.0.1:1",
               "http://evil.example", "http://127.0.0.1:{port}.evil.example", "http://localhost:{port}", ""]
)  # fmt: skip
async def test_no_other_page_opens_a_web_socket_even_if_it_knew_the_token(
    page_harness: PageHarness, origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin.format(port=urlsplit(page_harness.address).port)}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{page_harness.address}ws", headers=headers)
    assert refused.value.status == HTTPStatus.FORBIDDEN


async def test_localhost_is_this_machine_too(page_harness: PageHarness) -> None:
    address = page_harness.address.replace("127.0.0.1", "localhost")
    code, _ = await status(page_harness, inside(page_harness), Host=urlsplit(address).netloc)
    assert code == HTTPStatus.OK
    async with aiohttp.ClientSession() as session:
        ws = await session.ws_connect(
            f"{page_harness.address}ws",
            headers={"Origin": origin_of(address), "Host": urlsplit(address).netloc},
        )
        await ws.close()


@pytest.mark.parametrize("path", ["", "static/index.html", "static/none.js", "ws", "none"])
async def test_every_answer_forbids_what_the_page_does_not_need(page_harness: PageHarness, path: str) -> None:
    async with page_harness.emulator.session.get(URL(page_harness.address + path, encoded=True)) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == CSP.format(host=urlsplit(page_harness.address).netloc)
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "path",
    ["static/../door.py", "static/%2e%2e/door.py", "static//etc/passwd", "static/..%2fdoor.py", "../door.py",
     "static/", "static", "static/.", "door.py", "static/\\..\\door.py", "static/index.html/",
     "static/index.html%00.js", "index.html", "ws/", "static/%69ndex.html"],
)  # fmt: skip
async def test_no_path_leads_out_of_the_page_s_files(page_harness: PageHarness, path: str) -> None:
    code, answer = await status(page_harness, inside(page_harness, path))
    assert code in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
    assert "import" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_nothing_is_written_to_the_page(page_harness: PageHarness, method: str) -> None:
    code, _ = await status(page_harness, inside(page_harness), method)
    assert code == HTTPStatus.NOT_FOUND


async def test_the_page_and_its_files_come_with_their_types(page_harness: PageHarness) -> None:
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
    async with page_harness.emulator.session.get(page_harness.address) as answer:
        assert (answer.status, answer.content_type) == (HTTPStatus.OK, "text/html")
    assert DemoExtension.static
    served = {path.relative_to(STATIC): path for path in STATIC.rglob("*")}
    served |= {path.relative_to(DemoExtension.static): path for path in DemoExtension.static.rglob("*")}
    for name, path in served.items():
        if path.suffix in kinds:
            async with page_harness.emulator.session.get(f"{page_harness.address}static/{name}") as answer:
                assert (answer.status, answer.content_type) == (HTTPStatus.OK, kinds[path.suffix])
                assert await answer.read() == path.read_bytes()


async def test_a_plain_request_for_the_web_socket_breaks_nothing(page_harness: PageHarness) -> None:
    code, _ = await status(page_harness, inside(page_harness, "ws"), Origin=origin_of(page_harness.address))
    assert code == HTTPStatus.UPGRADE_REQUIRED
    async with browser(page_harness.address) as alive:
        assert alive.last["workspace"]


async def test_nothing_listens_beyond_this_machine(page_harness: PageHarness) -> None:
    port = urlsplit(page_harness.address).port or 0
    with socket.socket() as other:
        other.bind(("127.0.0.2", port))  # taken, if the page listened on every address


async def test_a_taken_port_is_named(page_harness: PageHarness) -> None:
    port = urlsplit(page_harness.address).port or 0
    with pytest.raises(PortError, match=f"--port {port} cannot be listened on"):
        async with page_harness.page.served(port):
            pass


async def test_too_many_browsers_are_turned_away(page_harness: PageHarness) -> None:
    async with aiohttp.ClientSession() as session:
        origin = {"Origin": origin_of(page_harness.address)}
        opened = [await session.ws_connect(f"{page_harness.address}ws", headers=origin) for _ in range(16)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{page_harness.address}ws", headers=origin)
        assert refused.value.status == HTTPStatus.SERVICE_UNAVAILABLE
        for ws in opened:
            await ws.close()
        async with browser(page_harness.address) as alive:
            assert alive.last["state"]
