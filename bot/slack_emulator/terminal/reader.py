"""One browser's view of a terminal: what it was given, and what it says that it has drawn."""

import base64
from typing import Final

from slack_emulator.terminal.terminal import Terminal
from slack_emulator.types import Json

_FRAME: Final = 131_072
"""Bytes of output in one frame, but for the first, which has everything."""


class TerminalReader:
    """Gives the next frame once the last was drawn, so that a flood never piles up on its way.

    Attributes:
        seen: the place up to which the browser has drawn; -1 before it has drawn anything.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._given = -1
        self._told: Json = {}
        self.seen = -1
        terminal.readers.add(self)

    def close(self) -> None:
        """Read no more; the program goes on."""
        self._terminal.readers.discard(self)
        self._terminal.settle()

    def draw(self, place: int) -> None:
        """The browser has drawn up to there."""
        self.seen = max(self.seen, min(place, self._given))
        self._terminal.settle()

    def frame(self) -> Json | None:
        """What is new, if the browser has drawn what it was given. It counts as given.

        `fresh` says that the screen is to be cleared: it is the first frame, or something between was lost.
        """
        scrollback, facts = self._terminal.scrollback, self._facts()
        if self._given > self.seen or (self._given == scrollback.total and facts == self._told):
            return None
        fresh = self._given < scrollback.first
        data = scrollback.since(self._given) if fresh else scrollback.since(self._given)[:_FRAME]
        self._given = (scrollback.first if fresh else self._given) + len(data)
        self._told = facts
        return {
            "type": "terminal",
            **facts,
            "fresh": fresh,
            "at": self._given,
            "data": base64.b64encode(data).decode(),
        }

    def _facts(self) -> Json:
        columns, rows = self._terminal.size
        return {
            "name": self._terminal.program.name,
            "running": self._terminal.running,
            "code": self._terminal.code,
            "columns": columns,
            "rows": rows,
        }
