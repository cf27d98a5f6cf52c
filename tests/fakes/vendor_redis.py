"""A Redis of a vendor, as its documentation says that it answers: a real server behind a proxy that refuses.

ElastiCache and MemoryDB restrict commands, and answer `unknown command`
(docs.aws.amazon.com/AmazonElastiCache/latest/dg/ClientConfig.RestrictedCommands.html); Memorystore's default
policy is volatile-lru (cloud.google.com/memorystore/docs/redis/supported-redis-configurations); Dragonfly
refuses keys that a script did not name (dragonflydb.io/docs/managing-dragonfly/scripting).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Words = list[bytes]
INFO = {
    "elasticache": {"os": "Amazon ElastiCache", "maxmemory_policy": "volatile-lru", "aof_enabled": "0"},
    "memorydb": {"os": "Amazon MemoryDB", "aof_enabled": "0"},
    "memorystore": {"maxmemory_policy": "volatile-lru", "aof_enabled": "0"},
    "azure": {"maxmemory_policy": "volatile-lru", "aof_enabled": "0"},
    "upstash": {"upstash_version": "1.12.0", "maxmemory_policy": "optimistic-volatile", "aof_enabled": "0"},
    "dragonfly": {"dragonfly_version": "df-v1.30.0", "maxmemory_policy": "eviction", "aof_enabled": "0"},
}
"""What each says of itself otherwise than a server of one's own does."""
UNKNOWN = {
    "elasticache": ("CONFIG", "ACL|DRYRUN"),
    "memorydb": ("CONFIG", "ACL|DRYRUN"),
    "memorystore": ("CONFIG", "ACL"),
    "azure": ("CONFIG", "ACL"),
    "upstash": ("CONFIG", "WAIT", "ACL"),
    "dragonfly": ("ACL|DRYRUN",),
}
"""Commands that each does not have, or keeps for itself."""
_UNDECLARED = b"-ERR Error running script: script tried accessing undeclared key, key: x\r\n"


@dataclass
class VendorRedis:
    """Answers as a vendor's server.

    Attributes:
        vendor: a word of `INFO`.
        behind: the socket of the real server.
    """

    vendor: str
    behind: Path
    info: Mapping[str, str] = field(init=False)
    _serving: set["asyncio.Task[None] | None"] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.info = INFO[self.vendor]

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Its address."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            for one in list(filter(None, self._serving)):
                one.cancel()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(task := asyncio.current_task())
        theirs, ours = await asyncio.open_unix_connection(self.behind)
        try:
            while True:
                raw, words = await _request(reader)
                answer = self._refused(words)
                if answer is None:
                    ours.write(raw)
                    answer = self._changed(words, await _reply(theirs))
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            for stream in (ours, writer):
                stream.close()
            self._serving.discard(task)

    def _refused(self, words: Words) -> bytes | None:
        name = words[0].upper().decode()
        whole = f"{name}|{words[1].upper().decode()}" if len(words) > 1 and len(words[1]) < 20 else name
        if {name, whole} & set(UNKNOWN[self.vendor]):
            return f"-ERR unknown command '{name}'\r\n".encode()
        if self.vendor == "dragonfly" and name == "EVAL" and b"EXISTS" in words[1]:
            return _UNDECLARED
        return None

    def _changed(self, words: Words, answer: bytes) -> bytes:
        name = words[0].upper()
        if name == b"COMMAND":
            return self._without_unknown(words)
        if name != b"INFO":
            return answer
        lines = answer.partition(b"\r\n")[2].decode().split("\r\n")
        kept = [line for line in lines if line.partition(":")[0] not in self.info]
        text = "\r\n".join([f"{key}:{said}" for key, said in self.info.items()] + kept).encode()
        return b"$%d\r\n%s\r\n" % (len(text), text)

    def _without_unknown(self, words: Words) -> bytes:
        """An array with nothing in the place of each command that is not there."""
        return b"*%d\r\n" % len(words[2:]) + b"".join(
            b"*-1\r\n" if word.decode() in UNKNOWN[self.vendor] else b"*1\r\n+there\r\n" for word in words[2:]
        )


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, Words]:
    raw = await reader.readuntil(b"\r\n")
    words = []
    for _ in range(int(raw[1:])):
        size = await reader.readuntil(b"\r\n")
        text = await reader.readexactly(int(size[1:]) + 2)
        raw += size + text
        words.append(text[:-2])
    return raw, words


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """One whole answer, as bytes."""
    line = await reader.readuntil(b"\r\n")
    kind, count = line[:1], line[1:-2]
    if kind in b"$=" and int(count) >= 0:
        return line + await reader.readexactly(int(count) + 2)
    if kind in b"*~>%" and int(count) > 0:
        parts = int(count) * (2 if kind == b"%" else 1)
        return line + b"".join([await _reply(reader) for _ in range(parts)])
    return line
