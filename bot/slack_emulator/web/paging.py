"""Pages of lists, by cursor (https://docs.slack.dev/apis/web-api/pagination)."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from slack_emulator.types import RefusalError
from slack_emulator.web.api_call import ApiCall

T = TypeVar("T")


def page(ask: ApiCall, found: Sequence[T], limit: int) -> tuple[Sequence[T], str]:
    """The items from `cursor` on, and the next cursor, empty at the end; raises `invalid_cursor`."""
    start = _start(ask.text("cursor"))
    shown = found[start : start + limit]
    end = start + len(shown)
    return shown, base64.b64encode(f"user:{end}".encode()).decode() if end < len(found) else ""


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return max(int(base64.b64decode(cursor, validate=True).decode().removeprefix("user:")), 0)
    except (binascii.Error, ValueError):
        raise RefusalError("invalid_cursor") from None
