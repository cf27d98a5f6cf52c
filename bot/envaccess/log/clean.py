"""The processor that lets only plain, cleaned values into the log."""

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from pathlib import PurePath
from uuid import UUID

from structlog.typing import EventDict, WrappedLogger

from envaccess.log.describe import describe, trace
from envaccess.log.patterns import WITHHELD, is_private, withhold

_SHORTEST_SECRET = 6  # characters; the removal of shorter ones would blot out ordinary words
_LONGEST_TEXT = 1000  # characters
_DEEPEST = 6  # levels


def _any_of(secrets: Iterable[str]) -> re.Pattern[str] | None:
    removable = sorted({text for text in secrets if len(text) >= _SHORTEST_SECRET}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, removable))) if removable else None


class Cleaner:
    """Cleans each event; `secrets` are texts to remove wherever they turn up."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = frozenset(secrets)
        self._known = _any_of(self._secrets)

    def withhold_too(self, secret: str) -> None:
        """Remove this one, too."""
        self._secrets |= {secret}
        self._known = _any_of(self._secrets)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Return the event cleaned, with `trace` in the place of `exc_info`."""
        error = _find_error(event.pop("exc_info", None))
        cleaned = self._clean_mapping(event, 0)
        if error:
            cleaned["trace"] = [self._clean_text(line) for line in trace(error)]
        return cleaned

    def _clean_mapping(self, values: Mapping[str, object], depth: int) -> dict[str, object]:
        return {
            self._clean_text(str(key)): WITHHELD if is_private(str(key)) else self._clean(value, depth)
            for key, value in values.items()
        }

    def _clean(self, value: object, depth: int) -> object:
        """Return plain data; of anything that is none, only its type: a `repr` may hold a value."""
        if isinstance(value, Enum):
            value = value.value
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, (str, UUID, PurePath, date)):
            return self._clean_text(str(value))
        if isinstance(value, BaseException):
            return self._clean_text(describe(value))
        if depth < _DEEPEST and isinstance(value, Mapping):
            return self._clean_mapping(value, depth + 1)
        if depth < _DEEPEST and isinstance(value, (list, tuple, set, frozenset)):
            return [self._clean(item, depth + 1) for item in value]
        return f"[{type(value).__qualname__}]"

    def _clean_text(self, text: str) -> str:
        if self._known:
            text = self._known.sub(WITHHELD, text)
        text = withhold(text)
        if not text.isprintable():  # a newline forges a line, an escape sequence rewrites the terminal
            text = repr(text)[1:-1]
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}... ({len(text)} characters)"


def _find_error(exc_info: object) -> BaseException | None:
    """Return the exception of any form of `exc_info`: True, an exception, or logging's triple."""
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exception() if exc_info else None
