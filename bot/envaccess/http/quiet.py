"""What is no HTTP: one line in the log, since anybody may send it (aiohttp#7817), and no word in the answer.

aiohttp answers with what it could not read, up to a hundred bytes of it, and with its own version. Where a
proxy lets many clients share one connection, that could be a piece of somebody else's request.
"""

import logging
from http import HTTPStatus

from aiohttp import web
from aiohttp.http import HttpProcessingError

from envaccess import log

_THEIRS = (HttpProcessingError, web.RequestPayloadError, ConnectionResetError)
"""What is no HTTP; and who asks whether to go on (`Expect`), and does not stay for the answer."""


class _Malformed(logging.Filter):
    """Takes away the traceback of what a client did wrong; our own faults keep theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record goes on as it is."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, _THEIRS):
            return True
        log.note("request_malformed", kind=type(error).__name__)
        return False


_MALFORMED = _Malformed()


def quiet_logger() -> logging.Logger:
    """The logger that aiohttp is to use."""
    logger = logging.getLogger("aiohttp.server.envaccess")
    logger.addFilter(_MALFORMED)
    return logger


class PlainHandler(web.RequestHandler):
    """Speaks HTTP as aiohttp does, but for what it says of requests that are none, and of its own faults."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The status, and nothing of what was sent."""
        super().handle_error(
            request, status, exc, message
        )  # writes the log, and raises what cannot be answered
        # No signal is sent for what is no request: aiohttp's name is kept out by another.
        headers = {"Cache-Control": "no-store", "Server": ""}
        answer = web.Response(status=status, text=HTTPStatus(status).phrase, headers=headers)
        answer.force_close()
        return answer
