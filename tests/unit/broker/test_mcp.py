"""The official client of MCP works with our tools: what a program can do, and what a hostile one tries."""

import asyncio
import base64
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from mcp import Client, StdioServerParameters, stdio_client, types

from envaccess.broker.control import ANSWER_MOST, BrokerAddress, BrokerAddressError, BrokerControl
from envaccess.broker.mcp import McpTools
from tests.fakes.broker import FakeBroker, listening

NAMES = {"list_variables", "request_access", "check_request", "http_request", "end_access"}
VARIABLES = {"variables": [{"name": "production/GITHUB_TOKEN"}]}
SERVICES = {
    "services": [{"name": "github", "allow": ["GET /repos/**"], "variable": "production/GITHUB_TOKEN"}]
}
ASKED = {"variables": ["production/GITHUB_TOKEN"], "duration": "1h", "reason": "look at the open issues"}


@asynccontextmanager
async def tools_of(address: BrokerAddress) -> AsyncIterator[Client]:
    async with BrokerControl(address) as control, Client(McpTools(control).server()) as client:
        yield client


@asynccontextmanager
async def serving(broker: FakeBroker, folder: Path) -> AsyncIterator[Client]:
    async with listening(broker, folder) as address, tools_of(address) as client:
        yield client


async def told(client: Client, tool: str, **arguments: object) -> tuple[bool, Any]:
    """Whether it failed, and what it said."""
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, types.CallToolResult)
    [content] = result.content
    assert isinstance(content, types.TextContent)
    return result.is_error, json.loads(content.text)


async def called(client: Client, **arguments: object) -> tuple[bool, Any]:
    given: dict[str, object] = {"service": "github", "method": "GET", "path": "/repos/acme/shop", **arguments}
    return await told(client, "http_request", **given)


