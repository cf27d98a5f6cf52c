"""Work that goes on after the ack, and the quick calls to Slack that handlers make themselves.

Every other message is the relay's (docs/explanation/architecture.md).
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

from envaccess import log
from envaccess.slack.render.blocks import Rendered


class Responder(Protocol):
    """One POST to an interaction's `response_url`. Raises `MessageError` when Slack did not take it."""

    async def answer(self, response_url: str, rendered: Rendered) -> None:
        """A private answer beside the pressed message: ephemeral, replaces nothing."""
        ...

    async def replace(self, response_url: str, rendered: Rendered) -> None:
        """The same in the place of the ephemeral message that the press came from."""
        ...

    async def delete_original(self, response_url: str) -> None:
        """Remove the ephemeral message that the press came from."""
        ...


class Forms(Protocol):
    """`views.open` by the quick client: no waiting on 429. Raises `MessageError`."""

    async def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a modal while the trigger still lives (3 s)."""
        ...


class Background:
    """Tasks that outlive their handler: kept until done, finished on SIGTERM, never failing silently."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start it now and keep it."""
        task = asyncio.get_running_loop().create_task(self._watch(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as fault:  # noqa: BLE001 - nobody awaits this task: its fault ends here, logged
            log.unexpected("background", fault)

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109 - what is left is cancelled, not abandoned
        """Wait until all is done, also what starts meanwhile; False when some had to be cancelled.

        Args:
            timeout: seconds.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        while self._tasks and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return not late
