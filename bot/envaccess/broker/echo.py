"""Looks for a value in what a service answers, however it is cut, and lets nothing of it out."""

import base64
import binascii
from collections.abc import Iterable, Iterator
from typing import Final

from envaccess.broker.errors import CallRefusedError, bad_answer
from envaccess.broker.service import BrokeredService
from envaccess.run.forms import SHORTEST, forms_of
from envaccess.run.search import TextSearch

_BASIC: Final = "basic "


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
            yield told.encode()
            yield told.upper().encode()
            yield from (text.encode(f"utf-16-{order}", errors="surrogatepass") for order in ("le", "be"))


class EchoScanner:
    """One body's. Only what may be the beginning of a form is held back, until it is known to be none."""

    def __init__(self, echo: EchoSearch) -> None:
        self._search = echo.search
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What may go out by now. Raises `EchoError`."""
        data = self._held + data if self._held else data
        if self._search.find(data):
            raise EchoError
        stop = self._search.unfinished(data)
        self._held = data[stop:]
        return data[:stop] if self._held else data

    def finish(self) -> bytes:
        """The rest, once nothing follows. Raises `EchoError` where that is the beginning of the value."""
        held, self._held = self._held, b""
        if len(held) >= SHORTEST:
            raise EchoError
        return held
