"""Try a sink with one event, for whoever sets it up."""

import asyncio

from envaccess.domain.audit import Event
from envaccess.projections.sinks.loop import TRY_SECONDS
from envaccess.projections.sinks.ports import EncodedEvent, Sink, SinkError


async def try_sink(sink: Sink, event: Event) -> str:
    """Send one event; why it was not taken, empty where it was."""
    one = EncodedEvent(event.id, event.event, event.at, sink.encode(event))
    try:
        async with asyncio.timeout(TRY_SECONDS):
            await sink.send([one])
    except TimeoutError:
        return "it did not answer in time"
    except SinkError as error:
        return str(error)
    return ""
