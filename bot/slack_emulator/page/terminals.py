"""The terminals of a page, and what one browser does with them."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from slack_emulator.page.requests import TEXT, PageRequest, PageRequestError
from slack_emulator.terminal import Terminal, TerminalError, TerminalProgram, TerminalReader
from slack_emulator.types import Json

COLUMNS = 400
ROWS = 200

_PLACE = 2**53


class PageTerminals:
    """All terminals, by name; a program starts when somebody first opens its terminal."""

    def __init__(self, programs: Sequence[TerminalProgram], changed: Callable[[], None]) -> None:
        self._all = {program.name: Terminal(program, changed) for program in programs}

    def named(self, name: str) -> Terminal:
        """The terminal of this name."""
        found = self._all.get(name)
        if found is None:
            raise PageRequestError("There is no such terminal.")
        return found

    async def end(self) -> None:
        """End every program."""
        await asyncio.gather(*(terminal.end() for terminal in self._all.values()))


class BrowserTerminals:
    """What one browser reads and types."""

    def __init__(self, terminals: PageTerminals) -> None:
        self._terminals = terminals
        self._readers: dict[str, TerminalReader] = {}

    def act(self, request: PageRequest) -> Json:
        """Do what a `terminal` frame asks for; nothing waits, so that what is typed keeps its order.

        Raises:
            PageRequestError: it cannot be done.
        """
        terminal = self._terminals.named(request.text("name"))
        try:
            match request.raw("what"):
                case "open":
                    self._open(terminal, _size(request))
                case "start":
                    terminal.start()
                case "type":
                    terminal.write(request.text("text", TEXT))
                case "size":
                    terminal.resize(_size(request))
                case "drawn":
                    self._reader(terminal).draw(request.whole("at", 0, _PLACE))
                case "close":
                    self._close(terminal.program.name)
                case _:
                    raise PageRequestError("A terminal can open, start, type, size, drawn or close.")
        except TerminalError as error:
            raise PageRequestError(str(error)) from None
        return {}

    def _open(self, terminal: Terminal, size: tuple[int, int]) -> None:
        self._close(terminal.program.name)
        terminal.resize(size)
        if terminal.code is None:
            terminal.start()
        self._readers[terminal.program.name] = TerminalReader(terminal)

    def _reader(self, terminal: Terminal) -> TerminalReader:
        reader = self._readers.get(terminal.program.name)
        if reader is None:
            raise PageRequestError("That terminal is not open here.")
        return reader

    def _close(self, name: str) -> None:
        if reader := self._readers.pop(name, None):
            reader.close()

    def frames(self) -> Iterator[Json]:
        """What is new in the open ones."""
        for reader in list(self._readers.values()):
            if frame := reader.frame():
                yield frame

    def close(self) -> None:
        """The browser is gone; the programs go on."""
        for name in list(self._readers):
            self._close(name)


def _size(request: PageRequest) -> tuple[int, int]:
    return request.whole("columns", 2, COLUMNS), request.whole("rows", 1, ROWS)
