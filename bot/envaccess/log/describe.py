"""What may be said of an exception: its type, where it was raised, and of its text only what is surely safe.

Foreign messages hold what they failed on: pydantic the value, redis the command, slack_sdk the response.
"""

import errno
import os
import re
from collections.abc import Iterator
from types import TracebackType

from envaccess.domain.errors import EnvaccessError
from envaccess.log.patterns import withhold

_MOST_FRAMES = 20
_REDIS_CODE = re.compile(r"[A-Z]{2,20}(?=\s|$)")
_STATUS = re.compile(r"[1-5]\d\d$")
_SLACK_CODE = re.compile(r"[a-z_]{2,60}$")


def describe(error: BaseException) -> str:
    """Return one line that is safe to show: the type, and a code or a sentence of ours where there is one."""
    kind = type(error)
    known = isinstance(error, EnvaccessError) or kind.__module__ == "builtins"
    name = kind.__qualname__ if known else f"{kind.__module__}.{kind.__qualname__}"
    words = _safe_words(error)
    return f"{name}: {words}" if words else name


def trace(error: BaseException) -> Iterator[str]:
    """Give an exception and all it came from, a line each, followed by the places that it passed."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop(0)
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield describe(found)
        yield from _places(found.__traceback__)
        waiting += [found.__cause__, None if found.__suppress_context__ else found.__context__]
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions


def _safe_words(error: BaseException) -> str:
    if isinstance(error, EnvaccessError):
        return withhold(str(error))
    if isinstance(error, OSError) and error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno)
    library = type(error).__module__.partition(".")[0]
    if library == "slack_sdk":
        return _slack_code(getattr(error, "response", None))
    if library == "redis":
        return _match(_REDIS_CODE, str(error))
    if library == "aiohttp":
        return _match(_STATUS, str(getattr(error, "status", "")))
    return ""


def _slack_code(response: object) -> str:
    """Return the `error` of a response, such as `channel_not_found`; it may be a dict or hold one."""
    data = getattr(response, "data", response)
    return _match(_SLACK_CODE, data.get("error")) if isinstance(data, dict) else ""


def _match(pattern: re.Pattern[str], text: object) -> str:
    found = pattern.match(text) if isinstance(text, str) else None
    return found.group() if found else ""


def _places(traceback: TracebackType | None) -> list[str]:
    """List files, lines and functions, the raising one last; never a local variable."""
    places = []
    while traceback:
        code = traceback.tb_frame.f_code
        places.append(f"  {code.co_filename}:{traceback.tb_lineno} in {code.co_name}")
        traceback = traceback.tb_next
    return places[-_MOST_FRAMES:]
