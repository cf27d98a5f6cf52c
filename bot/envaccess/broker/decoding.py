"""Bodies that are encoded although that was not asked for: what is looked through is what leaves."""

import zlib
from collections.abc import Iterator
from typing import Final

from envaccess.broker.errors import CallRefusedError, bad_answer

_PART: Final = 65_536
_MOST: Final = 256 * 1024 * 1024
"""Bytes of a body that was decoded: a small answer must not become an endless one."""
_WINDOWS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
_PLAIN: Final = frozenset({"", "identity"})


class BodyDecoder:
    """One body's.

    Args:
        encoding: what `Content-Encoding` says, all of its headers joined.

    Raises:
        CallRefusedError: an encoding that cannot be looked through.
    """

    def __init__(self, encoding: str) -> None:
        named = encoding.strip().lower()
        self.plain = named in _PLAIN
        if not self.plain and named not in _WINDOWS:
            raise bad_answer(
                "encoding",
                "The service answers in an encoding that the broker did not ask for and cannot look through.",
            )
        self._inflate = None if self.plain else zlib.decompressobj(_WINDOWS[named])
        self._came, self._began = 0, False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What it decodes to, in parts. Raises `CallRefusedError` where it is broken or too long."""
        if self._inflate is None:
            yield data
            return
        self._began = self._began or bool(data)
        while data:
            try:
                part = self._inflate.decompress(data, _PART)
            except zlib.error:
                raise _broken() from None
            self._came += len(part)
            if self._came > _MOST or (self._inflate.eof and self._inflate.unused_data):
                raise _broken()
            data = self._inflate.unconsumed_tail
            if part:
                yield part

    def finish(self) -> bytes:
        """The rest, once nothing follows. Raises `CallRefusedError` where something should."""
        if self._inflate is None or not self._began:
            return b""
        rest = self._inflate.flush()
        if not self._inflate.eof:
            raise _broken()
        return rest


def _broken() -> CallRefusedError:
    return bad_answer("encoding", "The service's answer cannot be decoded.")
