"""When parts of an answer leave says nothing of the value: who guesses learns nothing from a pause."""

from collections.abc import Iterator
from typing import Any

import pytest

from envaccess.broker.echo import EchoError, EchoScanner, EchoSearch
from envaccess.run.search import ManyTexts
from tests.fakes.http_service import HttpService
from tests.unit.broker.brokered import VALUE, Caller, FixedServices, broker

_RAW = VALUE.encode()
_OTHER = "another-one/of+the=same-long"
_LONG = "".join(f"{number:04}-of-a-long-key." for number in range(300))
_TYPES = ("text/event-stream", "application/json", "application/octet-stream", "")


def _search(value: str) -> EchoSearch:
    return FixedServices().add("shop", "http://127.0.0.1:1", value=value).echo


def _scanner(value: str = VALUE, kind: str = "application/octet-stream") -> EchoScanner:
    return EchoScanner(_search(value), kind)


def _guesses() -> Iterator[list[bytes]]:
    """What a service answers that reflects a guess: the beginning of the value, right up to some place."""
    for length in range(1, len(_RAW)):
        right = _RAW[:length]
        yield [b"you sent ", right, b"! ", b"x" * 5000, right]
        yield [b"data: ", right, b"\n\n", right, b"\n", b"more\n\n", right]
        yield [right[place : place + 1] for place in range(length)]


def _left(scanner: EchoScanner, text: bytes, size: int) -> tuple[bytes, bool]:
    """What left of a text that came in parts, and whether a value was found in it."""
    left = b""
    for place in range(0, len(text), size):
        try:
            left += scanner.feed(text[place : place + size])
        except EchoError:
            return left, True
    return left + scanner.finish(), False


@pytest.mark.parametrize("kind", _TYPES)
def test_what_leaves_and_when_is_the_same_for_a_right_guess_and_a_wrong_one(kind: str) -> None:
    for parts in _guesses():
        sizes = []
        for value in (VALUE, _OTHER, "short-one", VALUE[::-1]):
            scanner = _scanner(value, kind)
            sizes.append([*(len(scanner.feed(part)) for part in parts), len(scanner.finish())])
        assert all(each == sizes[0] for each in sizes), parts


@pytest.mark.parametrize("kind", _TYPES)
def test_all_of_an_answer_leaves_in_its_order(kind: str) -> None:
    pieces = (b"value-for", b"\n", b"\n\n", b"\r\n\r\n", b"%2", b"&amp;", b"\\u00", b"x" * 97)
    text = b"".join(pieces[number * number % 31 % len(pieces)] for number in range(2_000))
    scanner, out, place, number = _scanner(kind=kind), b"", 0, 0
    while place < len(text):
        size, number = (1, 5000, 2, 900, 30)[number % 5], number + 1
        out += scanner.feed(text[place : place + size])
        place += size
    assert out + scanner.finish() == text


def test_an_event_leaves_when_it_is_whole_and_a_line_where_lines_are_meant() -> None:
    events = _scanner(kind="text/event-stream; charset=utf-8")
    assert events.feed(b"data: one\ndata: more\n") == b""
    assert events.feed(b"\ndata: two\r\n\r") == b"data: one\ndata: more\n\n"
    assert events.feed(b"\ndata: 3") == b"data: two\r\n\r\n"
    lines = _scanner(kind="application/json")
    assert lines.feed(b'{"a": 1}\n{"a"') == b'{"a": 1}\n'
    assert lines.finish() == b'{"a"'


@pytest.mark.parametrize("kind", _TYPES)
def test_a_value_is_found_before_its_first_byte_leaves_however_it_is_cut(kind: str) -> None:
    for size in (1, 3, 11, len(_RAW) - 1):
        text = b"line\n\nyou sent " + _RAW + b" here\n\n"
        left, found = _left(_scanner(kind=kind), text, size)
        assert found
        assert left in {b"", b"line\n\n"}


class _Counted(bytes):
    """Counts how often it is searched for a whole text."""

    searched = 0

    def find(self, *args: Any) -> int:
        self.searched += 1
        return super().find(*args)


def test_a_right_beginning_costs_no_more_time_than_a_wrong_one() -> None:
    """However often a service repeats it, over megabytes: only the end of a value is compared."""
    text = b"skproj4gqzw9axt7lm2rb8yk5vc1dn6hs3"
    search = ManyTexts([text, text[::-1]], gram=8)
    for guess in (text[:16], b"x" + text[:17], text[:8] * 2, b"some other text "):
        data = _Counted(guess * 4_000)
        assert not any(search.find(data))
        assert data.searched == 0
    assert list(search.find(_Counted(b"." * 20_001 + text))) == [(20_001, 20_001 + len(text))]


@pytest.mark.parametrize(
    "written",
    [
        _LONG,
        _LONG.encode().hex(),
        _LONG.encode("utf-16-be").decode("latin-1"),
        "".join(f"\\u{ord(each):04x}" for each in _LONG),
        "".join(f"&amp;#x{ord(each):04x};" for each in _LONG),
    ],
    ids=["as it is", "hexadecimal", "UTF-16", "JSON", "HTML"],
)
def test_a_long_value_is_found_before_its_first_byte_leaves(written: str) -> None:
    left, found = _left(_scanner(_LONG), b"you sent " + written.encode("latin-1"), 1_000)
    assert found
    assert left in {b"", b"you sent "}


async def test_a_guess_of_the_beginning_ends_no_access(caller: Caller, service: HttpService) -> None:
    """Else a right guess could be told from a wrong one, by the end of the access."""
    for length in (6, 20, len(_RAW) - 1):
        body = b"you sent " + _RAW[:length]
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        service.answer_with(head.encode() + body)
        found = await caller.call("GET", "/shop/things")
        assert found.body == body
    assert not caller.services.services["shop"].ended.is_set()


async def test_what_was_held_when_a_service_breaks_off_does_not_leave(service: HttpService) -> None:
    async with broker() as caller:
        caller.services.add("shop", service.base)
        sent = b"x" * 5_000 + b"you sent " + _RAW[:20]
        service.answer_with(b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\nConnection: close\r\n\r\n" + sent)
        found = await caller.call("GET", "/shop/things")
        assert _RAW[:3] not in found.raw
