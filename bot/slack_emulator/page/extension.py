"""What a host of the page adds to it: controls, facts about what lies behind Slack, a clock of its own."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path

from slack_emulator.messages import Message
from slack_emulator.page.requests import PageRequest
from slack_emulator.terminal import TerminalProgram
from slack_emulator.types import Json
from slack_emulator.views import View

Control = Callable[[PageRequest], Awaitable[Json]]
"""Does what one kind of frame asks for, and returns what its answer carries."""

_LOG = logging.getLogger("slack_emulator.page")


class PageExtension:
    """Adds nothing: override what is needed.

    Attributes:
        static: a folder whose files are served under `static/` before the page's own of the same name; its
            `extension.js` says what the browser shows.
        refusals: errors of the controls whose sentence may be shown to the person at the page.
    """

    static: Path | None = None
    refusals: tuple[type[Exception], ...] = ()

    @property
    def controls(self) -> Mapping[str, Control]:
        """More things to do, by the word that frames have in `do`."""
        return {}

    @property
    def programs(self) -> Sequence[TerminalProgram]:
        """What can be run at the page in a terminal, for as long as it is served.

        Whoever has the page's address can type into them, with all that this user of the machine may do: give
        a program that does only what it should, not a shell.
        """
        return ()

    @property
    def now(self) -> int:
        """The page's time, milliseconds since the epoch."""
        return int(time.time() * 1000)

    def state(self) -> Json:
        """More fields of the `state` frame."""
        return {}

    def feed(self) -> Callable[[], Iterator[Json]]:
        """For one browser: a function whose every call gives the frames that are new to it."""
        return lambda: iter(())

    def show_message(self, _message: Message, shape: Json) -> Json:
        """A message as the page is given it, changed if need be."""
        return shape

    def show_view(self, _view: View, shape: Json) -> Json:
        """A view as the page is given it, changed if need be."""
        return shape

    async def run(self) -> None:
        """Work of the extension while the page is served; cancelled at its end."""
        await asyncio.Event().wait()

    def report(self, what: str, error: Exception) -> None:
        """Note a fault of the page itself: only the type, for the words may hold what people typed."""
        _LOG.error("%s: %s", what, type(error).__name__)