def a_service(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> FakeBroker:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    return FakeBroker(service=answer)


async def test_a_program_asks_waits_for_nobody_calls_and_ends(tmp_path: Path) -> None:
    broker = a_service(b'{"open": 3}', headers={"Content-Type": "application/json"})
    broker.answers = {
        "GET variables": (200, VARIABLES),
        "GET services": (200, SERVICES),
        "POST requests": (202, {"id": "r_1", "state": "proposed"}),
        "GET requests/r_1": (200, {"id": "r_1", "state": "approved"}),
        "POST requests/r_1/end": (200, {"id": "r_1", "state": "revoked"}),
    }
    async with serving(broker, tmp_path) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == NAMES
        assert await told(client, "list_variables") == (False, VARIABLES | SERVICES)
        assert await told(client, "request_access", **ASKED) == (False, {"id": "r_1", "state": "proposed"})
        assert await told(client, "check_request", id="r_1") == (False, {"id": "r_1", "state": "approved"})
        failed, answer = await called(client, query={"state": "open", "q": "a b&c"})
        assert not failed
        assert (answer["status"], answer["body"]) == (200, '{"open": 3}')
        assert await told(client, "end_access", id="r_1") == (False, {"id": "r_1", "state": "revoked"})
    assert json.loads(broker.asked[2][3]) == ASKED
    assert broker.asked[4][1] == "/github/repos/acme/shop?state=open&q=a%20b%26c"


async def test_it_serves_on_stdin_and_stdout_as_a_client_starts_it(tmp_path: Path) -> None:
    broker = FakeBroker({"GET variables": (200, VARIABLES), "GET services": (200, SERVICES)})
    async with listening(broker, tmp_path) as address:
        command = ["-m", "envaccess", "mcp", "--broker", f"unix:{address.socket}"]
        server = StdioServerParameters(command=sys.executable, args=command)
        with (tmp_path / "stderr").open("w") as stderr:
            async with Client(stdio_client(server, errlog=stderr)) as client:
                assert await told(client, "list_variables") == (False, VARIABLES | SERVICES)
    assert not (tmp_path / "stderr").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_although_its_client_says_nothing(number: int, tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "envaccess", "mcp", "--broker", f"unix:{tmp_path}/none.sock"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
    assert b'"id":1' in await process.stdout.readline()
    process.send_signal(number)
    assert await process.wait() == -number


async def test_there_is_no_tool_that_shows_a_value_or_runs_a_command_and_none_asks_the_person(
    tmp_path: Path,
) -> None:
    async with serving(FakeBroker(), tmp_path) as client:
        listed = json.dumps([tool.model_dump(mode="json") for tool in (await client.list_tools()).tools])
        assert not {"run_command", "get_value", "elicit"} & set(listed.replace('"', " ").split())
        failed, answer = await told(client, "run_command", argv=["env"])
        assert failed
        assert "There is no such tool" in answer["error"]["detail"]
        assert client.server_capabilities is not None
        assert set(client.server_capabilities.model_dump(exclude_none=True)) <= {"tools", "experimental"}


async def test_without_a_broker_each_tool_says_what_to_do(tmp_path: Path) -> None:
    async with tools_of(BrokerAddress.parse(f"unix:{tmp_path}/none.sock")) as client:
        for tool, given in (
            ("list_variables", {}),
            ("request_access", ASKED),
            ("check_request", {"id": "r_1"}),
            ("http_request", {"service": "github", "method": "GET", "path": "/"}),
            ("end_access", {"id": "r_1"}),
        ):
            failed, answer = await told(client, tool, **given)
            assert failed
            assert answer["error"]["reason"] == "broker_away"
            assert "envaccess agent start" in answer["error"]["detail"]
            assert str(tmp_path) not in answer["error"]["detail"]


async def test_a_refusal_comes_with_its_code_and_what_to_do(tmp_path: Path) -> None:
    problem = {
        "reason": "no_rule",
        "detail": "No rule lets you ask.",
        "hint": "Ask an owner.",
        "extra": {"a": 1},
    }
    async with serving(FakeBroker({"POST requests": (403, problem)}), tmp_path) as client:
        failed, answer = await told(client, "request_access", **ASKED)
    assert failed
    assert answer == {
        "error": {"reason": "no_rule", "detail": "No rule lets you ask.", "hint": "Ask an owner."}
    }


@pytest.mark.parametrize("body", ["", "<html>", "[]", '"x"', "{"])
async def test_what_is_no_broker_is_not_handed_on(body: str, tmp_path: Path) -> None:
    async with serving(FakeBroker({"GET requests/r_1": (200, body)}), tmp_path) as client:
        failed, answer = await told(client, "check_request", id="r_1")
    assert failed
    assert answer["error"]["reason"] == "broker_away"


SECRET_LOOK = "sk_live_not_to_be_repeated"


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("request_access", ASKED | {"variables": []}),
        ("request_access", ASKED | {"variables": "production/GITHUB_TOKEN"}),
        ("request_access", ASKED | {"variables": [f"{SECRET_LOOK}=1"]}),
        ("request_access", ASKED | {"variables": ["A"] * 51}),
        ("request_access", ASKED | {"duration": 3600}),
        ("request_access", ASKED | {"duration": f"1h {SECRET_LOOK}"}),
        ("request_access", ASKED | {"reason": "x"}),
        ("request_access", ASKED | {SECRET_LOOK: True}),
        ("check_request", {}),
        ("check_request", {"id": f"../services#{SECRET_LOOK}"}),
        ("end_access", {"id": "r_1/../../status"}),
        ("list_variables", {"value": SECRET_LOOK}),
        *(
            ("http_request", {"service": "github", "method": "GET", "path": "/", **wrong})
            for wrong in (
                {"service": "_envaccess"},
                {"service": "github/../_envaccess"},
                {"service": f"http://{SECRET_LOOK}"},
                {"method": "get"},
                {"method": "CONNECT"},
                {"path": "repos"},
                {"path": "/a/../../_envaccess/status"},
                {"path": "/a/%2e%2E/b"},
                {"path": "/a/./b"},
                {"path": "/a\\..\\b"},
                {"path": "/a?x=1"},
                {"path": "/a#b"},
                {"path": f"/a {SECRET_LOOK}"},
                {"path": "/a\r\nX: y"},
                {"path": "/é"},
                {"headers": {"Host": "evil.example"}},
                {"headers": {"host": "evil.example"}},
                {"headers": {"Content-Length": "0"}},
                {"headers": {"Transfer-Encoding": "chunked"}},
                {"headers": {"Accept-Encoding": "gzip"}},
                {"headers": {"Upgrade": "h2c"}},
                {"headers": {"X-A": f"a\r\nAuthorization: {SECRET_LOOK}"}},
                {"headers": {"X A": "b"}},
                {"headers": {"X-A:": "b"}},
                {"headers": {"X-A": "é"}},
                {"headers": {"X-A": 1}},
                {"body": "a", "body_base64": "YQ=="},
                {"body_base64": f"not base64 {SECRET_LOOK}"},
                {"body": {"a": 1}},
            )
        ),
    ],
)
async def test_wrong_input_reaches_no_broker_and_is_not_repeated(
    tool: str, given: dict[str, object], tmp_path: Path
) -> None:
    broker = a_service(b"reached")
    async with serving(broker, tmp_path) as client:
        failed, answer = await told(client, tool, **given)
    assert failed
    assert answer["error"]["reason"] == "input_invalid"
    assert not broker.asked
    assert SECRET_LOOK not in answer["error"]["detail"]


