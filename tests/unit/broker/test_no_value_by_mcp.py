"""The official client of MCP calls a service that sends its credential back: no tool's result holds it.

Each way to send it back has a broker's access of its own, since an echo ends that. Results and all that any
library logs at its most detailed are searched in every form of the redactor.
"""

import base64
import gzip
import html
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from mcp import Client

from envaccess.broker.control import BrokerAddress, BrokerControl
from envaccess.broker.mcp import McpTools
from envaccess.run.forms import forms_of
from tests.unit.broker.brokered import Caller, broker

VALUE = "value-for-tests/of+a=service&<more>'s"
FORMS = forms_of([("V", VALUE)]).forms
PLACES = {"service": "echo", "method": "GET"}


def _answer(body: bytes = b"", **more: Any) -> web.Response:
    return web.Response(body=body, **more)


ECHOES: dict[str, Callable[[str], web.Response]] = {
    "body": lambda sent: _answer(sent.encode()),
    "json": lambda sent: _answer(json.dumps({"headers": {"Authorization": sent}}).encode()),
    "html": lambda sent: _answer(html.escape(sent).encode(), status=401, content_type="text/html"),
    "url": lambda sent: _answer(quote(sent, safe="").encode()),
    "base64": lambda sent: _answer(base64.b64encode(sent.encode())),
    "header": lambda sent: _answer(headers={"X-You-Sent": sent}),
    "cookie": lambda sent: _answer(headers={"Set-Cookie": f"token={quote(sent)}"}),
    "reason": lambda sent: _answer(status=403, reason=f"No {sent}"),
    "redirect": lambda sent: _answer(status=302, headers={"Location": f"/next?token={quote(sent)}"}),
    "elsewhere": lambda sent: _answer(status=307, headers={"Location": f"http://127.0.0.1:9/?{quote(sent)}"}),
    "challenge": lambda sent: _answer(status=401, headers={"WWW-Authenticate": f'Bearer error="{sent}"'}),
    "long": lambda sent: _answer(b"x" * 65_530 + sent.encode()),
    "gzip": lambda sent: _answer(gzip.compress(sent.encode()), headers={"Content-Encoding": "gzip"}),
}


async def _send_back(request: web.Request) -> web.StreamResponse:
    way, sent = request.match_info["way"], request.headers["Authorization"]
    if way in ECHOES:
        return ECHOES[way](sent)
    answer = web.StreamResponse()
    answer.enable_chunked_encoding()
    await answer.prepare(request)
    for byte in sent.encode():
        await answer.write(bytes([byte]))
    if way == "broken":
        assert request.transport
        request.transport.abort()
    return answer


@asynccontextmanager
async def _called(folder: Path) -> AsyncIterator[tuple[Client, Caller, str]]:
    app = web.Application()
    app.router.add_route("*", "/things/{way}", _send_back)
    async with TestServer(app) as server, broker(folder / "b.sock") as caller:
        base = str(server.make_url("")).rstrip("/")
        address = BrokerAddress.parse(caller.listener.url)
        async with BrokerControl(address) as control, Client(McpTools(control).server()) as client:
            yield client, caller, base


@pytest.mark.parametrize("way", [*ECHOES, "chunks", "broken"])
async def test_no_result_and_no_log_holds_a_credential_that_a_service_sends_back(
    way: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with _called(tmp_path) as (client, caller, base):
        caller.services.add("echo", base, value=VALUE)
        result = await client.call_tool("http_request", PLACES | {"path": f"/things/{way}"})
        after = await client.call_tool("http_request", PLACES | {"path": f"/things/{way}"})
        assert caller.services.services["echo"].ended.is_set(), "an echo ends the access"
        assert [call.blocked for call in caller.services.calls] == ["echo"]
    seen = f"{result.model_dump_json()}{after.model_dump_json()}{caplog.text}".encode()
    seen += json.dumps([result.model_dump(mode="json"), after.model_dump(mode="json")]).encode()
    assert [form for form in FORMS if form in seen] == []
    assert b"no_access" in after.model_dump_json().encode()


async def test_headers_of_a_program_do_not_take_the_place_of_the_credential(tmp_path: Path) -> None:
    seen: list[list[str]] = []

    async def keep(request: web.Request) -> web.Response:
        seen.append([value for name, value in request.headers.items() if "auth" in name.lower()])
        return web.Response(text="fine")

    app = web.Application()
    app.router.add_route("*", "/things/{way}", keep)
    async with TestServer(app) as server, broker(tmp_path / "b.sock") as caller:
        caller.services.add("echo", str(server.make_url("")).rstrip("/"), value=VALUE)
        address = BrokerAddress.parse(caller.listener.url)
        async with BrokerControl(address) as control, Client(McpTools(control).server()) as client:
            for name in ("Authorization", "authorization", "AUTHORIZATION", "Proxy-Authorization"):
                given = PLACES | {"path": "/things/a", "headers": {name: "Bearer mine"}}
                assert not (await client.call_tool("http_request", given)).is_error
    assert seen == [[f"Bearer {VALUE}"]] * 4
