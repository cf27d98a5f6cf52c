"""Takes values out of a stream, however it is cut: what could be the beginning of one is held back."""

from typing import Final

from envaccess.run.forms import SHORTEST, ValueForms
from envaccess.run.search import Match, TextSearch

MASK: Final = b"***"


class Redactor:
    """One stream's. What overlaps is taken out as one.

    Only the beginning of a value is held back, until the next bytes say whether it is one, however long that
    takes: what a pause let out could not be taken back.
    """

    def __init__(self, forms: ValueForms) -> None:
        self._search = TextSearch(forms.forms)
        self._held = b""
        self._covered = 0
        """How many of the first bytes held are part of what was masked already."""

    @property
    def holds(self) -> bool:
        """Whether anything is held back."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """What may go out by now."""
        data = self._held + data if self._held else data
        stop = self._search.unfinished(data)
        matches = self._search.find(data)
        if not matches and stop == len(data) and not self._covered:
            self._held = b""
            return data  # nothing to take out: not copied
        out, end = self._masked(data, matches, stop)
        self._held, self._covered = data[stop:], max(0, end - stop)
        return out

    def finish(self) -> bytes:
        """The rest, once nothing follows; of a value that was cut off, nothing of 6 bytes or more."""
        held, covered = self._held[self._covered :], self._covered
        self._held, self._covered = b"", 0
        return MASK if len(held) >= SHORTEST and not covered else held

    def _masked(self, data: bytes, matches: list[Match], stop: int) -> tuple[bytes, int]:
        """The data before `stop`, and where the last of what is masked ends."""
        out: list[bytes] = []
        end = self._covered
        shown = min(end, stop)
        for begins, ends in matches:
            if begins >= stop:
                break
            if begins >= end:
                out += [data[shown:begins], MASK]
            end = max(end, ends)
            shown = min(end, stop)
        out.append(data[shown:stop])
        return b"".join(out), end
