"""Looks for a value in what a service answers, however it is cut, and lets nothing of it out."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Final

from envaccess.broker.errors import CallRefusedError, bad_answer
from envaccess.broker.letters import letters_of, readings
from envaccess.broker.service import BrokeredService
from envaccess.run.forms import SHORTEST, forms_of, pieces
from envaccess.run.search import FewTexts, ManyTexts, TextSearch

HELD: Final = 4_095
"""Bytes that are held back, and looked through with what follows: one less than the longest form."""
_ENOUGH: Final = 16
"""Letters and digits that are found however they are written; fewer are in some text by chance."""
_NUMBERS: Final = 64
"""Of bytes that are written as numbers so much is looked for: `bytes.find` is slow for over 99."""
_AT_MOST: Final = 256
"""Letters and digits that are looked for in one piece: in what is held back, however each is written."""
_BASIC: Final = "basic "
_EVENTS: Final = "text/event-stream"
_ENDS_OF_EVENTS: Final = (b"\n\n", b"\n\r\n", b"\r\r")
_OF_LINES: Final = frozenset(
    {
        "application/json",
        "application/jsonl",
        "application/json-seq",
        "application/ndjson",
        "application/x-jsonlines",
        "application/x-ndjson",
        "text/plain",
    }
)
"""A value that stands in a header has no end of a line, and so has none of its forms."""


class EchoError(CallRefusedError):
    """The answer holds the value."""

    def __init__(self) -> None:
        found = bad_answer(
            "echo",
            "The service's answer holds the value it was called with: it was cut off and the access ended.",
            "The variable's owner may want to replace the value; ask for access again if the call is needed.",
        )
        super().__init__(found.status, found.reason, found.detail, found.hint)


class EchoSearch:
    """The forms of one service's value.

    Raises:
        CallRefusedError: the value is too short to be found.
    """

    def __init__(self, service: BrokeredService) -> None:
        if len(service.value) < SHORTEST:
            raise bad_answer(
                "value_short",
                f"The value has under {SHORTEST} characters: an answer that holds it could not be told.",
                "Its owner sets a longer one.",
            )
        texts = [text for text in _texts(service) if len(text) >= SHORTEST]
        written = forms_of((service.name, text) for text in (*texts, *_halves(service.value)))
        forms = {form for each in (*written.forms, *map(_backwards, texts)) for form in pieces(each)}
        numbers = set(_in_numbers(texts))
        digits = (
            piece for form in numbers if _is_enough(form) for piece in pieces(letters_of(form), _AT_MOST)
        )
        self._letters = _search(map(letters_of, forms))
        self._numbers = FewTexts(_shortest({piece[-_NUMBERS:] for piece in digits}))
        self._exact = TextSearch(
            _shortest(form for form in forms | numbers if not _is_enough(letters_of(form)))
        )

    def check(self, data: bytes) -> None:
        """Look through a piece of an answer. Raises `EchoError`."""
        if self._exact.find(data):
            raise EchoError
        for letters in readings(data):
            if any(self._letters.find(letters)) or any(self._numbers.find(letters)):
                raise EchoError


def _search(letters: Iterable[bytes]) -> FewTexts | ManyTexts:
    """For those that are enough. Eight bytes at once: fewer could be guessed, as a comparison takes time."""
    enough = _shortest(piece for each in letters if _is_enough(each) for piece in pieces(each, _AT_MOST))
    return ManyTexts(enough, gram=8) if enough else FewTexts(())


def _is_enough(letters: bytes) -> bool:
    return len(letters) >= _ENOUGH


def _texts(service: BrokeredService) -> Iterator[str]:
    """The value; of Basic authentication also what it is the base64 of, and the password in that."""
    yield service.value
    told = service.format.replace("{value}", service.value)
    if not told.lower().startswith(_BASIC):
        return
    try:
        pair = base64.b64decode(told[len(_BASIC) :], validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield pair
    yield pair.partition(":")[2]


def _halves(value: str) -> tuple[str, ...]:
    """Of a long value: a service may cut it short, or write something into it."""
    middle = len(value) // 2
    return (value[:middle], value[middle:]) if middle >= _ENOUGH else ()


def _shortest(forms: Iterable[bytes]) -> list[bytes]:
    """Those that begin with no other one: where one of the others begins, one of these does."""
    found: list[bytes] = []
    for form in sorted(forms):
        if not found or not form.startswith(found[-1]):
            found.append(form)
    return found


def _backwards(text: str) -> bytes:
    return text[::-1].encode(errors="surrogateescape")


def _in_numbers(texts: Iterable[str]) -> Iterator[bytes]:
    """As hexadecimal, and as lists of bytes without what stands between them."""
    for text in texts:
        raw = text.encode(errors="surrogateescape")
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        yield "".join(map(str, raw)).encode()
        yield "".join(map(hex, raw)).encode()


class EchoScanner:
    """One body's. What leaves, and when, follows from lengths and ends of lines, and not from the value.

    Else a caller of a service that reflects its text could tell by a pause whether what it guessed is how the
    value begins, a letter at a time. So a number of bytes is held back that is the same for every value. What
    stands before the end of an event or of a line leaves at once: no form of a value goes over one.

    Args:
        echo: what is looked for.
        content_type: as the service says it; of streams of events or lines, which must not wait.
    """

    def __init__(self, echo: EchoSearch, content_type: str = "") -> None:
        self._echo = echo
        self._ends = _ends(content_type)
        self._seen = b""
        """The last of what was looked through."""
        self._held = 0
        """How many of its last bytes are held back."""

    def feed(self, data: bytes) -> bytes:
        """What may go out by now. Raises `EchoError`."""
        if not data:
            return b""
        data = self._seen + data if self._seen else data
        self._echo.check(data)
        begins = len(self._seen) - self._held
        stop = max(begins, len(data) - HELD, _after_last(self._ends, data))
        self._seen, self._held = data[-HELD:], len(data) - stop
        return data[begins:stop]

    def finish(self) -> bytes:
        """The rest, once nothing follows."""
        held, self._held = self._seen[len(self._seen) - self._held :], 0
        return held


def _after_last(ends: Iterable[bytes], data: bytes) -> int:
    """Where the last of these ends; 0 where there is none."""
    return max((place + len(end) for end in ends if (place := data.rfind(end)) >= 0), default=0)


def _ends(content_type: str) -> tuple[bytes, ...]:
    """What parts of a stream end with, by its type; nothing where it is none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _EVENTS:
        return _ENDS_OF_EVENTS
    return (b"\n",) if kind in _OF_LINES or kind.endswith("+json") else ()