async def test_the_body_and_headers_arrive_as_they_were_given(tmp_path: Path) -> None:
    broker = a_service(b"")
    async with serving(broker, tmp_path) as client:
        await called(client, method="POST", headers={"Content-Type": "text/x"}, body="ä\n")
        await called(client, method="PUT", body_base64=base64.b64encode(b"\x00\xff").decode())
        await called(client, path="/a%2Fb/c%20d")
    (_, _, headers, text), (method, _, _, raw), (_, path, _, nothing) = broker.asked
    assert (headers["content-type"], text) == ("text/x", "ä\n".encode())
    assert headers["accept-encoding"] == "identity"
    assert (method, raw, nothing) == ("PUT", b"\x00\xff", b"")
    assert path == "/github/a%2Fb/c%20d"


async def test_a_redirect_is_told_and_not_followed(tmp_path: Path) -> None:
    broker = a_service(b"", 302, {"Location": "https://elsewhere.example/"})
    async with serving(broker, tmp_path) as client:
        _, answer = await called(client)
    assert answer["status"] == 302
    assert answer["headers"]["location"] == "https://elsewhere.example/"
    assert len(broker.asked) == 1


@pytest.mark.parametrize("more", [0, 1, 100_000])
async def test_a_long_answer_is_cut_and_says_so(more: int, tmp_path: Path) -> None:
    async with serving(a_service(b"x" * (ANSWER_MOST + more)), tmp_path) as client:
        _, answer = await called(client)
    assert len(answer["body"]) == ANSWER_MOST
    assert ("truncated" in answer) == bool(more)


@pytest.mark.parametrize("before", range(4))
async def test_a_cut_within_a_character_leaves_the_text_a_text(before: int, tmp_path: Path) -> None:
    async with serving(a_service(b"x" * before + "𝄞".encode() * ANSWER_MOST), tmp_path) as client:
        _, answer = await called(client)
    assert set(answer["body"]) == {"𝄞"} | ({"x"} if before else set())


async def test_what_is_no_text_comes_as_base64(tmp_path: Path) -> None:
    async with serving(a_service(b"\x89PNG\x00\xff"), tmp_path) as client:
        _, answer = await called(client)
    assert base64.b64decode(answer["body_base64"]) == b"\x89PNG\x00\xff"


async def test_an_answer_that_is_cut_off_shows_nothing_of_itself(tmp_path: Path) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"a part of it")
        assert request.transport
        request.transport.close()
        return answer

    async with serving(FakeBroker(service=broken), tmp_path) as client:
        failed, answer = await called(client)
    assert failed
    assert "a part" not in json.dumps(answer)
    assert "cut off" in answer["error"]["detail"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "unix:", "unix:relative.sock", "http://example.com:80/seg", "https://127.0.0.1:8/seg"),
        *(
            "http://127.0.0.1/seg",
            "http://127.0.0.1:x/seg",
            "http://u:p@127.0.0.1:8/seg",
            "ftp://127.0.0.1:8",
        ),
        *("http://127.0.0.1:8/seg?a=b", "http://127.0.0.1:8/seg#b", "http://127.0.0.1.evil.example:8/seg"),
    ],
)
def test_a_broker_is_on_this_machine_and_a_wrong_address_is_not_repeated(text: str) -> None:
    with pytest.raises(BrokerAddressError) as caught:
        BrokerAddress.parse(text)
    assert len(text) < 6 or text not in str(caught.value)


def test_an_address_does_not_show_what_makes_it_secret() -> None:
    found = BrokerAddress.parse("http://127.0.0.1:8080/7f3a9c/")
    assert found.base == "http://127.0.0.1:8080/7f3a9c"
    assert "7f3a9c" not in repr(found)
