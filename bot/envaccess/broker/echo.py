"""Looks for a value in what a service answers, however it is cut, and lets nothing of it out."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Final

from envaccess.broker.errors import CallRefusedError, bad_answer
from envaccess.broker.service import BrokeredService
from envaccess.run.forms import SHORTEST, forms_of, pieces
from envaccess.run.search import TextSearch

HELD: Final = 4_095
"""Bytes that are held back, and looked through with what follows: one less than the longest form."""
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
        texts = list(_texts(service))
        forms = forms_of((service.name, text) for text in texts)
        if len(service.value) < SHORTEST:
            raise bad_answer(
                "value_short",
                f"The value has under {SHORTEST} characters: an answer that holds it could not be told.",
                "Its owner sets a longer one.",
            )
        self.search = TextSearch(_shortest(forms.forms | frozenset(_besides(texts))))

    def check(self, parts: Iterable[bytes]) -> None:
        """Look through what is whole: names, values, the status line. Raises `EchoError`."""
        if self.search.find(b"\n".join(parts)):
            raise EchoError


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


def _shortest(forms: Iterable[bytes]) -> list[bytes]:
    """Those that begin with no other one: where one of the others begins, one of these does."""
    found: list[bytes] = []
    for form in sorted(forms):
        if not found or not form.startswith(found[-1]):
            found.append(form)
    return found


def _besides(texts: Iterable[str]) -> Iterator[bytes]:
    """In hexadecimal digits and in UTF-16, which a service may answer in, and hardly a program writes."""
    for text in texts:
        if len(text) >= SHORTEST:
            told = text.encode(errors="surrogateescape").hex()
            forms = [told.encode(), told.upper().encode()]
            if text.isascii():  # else one could hold the end of a line
                forms += [text.encode("utf-16-le"), text.encode("utf-16-be")]
            for form in forms:
                yield from pieces(form)


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
        self._search = echo.search
        self._ends = _ends(content_type)
        self._seen = b""
        """The last of what was looked through."""
        self._held = 0
        """How many of its last bytes are held back."""

    def feed(self, data: bytes) -> bytes:
        """What may go out by now. Raises `EchoError`."""
        data = self._seen + data if self._seen else data
        if self._search.find(data):
            raise EchoError
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
