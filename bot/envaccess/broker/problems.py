"""Problems of RFC 9457, as the bot's own API writes them."""

import json
from typing import Any

from aiohttp import web

from envaccess.broker.errors import CallRefusedError

_TYPE = "application/problem+json"


def problem(error: CallRefusedError, more: dict[str, Any] | None = None) -> web.Response:
    """What a caller is told of a refusal."""
    told = {
        "type": "about:blank",
        "title": error.status.phrase,
        "status": int(error.status),
        "reason": error.reason,
        "detail": error.detail,
        **({"hint": error.hint} if error.hint else {}),
        **(more or {}),
    }
    return web.Response(
        status=error.status,
        body=json.dumps(told).encode(),
        headers={"Content-Type": _TYPE, "Cache-Control": "no-store"},
    )
