"""A sink that takes syslog (RFC 5424) over TLS (RFC 5425), with its certificate checked.

The protocol has no answer. A batch counts as accepted when the receiver has closed the connection in good
order after ours; what is on its way when a receiver dies may be lost (RFC 5424, 8.5).
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from typing import Final

from envaccess.audit.formats import Format, encode
from envaccess.audit.formats.classes import Severity, class_of
from envaccess.domain.audit import Event, rfc3339
from envaccess.domain.sinks import SinkSpec
from envaccess.http.outgoing_addresses import refuse_address
from envaccess.projections.sinks.ports import EncodedEvent, SinkError, SinkLimits
from envaccess.sinks.outgoing import refused_address, trust

_AUDIT: Final = 13
"""The facility *log audit*."""
_LEVEL: Final[Mapping[Severity, int]] = {
    Severity.INFORMATIONAL: 6,
    Severity.LOW: 5,
    Severity.MEDIUM: 4,
    Severity.HIGH: 2,
}
"""Informational, notice, warning, critical."""
_MESSAGE_ID_MOST: Final = 32
_BOM: Final = b"\xef\xbb\xbf"
_CLOSE_SECONDS: Final = 5.0


class SyslogSink:
    """Writes messages to a host, a connection a batch."""

    limits = SinkLimits(one=8_192)
    """Receivers should take 8,192 octets (RFC 5425, 4.3.1)."""

    def __init__(self, spec: SinkSpec) -> None:
        self.name = spec.name
        self._spec, self._form = spec, Format(spec.form)
        self._host, _, port = spec.place.rpartition(":")
        self._port = int(port)

    def encode(self, event: Event) -> bytes:
        """One message with its length before it."""
        priority = _AUDIT * 8 + _LEVEL[class_of(event.event).severity]
        tag = "".join(letter if "!" <= letter <= "~" else "?" for letter in event.event[:_MESSAGE_ID_MOST])
        head = f"<{priority}>1 {rfc3339(event.at)} {self._spec.further.get('hostname', '-')} envaccess - "
        message = f"{head}{tag or '-'} - ".encode() + _BOM + encode(self._form, event).encode()
        return f"{len(message)} ".encode() + message

    async def send(self, batch: Sequence[EncodedEvent]) -> None:
        """Connect, write, and wait until the receiver has closed as well."""
        try:
            address = await self._resolve()
            await self._write(address, b"".join(one.text for one in batch))
        except OSError as error:  # what TLS refuses is one, too
            raise SinkError(f"it could not be reached ({type(error).__name__})") from None

    async def _write(self, address: str, messages: bytes) -> None:
        _, writer = await asyncio.open_connection(
            address,
            self._port,
            ssl=trust(self._spec.authority),
            server_hostname=self._host,
            ssl_shutdown_timeout=_CLOSE_SECONDS,
        )
        try:
            writer.write(messages)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        finally:
            writer.transport.abort()

    async def _resolve(self) -> str:
        """An address of the host, all of which may be called."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        addresses = [str(place[4][0]) for place in found]
        for address in addresses:
            if fault := refuse_address(address, private=self._spec.private):
                raise refused_address(fault)
        return addresses[0]
