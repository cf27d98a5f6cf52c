"""The newest that a program wrote, addressed by how much there was before it."""

from typing import Final

KEPT: Final = 262_144
"""Bytes."""

_LONGEST_LINE: Final = 4_096


class Scrollback:
    """Bytes in order; the oldest are dropped, at the end of a line where there is one.

    Attributes:
        total: how many bytes were ever added, and so the place after the last.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._bytes = bytearray()
        self.total = 0

    @property
    def first(self) -> int:
        """The place of the oldest byte that is still there."""
        return self.total - len(self._bytes)

    def add(self, data: bytes) -> None:
        """Add to the end."""
        self._bytes += data
        self.total += len(data)
        if len(self._bytes) > self._kept:
            self._drop(len(self._bytes) - self._kept)

    def _drop(self, least: int) -> None:
        """Cut there or, so that no character and no colour is cut in two, after that line."""
        end = self._bytes.find(b"\n", least, least + _LONGEST_LINE)
        del self._bytes[: end + 1 if end >= 0 else least]

    def clear(self) -> None:
        """Forget what there is; places go on."""
        self._bytes.clear()

    def since(self, place: int) -> bytes:
        """What is kept from this place on."""
        return bytes(self._bytes[max(0, place - self.first) :])
