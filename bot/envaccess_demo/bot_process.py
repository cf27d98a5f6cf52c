"""The real bot as a process of its own, so that it can be killed."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping

from envaccess_demo.child import command, environment
from envaccess_demo.page import Standing


class BotProcess:
    """Starts and kills the bot.

    Args:
        settings: its settings, by the names that they have in the environment.
        connected: returns when the bot is connected to Slack.
        cut: returns when no connection of the bot is left.
        changed: called when it came up or went down.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        connected: Callable[[], Awaitable[object]],
        cut: Callable[[], Awaitable[object]],
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._connected = connected
        self._cut = cut
        self._changed = changed
        self._process: Process | None = None
        self._watching: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self.standing: Standing = "down"

    async def start(self) -> None:
        """Start it if it does not run; it is up when it is connected."""
        async with self._lock:
            if self._process and self._process.returncode is None:
                return
            self._process = await asyncio.create_subprocess_exec(
                *command("envaccess_demo.bot_main"),
                env=environment(self._settings),
                stdin=PIPE,
                stdout=DEVNULL,
                start_new_session=True,  # Ctrl-C is for the demo
            )
            self._stand("starting")
            self._watch(self._note_up(self._process), self._note_down(self._process))

    async def kill(self) -> None:
        """`kill -9` it; returns when it is gone. Does nothing when it does not run."""
        async with self._lock:
            if self._process and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
                await self._cut()
            for task in self._watching:
                task.cancel()
            self._stand("down")

    def _watch(self, *notes: Awaitable[None]) -> None:
        for note in notes:
            task = asyncio.ensure_future(note)
            assert isinstance(task, asyncio.Task)
            self._watching.add(task)
            task.add_done_callback(self._watching.discard)

    async def _note_up(self, process: Process) -> None:
        await self._connected()
        if process is self._process and process.returncode is None:
            self._stand("up")

    async def _note_down(self, process: Process) -> None:
        await process.wait()
        if process is self._process:
            self._stand("down")

    def _stand(self, standing: Standing) -> None:
        self.standing = standing
        self._changed()
