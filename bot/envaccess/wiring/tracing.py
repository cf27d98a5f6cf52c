"""Traces of one process: recorded and sent where a collector is set, else nothing of it is there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from secrets import token_hex

from envaccess import __version__, log
from envaccess.domain.tracing import recorded_by
from envaccess.settings import Settings
from envaccess.settings.otlp import headers_of

_SERVICE = "envaccess"


@contextlib.asynccontextmanager
async def tracing(settings: Settings) -> AsyncIterator[None]:
    """Whatever is begun inside is recorded; sending stops with it, and holds up no stop for long."""
    if settings.traces_endpoint is None:
        yield
        return
    from envaccess.metrics.otlp import TraceSender  # noqa: PLC0415 - only where they are set
    from envaccess.metrics.spans import SpanRecorder  # noqa: PLC0415

    recorder = SpanRecorder(settings.traces_percent)
    about = {"service.name": _SERVICE, "service.version": __version__, "service.instance.id": token_hex(8)}
    url, headers = f"{settings.traces_endpoint}/v1/traces", headers_of(settings.traces_headers)
    sender = TraceSender(recorder, url, headers, about, _tell)
    sending = asyncio.create_task(sender.run())
    try:
        with recorded_by(recorder):
            yield
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


def _tell(what: str, why: str) -> None:
    if why:
        log.warn(what, why=why)
    else:
        log.note(what)
