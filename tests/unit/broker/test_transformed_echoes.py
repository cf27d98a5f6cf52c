"""A value is found although the service writes it in a way of its own, or answers only a half of it."""

import base64
import codecs
import json
import quopri
from collections.abc import Callable

import pytest

from envaccess.broker.echo import EchoError, EchoScanner, EchoSearch
from tests.fakes.http_service import HttpService
from tests.unit.broker.brokered import VALUE, Caller, FixedServices

_RAW = VALUE.encode()
_LONG = "sk-proj-4Gq_Zw9/aXt7+Lm2Rb8=Yk5Vc1Dn6Hs3"


def _each(form: str) -> Callable[[str], bytes]:
    return lambda text: "".join(form.format(byte) for byte in text.encode()).encode()


def _joined(sign: str) -> Callable[[str], bytes]:
    return lambda text: sign.join(text).encode()


_WAYS: dict[str, Callable[[str], bytes]] = {
    "every sign in a URL": _each("%{:02X}"),
    "every sign in a URL, twice": _each("%25{:02x}"),
    "every sign in a URL, three times": _each("%2525{:02x}"),
    "every sign in JSON": _each("\\u{:04x}"),
    "every sign in JSON, in JSON": _each("\\\\u{:04X}"),
    "every sign in a program": _each("\\x{:02x}"),
    "every sign in a program, as octal": _each("\\{:03o}"),
    "every sign in HTML": _each("&#{};"),
    "every sign in HTML, as hexadecimal": _each("&#x{:x};"),
    "every sign in HTML, twice": _each("&amp;#x{:x};"),
    "as .NET and Gson write JSON": lambda text: text.translate(
        {ord(sign): f"\\u{ord(sign):04X}" for sign in "+=/&'<>"}
    ).encode(),
    "with names of HTML": lambda text: text.translate(
        {ord("/"): "&sol;", ord("+"): "&plus;", ord("="): "&equals;", ord("_"): "&lowbar;"}
    ).encode(),
    "quoted-printable": lambda text: quopri.encodestring(text.encode(), quotetabs=True),
    "quoted-printable, every sign": _each("={:02X}"),
    "a list of bytes": lambda text: json.dumps(list(text.encode())).encode(),
    "a list of bytes, as Go prints it": lambda text: " ".join(map(str, text.encode())).encode(),
    "bytes in a program": lambda text: ", ".join(map(hex, text.encode())).encode(),
    "a list of characters": lambda text: json.dumps(list(text)).encode(),
    "a character a line": _joined("\n"),
    "with blanks between": _joined(" "),
    "with invisible characters between": _joined("\u200b"),
    "hexadecimal with blanks": lambda text: text.encode().hex(" ").encode(),
    "hexadecimal with colons": lambda text: text.encode().hex(":").upper().encode(),
    "base64 in lines of a mail": lambda text: base64.encodebytes(b"x" * 50 + text.encode()),
    "base64 in lines of twenty": lambda text: b"\r\n".join(
        base64.b64encode(text.encode())[place : place + 20] for place in range(0, 60, 20)
    ),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "UTF-32": lambda text: text.encode("utf-32-be"),
    "backwards": lambda text: text[::-1].encode(),
    "capitals": lambda text: text.upper().encode(),
    "small letters": lambda text: text.lower().encode(),
    "small for large": lambda text: text.swapcase().encode(),
    "over two strings of a program": lambda text: f'{text[:14]}" + "{text[14:]}'.encode(),
}


def _search(value: str) -> EchoSearch:
    return FixedServices().add("shop", "http://127.0.0.1:1", value=value).echo


def _is_found(value: str, told: bytes, size: int = 1 << 16) -> bool:
    scanner = EchoScanner(_search(value))
    try:
        for place in range(0, len(told), size):
            assert scanner.feed(told[place : place + size]) == b""
    except EchoError:
        return True
    return False


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("value", [VALUE, _LONG], ids=["short", "long"])
def test_a_value_is_found_however_it_is_written(way: str, value: str) -> None:
    told = b'{"you sent": "' + _WAYS[way](value) + b'", "a": 100%, "b\\n": "&c=12"}'
    assert _is_found(value, told)
    assert _is_found(value, told, size=17)


async def test_a_value_in_another_writing_never_leaves(caller: Caller, service: HttpService) -> None:
    told = b'{"authorization": "Bearer ' + _WAYS["as .NET and Gson write JSON"](VALUE) + b'"}'
    service.answer_with(b"HTTP/1.1 200 OK\r\nConnection: close\r\nX-A: b\r\n\r\n" + told)
    found = await caller.call("GET", "/shop/things")
    assert found.body == b""
    assert [call.blocked for call in caller.services.calls] == ["echo"]


@pytest.mark.parametrize(
    "told",
    [
        _LONG[:-4] + "...",
        "..." + _LONG[4:],
        _LONG[: len(_LONG) // 2],
        _LONG[:9] + "\x1b[1m" + _LONG[9:],
        _LONG[:30] + "<wbr>" + _LONG[30:],
        base64.b64encode(_LONG[:-3].encode()).decode(),
    ],
    ids=["begun", "ended", "the first half", "with a colour", "with a tag", "begun, in base64"],
)
def test_half_of_a_long_value_is_one(told: str) -> None:
    assert _is_found(_LONG, f"the token {told} is wrong".encode())


async def test_a_value_in_two_headers_or_in_a_header_s_name_is_found(
    caller: Caller, service: HttpService
) -> None:
    for lines in (
        f"X-A: {_LONG[:21]}\r\nX-B: {_LONG[21:]}",
        f"{_LONG.replace('/', '-').replace('=', '_')}: a",
    ):
        caller.services.add("shop", service.base, value=_LONG)
        service.answer_with(f"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{lines}\r\n\r\n".encode())
        found = await caller.call("GET", "/shop/things")
        assert (found.status, found.reason) == (502, "echo")


def test_what_is_only_like_a_value_is_none() -> None:
    for told in (
        b"value for tests of",
        b"%76%61lue-for-",
        _RAW[3:-3],
        codecs.encode(VALUE, "rot13").encode(),
    ):
        assert not _is_found(VALUE, told)
    assert not _is_found("pass-word", b"Pass word, PASSWORD, pass\nword"), (
        "a short one is found as it is alone"
    )
    assert _is_found("pass-word", b"a pass-word")
