"""What reaches a service: the allowed call, the one header, and nothing that changes either."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from envaccess.broker.errors import CallRefusedError
from tests.fakes.http_service import FIRST_EVENT, HttpService, ReceivedRequest, http_service
from tests.unit.broker.brokered import VALUE, Caller, broker
from tests.unit.client.certificates import self_signed


async def test_an_allowed_call_arrives_with_the_value_in_the_one_header(
    caller: Caller, service: HttpService
) -> None:
    found = await caller.call("GET", "/shop/things/7?a=b%20c&d=/../e", "X-Own: 1")
    assert (found.status, found.text()) == (200, b"ok")
    assert service.requests[0].line == "GET /things/7?a=b%20c&d=/../e HTTP/1.1"
    assert service.requests[0].every("authorization") == [f"Bearer {VALUE}"]
    assert service.requests[0].every("x-own") == ["1"]
    assert VALUE.encode() not in found.raw


async def test_calls_are_reported_without_their_query(caller: Caller) -> None:
    await caller.call("GET", "/shop/things/7?token=x")
    await caller.call("DELETE", "/shop/things/7")
    assert [(c.method, c.path, c.status, c.blocked, c.host) for c in caller.services.calls] == [
        ("GET", "/things/7", 200, "", "127.0.0.1"),
        ("DELETE", "/things/7", 0, "not_allowed", "127.0.0.1"),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/things/7"),
        ("POST", "/things/7"),
        ("GET", "/thingsx/7"),
        ("GET", "/"),
        ("GET", "/Things/7"),
        ("POST", "/things/"),
        ("PUT", "/up/a/b"),
        ("PUT", "/up"),
        ("OPTIONS", "/things"),
    ],
)
async def test_what_the_policy_does_not_name_is_denied(
    caller: Caller, service: HttpService, method: str, path: str
) -> None:
    found = await caller.call(method, f"/shop{path}")
    assert (found.status, found.reason) == (403, "not_allowed")
    assert service.requests == []


@pytest.mark.parametrize(
    "path",
    [
        "/things/../admin",
        "/things/..",
        "/things/./7",
        "/things/.../7",
        "/things/%2e%2e/admin",
        "/things/%2E./admin",
        "/things/.%2e/admin",
        "/things%2f..%2fadmin",
        "/things/%2F7",
        "/things//7",
        "//things/7",
        "/things/7//",
        "/things/..;/admin",
        "/things;a=b/7",
        "/things/%3b/7",
        "/things/%5c..%5cadmin",
        "/things/%252e%252e/admin",
        "/things/%25/7",
        "/things/%00",
        "/things/7%0d%0aX:1",
        "/things/%7F",
        "/things/%74hings",
        "/things/%3Fa",
        "/things/%23a",
        "/things/%C0%AE%C0%AE/a",
        "/things/%ff",
        "/things/%",
        "/things/%zz",
        "/things/%u002e",
        "/things/a|b",
        "/things/{a}",
        "/things/%E2%80%AE",
        "/things/%EF%BC%8E%EF%BC%8E/admin",
        "/things/%EF%BC%8Fadmin",
        "/things/%E2%80%A4%E2%80%A4/admin",
        "/things/%EF%BC%A1dmin",
    ],
)
async def test_a_path_that_can_be_read_in_two_ways_is_refused(
    caller: Caller, service: HttpService, path: str
) -> None:
    found = await caller.call("GET", f"/shop{path}")
    assert found.status == 400
    assert service.requests == []


@pytest.mark.parametrize(
    "path", ["/things/%20", "/things/%C3%BC", "/things/u%CC%88", "/things/a.b..c", "/things/a:b@c,d=e+f~g"]
)
async def test_an_ordinary_path_arrives_as_it_was_sent(
    caller: Caller, service: HttpService, path: str
) -> None:
    assert (await caller.call("GET", f"/shop{path}")).status == 200
    assert service.requests[0].line == f"GET {path} HTTP/1.1"


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Bearer mine",
        "AUTHORIZATION: mine",
        "authorization: mine\r\nAuthorization: also mine",
        "Connection: authorization\r\nAuthorization: mine",
    ],
)
async def test_a_caller_s_own_copies_of_the_header_go(
    caller: Caller, service: HttpService, header: str
) -> None:
    await caller.call("GET", "/shop/things", header)
    assert service.requests[0].every("authorization") == [f"Bearer {VALUE}"]
    assert "mine" not in str(service.requests[0].headers)


async def test_a_header_that_cgi_reads_as_the_same_goes(service: HttpService) -> None:
    async with broker() as caller:
        caller.services.add("shop", service.base, header="X-Api-Key", format_="{value}")
        await caller.call("GET", "/shop/things", "X_Api_Key: mine", "x-api_key: mine", "x-API-key: mine")
        await caller.call("GET", "/shop/things", "X.Api.Key: mine", "X-Api.Key: mine", "X*Api*Key: mine")
    assert service.requests[1].every("x-api-key") == [VALUE]
    assert "mine" not in str(service.requests[1].headers)
    assert service.requests[0].every("x-api-key") == [VALUE]
    assert "mine" not in str(service.requests[0].headers)


async def test_hop_by_hop_headers_proxies_cookies_and_ranges_end_here(
    caller: Caller, service: HttpService
) -> None:
    await caller.call(
        "GET",
        "/shop/things",
        "Connection: keep-alive, X-Hop",
        "X-Hop: 1",
        "Proxy-Authorization: Basic eA==",
        "Proxy-Connection: keep-alive",
        "Keep-Alive: 5",
        "TE: trailers",
        "Cookie: session=1",
        "Range: bytes=0-4",
        "If-Range: x",
        "Request-Range: bytes=0-4",
        "X-MS-Range: bytes=0-4",
        "Proxy: http://127.0.0.1:1",
        "X-End: 1",
    )
    names = {name.lower() for name, _ in service.requests[0].headers}
    assert names - {"connection"} == {"host", "accept-encoding", "authorization", "user-agent", "x-end"}
    assert service.requests[0].every("host") == [service.base.removeprefix("http://")]


@pytest.mark.parametrize(
    "header",
    [
        "X-HTTP-Method-Override: DELETE",
        "x_http_method_override: DELETE",
        "X.HTTP.Method.Override: DELETE",
        "X-HTTP~Method~Override: DELETE",
        "X-Forwarded-Uri: /admin",
        "X-Original-Uri: /admin",
        "X-Original-Method: DELETE",
        "X-Forwarded-Method: DELETE",
        "X-Original-URL: /admin",
        "X-Rewrite-URL: /a",
        "X-Rewrite-Uri: /a",
        "X-Original-Path: /a",
        "X-Envoy-Original-Path: /a",
        "X-HTTP-Path-Override: /a",
        "X-Request-Uri: /a",
        "Http-Url: /a",
        "X-Script-Name: /a",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-User: root",
        "Forwarded: for=127.0.0.1",
    ],
)
async def test_what_would_change_the_call_is_refused(
    caller: Caller, service: HttpService, header: str
) -> None:
    assert (await caller.call("POST", "/shop/things", header, body=b"x")).reason == "header"
    assert service.requests == []


async def test_other_headers_that_say_an_address_pass(caller: Caller, service: HttpService) -> None:
    passed = {
        "Access-Control-Request-Method",
        "Content-Range",
        "Referer",
        "X-Upload-Url-Id",
        "X-Amz-Copy-Source",
    }
    await caller.call("GET", "/shop/things", *(f"{name}: /a" for name in passed))
    assert passed <= {name for name, _ in service.requests[0].headers}


async def test_an_answer_in_pieces_is_refused(caller: Caller, service: HttpService) -> None:
    pieces = b"--A\r\n\r\n" + VALUE[:14].encode() + b"\r\n--A\r\n\r\n" + VALUE[14:].encode() + b"\r\n--A--"
    head = f"HTTP/1.1 206 Partial\r\nContent-Length: {len(pieces)}\r\nConnection: close\r\n"
    service.answer_with(f"{head}Content-Type: Multipart/ByteRanges; boundary=A\r\n\r\n".encode() + pieces)
    found = await caller.call("GET", "/shop/things")
    assert (found.status, found.reason) == (502, "framing")


async def test_no_cookie_of_the_service_reaches_the_caller(caller: Caller, service: HttpService) -> None:
    service.answer_with(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: session=lives-on\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n"
        b'Alt-Svc: h3=":443"\r\nX-End: 1\r\nContent-Length: 2\r\n\r\nok'
    )
    found = await caller.call("GET", "/shop/things")
    assert found.header("envaccess-removed") == ["Set-Cookie"]
    assert found.header("x-end") == ["1"]
    assert [found.header(name) for name in ("set-cookie", "x-hop", "alt-svc")] == [[], [], []]


async def test_a_redirect_is_passed_back_and_not_followed(caller: Caller, service: HttpService) -> None:
    async with http_service() as other:
        service.answer_with(
            f"HTTP/1.1 307 Elsewhere\r\nLocation: {other.base}/x\r\nContent-Length: 0\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        found = await caller.call("GET", "/shop/things")
        assert (found.status, found.header("location")) == (307, [f"{other.base}/x"])
        assert other.requests == []


async def test_a_value_goes_to_its_own_host_alone(caller: Caller, service: HttpService) -> None:
    async with http_service() as other:
        caller.services.add("other", other.base, value="another-value-for-tests")
        await caller.call("GET", "/other/things")
        assert other.requests[0].every("authorization") == ["Bearer another-value-for-tests"]
        assert VALUE not in str(other.requests)
        host = other.base.removeprefix("http://")
        for target in (f"/shop/things/@{host}", f"/shop@{host}/things", f"/shop:80@{host}/things/"):
            await caller.call("GET", target)
        assert len(other.requests) == 1
    assert "another-value" not in str(service.requests)


async def test_a_body_is_passed_on_with_its_length_or_in_chunks(caller: Caller, service: HttpService) -> None:
    await caller.call("POST", "/shop/things", "Content-Type: text/plain", body=b"hello")
    assert (service.requests[0].body, service.requests[0].every("content-length")) == (b"hello", ["5"])
    assert service.requests[0].every("content-type") == ["text/plain"]
    head = caller.head("POST", "/shop/things", "Transfer-Encoding: chunked")
    await caller.raw(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert service.requests[1].body == b"abcde"


async def test_a_body_is_asked_for_only_when_the_call_is_allowed(
    caller: Caller, service: HttpService
) -> None:
    expecting = ("Expect: 100-continue", "Content-Length: 5")
    reader, writer = await caller.open()
    writer.write(caller.head("POST", "/shop/things", *expecting))
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"hello")
    assert b" 200 " in await reader.read()
    writer.close()
    assert service.requests[0].body == b"hello"
    assert service.requests[0].every("expect") == []
    refused = await caller.raw(caller.head("DELETE", "/shop/things", *expecting))
    assert refused.startswith(b"HTTP/1.1 403 ")


async def test_a_body_that_says_it_is_too_long_is_refused(caller: Caller, service: HttpService) -> None:
    found = await caller.raw(caller.head("POST", "/shop/things", "Content-Length: 99999999999"))
    assert found.startswith(b"HTTP/1.1 413 ")
    assert service.requests == []


async def test_a_head_has_no_body_and_keeps_its_length(caller: Caller, service: HttpService) -> None:
    service.answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\nConnection: close\r\n\r\n")
    found = await caller.call("HEAD", "/shop/things")
    assert (found.status, found.header("content-length"), found.body) == (200, ["900"], b"")


async def test_a_service_that_is_away_or_silent_is_told(service: HttpService) -> None:
    async def silent(_: ReceivedRequest, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    async with broker(quiet_seconds=0.2) as caller:
        caller.services.add("away", "http://127.0.0.1:1")
        caller.services.add("shop", service.base)
        assert (await caller.call("GET", "/away/things")).reason == "unreachable"
        service.answer_with(silent)
        assert (await caller.call("GET", "/shop/things")).reason == "timeout"


async def test_the_end_of_the_access_breaks_off_what_is_under_way(
    caller: Caller, service: HttpService
) -> None:
    begun = asyncio.Event()

    async def stream(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(FIRST_EVENT)
        await writer.drain()
        begun.set()
        await asyncio.sleep(3600)

    service.answer_with(stream)
    reader, writer = await caller.open()
    writer.write(caller.head("GET", "/shop/things"))
    await reader.readuntil(b"first")
    caller.services.services["shop"].end()
    rest = b""
    with contextlib.suppress(ConnectionError):
        rest = await reader.read()
    writer.close()
    assert not rest.endswith(b"0\r\n\r\n")
    assert (await caller.call("GET", "/shop/things")).status == 403


async def test_a_value_that_no_header_holds_or_no_search_finds_is_not_used(
    service: HttpService,
) -> None:
    async with broker() as caller:
        caller.services.add("lines", service.base, value="two-lines\r\nX-Evil: 1")
        assert (await caller.call("GET", "/lines/things")).reason == "value_unfit"
        with pytest.raises(Exception, match="under 6 characters"):
            caller.services.add("short", service.base, value="abc")
    assert service.requests == []


@pytest.mark.parametrize(
    "base",
    [
        "http://api.test",
        "http://192.168.0.1:80",
        "ftp://127.0.0.1",
        "https://",
        "https://a@api.test",
        "https://api.test?x",
    ],
)
async def test_a_value_is_sent_to_no_other_machine_in_the_clear(caller: Caller, base: str) -> None:
    with pytest.raises(CallRefusedError, match="no https:// address"):
        caller.services.add("clear", base)


async def test_a_body_in_chunks_that_is_too_long_is_refused(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("envaccess.broker.exchange.BODY_MAX", 10)
    head = caller.head("POST", "/shop/things", "Transfer-Encoding: chunked")
    found = await caller.raw(head + b"b\r\nhello world\r\n0\r\n\r\n")
    assert found.startswith(b"HTTP/1.1 413 ")


async def test_a_certificate_is_verified_and_an_authority_of_one_s_own_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = await asyncio.to_thread(self_signed, tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(both)
    async with http_service(tls) as service:
        async with broker() as caller:
            caller.services.add("shop", service.base)
            assert (await caller.call("GET", "/shop/things")).reason == "certificate"
            assert service.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        async with broker() as caller:
            caller.services.add("shop", service.base)
            assert (await caller.call("GET", "/shop/things")).text() == b"ok"


async def test_it_works_on_a_socket(service: HttpService, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    async with broker(folder / "s") as caller:
        caller.services.add("shop", service.base)
        assert (await caller.call("GET", "/shop/things")).text() == b"ok"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "s").stat().st_mode & 0o177 == 0
    assert not (folder / "s").exists()
