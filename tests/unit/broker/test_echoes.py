"""No form of the value leaves in an answer, wherever it stands and however it is cut."""

import asyncio
import base64
import contextlib
import gzip
import json
import zlib
from urllib.parse import quote

import pytest

from envaccess.broker.echo import EchoScanner, EchoSearch
from tests.fakes.http_service import HttpService, ReceivedRequest
from tests.unit.broker.brokered import VALUE, Caller, FixedServices, broker

_RAW = VALUE.encode()
_FORMS = {
    "raw": _RAW,
    "in JSON": json.dumps({"a": VALUE}).encode(),
    "in JSON with escaped slashes": VALUE.replace("/", "\\/").encode(),
    "in JSON of .NET": json.dumps({"a": VALUE}).replace("+", "\\u002B").encode(),
    "in JSON of Gson": json.dumps({"a": VALUE}).replace("=", "\\u003d").encode(),
    "in JSON within JSON": json.dumps(json.dumps({"a": VALUE}).replace("+", "\\u002B")).encode(),
    "in a URL within a URL": quote("/next?a=" + quote(VALUE, safe=""), safe="").encode(),
    "in HTML of Handlebars": VALUE.replace("=", "&#x3D;").encode(),
    "in HTML of Mustache": VALUE.replace("=", "&#x3D;").replace("/", "&#x2F;").encode(),
    "in HTML of Go": VALUE.replace("+", "&#43;").encode(),
    "in a URL": quote(VALUE, safe="").encode(),
    "in a form": b"a=" + quote(VALUE, safe="/").encode(),
    "hexadecimal": _RAW.hex().encode(),
    "base64": base64.b64encode(_RAW),
    "base64 after one byte": base64.b64encode(b"x" + _RAW),
    "base64 after two bytes": base64.b64encode(b"xy" + _RAW),
    "base64 of the whole header": base64.b64encode(b"Authorization: Bearer " + _RAW),
    "base64 for URLs": base64.urlsafe_b64encode(b"\xff\xfe" + _RAW),
}


def _answer(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _chunked(*parts: bytes, trailer: bytes = b"", headers: bytes = b"") -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        + headers
        + b"\r\n"
        + chunks
        + b"0\r\n"
        + trailer
        + b"\r\n"
    )


def _leaks(raw: bytes) -> bool:
    return any(form in raw for form in _FORMS.values()) or _RAW[:12] in raw


async def _cut(caller: Caller, service: HttpService, answer: bytes) -> bytes:
    service.answer_with(answer)
    found = await caller.call("GET", "/shop/things")
    assert [call.blocked for call in caller.services.calls] == ["echo"]
    assert caller.services.services["shop"].ended.is_set(), "the access goes on"
    assert not _leaks(found.raw)
    return found.raw


@pytest.mark.parametrize("form", _FORMS)
async def test_a_body_that_echoes_the_value_is_cut(caller: Caller, service: HttpService, form: str) -> None:
    found = await _cut(caller, service, _answer(b"you sent " + _FORMS[form] + b" here"))
    assert b" 502 " in found
    assert b'"echo"' in found


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
async def test_a_body_in_utf_16_that_echoes_the_value_is_cut(
    caller: Caller, service: HttpService, encoding: str
) -> None:
    body = f"you sent {VALUE} here".encode(encoding)
    assert VALUE.encode(encoding) not in await _cut(caller, service, _answer(body))


@pytest.mark.parametrize("form", _FORMS)
async def test_a_header_that_echoes_the_value_is_cut(caller: Caller, service: HttpService, form: str) -> None:
    await _cut(caller, service, _answer(b"ok", f"X-You-Sent: {_FORMS[form].decode()}"))


async def test_the_status_line_echoes_nothing(caller: Caller, service: HttpService) -> None:
    answer = f"HTTP/1.1 400 Bad token {VALUE}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    await _cut(caller, service, answer.encode())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_that_holds_the_value_is_cut(
    caller: Caller, service: HttpService, status: int
) -> None:
    place = f"https://elsewhere.test/?token={quote(VALUE, safe='')}"
    answer = f"HTTP/1.1 {status} Found\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    await _cut(caller, service, answer.encode())


async def test_a_cookie_that_holds_the_value_is_cut(caller: Caller, service: HttpService) -> None:
    await _cut(caller, service, _answer(b"ok", f"Set-Cookie: a={base64.b64encode(_RAW).decode()}"))


async def test_no_trailer_is_passed_back(caller: Caller, service: HttpService) -> None:
    service.answer_with(
        _chunked(b"ok", trailer=b"X-Token: " + _RAW + b"\r\n", headers=b"Trailer: X-Token\r\n")
    )
    found = await caller.call("GET", "/shop/things")
    assert found.text() == b"ok"
    assert not _leaks(found.raw)
    assert found.header("trailer") == []


