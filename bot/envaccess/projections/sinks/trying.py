"""Try a sink with one event, for whoever sets it up."""

import asyncio
from typing import Final

from envaccess.domain.audit import Event
from envaccess.projections.sinks.loop import TRY_SECONDS
from envaccess.projections.sinks.ports import EncodedEvent, Sink, SinkError, SinkPendingError

_AGAIN_SECONDS: Final = 1.0


async def try_sink(sink: Sink, event: Event) -> str:
    """Send one event; why it was not taken, empty where it was."""
    one = EncodedEvent(event.id, event.event, event.at, sink.encode(event))
    try:
        async with asyncio.timeout(TRY_SECONDS):
            while not await _has(sink, one):  # noqa: ASYNC110 - it has to be asked
                await asyncio.sleep(_AGAIN_SECONDS)
    except TimeoutError:
        return "it did not answer in time"
    except SinkError as error:
        return str(error)
    return ""


async def _has(sink: Sink, one: EncodedEvent) -> bool:
    try:
        await sink.send([one])
    except SinkPendingError:
        return False
    return True
