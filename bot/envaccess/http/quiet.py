"""aiohttp's log of requests: what is no HTTP is one line, since anybody may send it (aiohttp#7817)."""

import logging

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