@pytest.mark.parametrize("form", _FORMS)
async def test_a_value_in_two_chunks_is_cut_at_every_place(
    caller: Caller, service: HttpService, form: str
) -> None:
    told = _FORMS[form]
    for place in range(1, len(told), 5):
        caller.services.calls.clear()
        caller.services.add("shop", service.base)
        await _cut(caller, service, _chunked(b"data: ", told[:place], told[place:], b"\n\n"))


async def test_events_pass_at_once_until_one_holds_the_value(caller: Caller, service: HttpService) -> None:
    go_on = asyncio.Event()

    async def stream(_: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for number, event in enumerate(
            (b"data: one\n\n", b"data: " + _RAW[:9], _RAW[9:] + b"\n\n", b"data: 4\n\n")
        ):
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
            if not number:
                await go_on.wait()

    service.answer_with(stream)
    reader, writer = await caller.open()
    writer.write(caller.head("GET", "/shop/things"))
    head = await reader.readuntil(b"data: one\n\n")
    assert b" 200 " in head
    go_on.set()
    rest = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65_536):
            rest += part
    writer.close()
    assert _RAW[:2] not in rest.replace(b"data: ", b"")
    assert not rest.endswith(b"0\r\n\r\n"), "the caller takes it for whole"
    assert [call.blocked for call in caller.services.calls] == ["echo"]


@pytest.mark.parametrize(
    ("name", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("x-gzip", gzip.compress)]
)
async def test_what_is_encoded_although_nobody_asked_is_looked_through(
    caller: Caller, service: HttpService, name: str, encode: object
) -> None:
    assert callable(encode)
    service.answer_with(_answer(encode(b"plain text " * 9), f"Content-Encoding: {name}"))
    found = await caller.call("GET", "/shop/things", "Accept-Encoding: gzip, br")
    assert found.text() == b"plain text " * 9
    assert found.header("content-encoding") == []
    assert service.requests[-1].every("accept-encoding") == ["identity"]
    caller.services.calls.clear()
    await _cut(caller, service, _answer(encode(b"x" * 50 + _RAW), f"Content-Encoding: {name}"))


@pytest.mark.parametrize(
    "encoding", ["br", "zstd", "compress", "gzip, gzip", "deflate, br", "aes128gcm", "x"]
)
async def test_an_encoding_that_cannot_be_looked_through_is_refused(
    caller: Caller, service: HttpService, encoding: str
) -> None:
    service.answer_with(_answer(_RAW, f"Content-Encoding: {encoding}"))
    found = await caller.call("GET", "/shop/things")
    assert (found.status, found.reason) == (502, "encoding")
    assert not _leaks(found.raw)


async def test_two_headers_of_encodings_are_read_as_one(caller: Caller, service: HttpService) -> None:
    twice = gzip.compress(gzip.compress(_RAW))
    service.answer_with(_answer(twice, "Content-Encoding: gzip", "Content-Encoding: gzip"))
    assert (await caller.call("GET", "/shop/things")).status == 502


@pytest.mark.parametrize(
    "body",
    [b"no gzip", gzip.compress(b"a" * 99)[:-9], gzip.compress(b"a") * 2],
    ids=["no gzip", "cut short", "two of them"],
)
async def test_what_cannot_be_decoded_is_refused(caller: Caller, service: HttpService, body: bytes) -> None:
    service.answer_with(_answer(body, "Content-Encoding: gzip"))
    found = await caller.call("GET", "/shop/things")
    assert not found.raw or found.status == 502 or not found.is_whole


async def test_what_only_begins_like_the_value_passes_whole(caller: Caller, service: HttpService) -> None:
    body = b"value-for-tests is no secret, nor is val"
    service.answer_with(_chunked(body[:7], body[7:]))
    found = await caller.call("GET", "/shop/things")
    assert found.text() == body


async def test_a_password_of_basic_authentication_is_found_plain(service: HttpService) -> None:
    pair = base64.b64encode(b"alice:password-for-tests").decode()
    async with broker() as caller:
        caller.services.add("shop", service.base, format_="Basic {value}", value=pair)
        service.answer_with(_answer(b'{"password": "password-for-tests"}'))
        found = await caller.call("GET", "/shop/things")
    assert (found.status, found.reason) == (502, "echo")


async def test_each_line_of_a_value_of_several_is_found() -> None:
    services = FixedServices()
    opened = services.add("shop", "http://127.0.0.1:1", value="first-line-of-key\nsecond-line-of-key")
    scanner = EchoScanner(EchoSearch(opened.service))
    with pytest.raises(Exception, match="holds the value"):
        scanner.feed(b"error near second-line-of-key!")
