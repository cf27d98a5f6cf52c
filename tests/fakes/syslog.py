"""A stand-in for a receiver of syslog over TLS, on loopback: it reads strictly.

Frames: https://www.rfc-editor.org/rfc/rfc5425#section-4.3 (`MSG-LEN SP SYSLOG-MSG`). Messages:
https://www.rfc-editor.org/rfc/rfc5424#section-6.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_MESSAGE = re.compile(
    rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([!-~]{1,255}) ([!-~]{1,48}) "
    rb"([!-~]{1,128}) ([!-~]{1,32}) -(?: \xef\xbb\xbf(.*))?",
    re.DOTALL,
)


@dataclass
class SyslogStandIn:
    """What came.

    Attributes:
        port: where it listens.
        messages: priority, time, host, application, process, message id and text of each.
        hangs_up_after: bytes after which it breaks the connection off.
        broken: frames that are none.
    """

    port: int = 0
    messages: list[tuple[bytes, ...]] = field(default_factory=list)
    hangs_up_after: int | None = None
    broken: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            if self.hangs_up_after is not None:
                await reader.read(self.hangs_up_after)
                writer.transport.abort()
                return
            self._read(await reader.read())
        writer.close()

    def _read(self, text: bytes) -> None:
        while text:
            length, _, text = text.partition(b" ")
            if not re.fullmatch(rb"[1-9]\d*", length):
                self.broken += 1
                return
            message, text = text[: int(length)], text[int(length) :]
            found = _MESSAGE.fullmatch(message)
            if found and len(message) == int(length):
                message.decode()
                self.messages.append(found.groups())
            else:
                self.broken += 1


@contextlib.asynccontextmanager
async def syslog_service(tls: ssl.SSLContext) -> AsyncIterator[SyslogStandIn]:
    """Run one."""
    service = SyslogStandIn()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0, ssl=tls)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
