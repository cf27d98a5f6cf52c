"""What the relay has still to show: fits `services.ports.Outbox`."""

from collections.abc import Sequence

from bot.domain.request import Request, State
from bot.store.client import ours
from bot.store.records import load
from bot.store.runner import Runner


class RedisOutbox:
    """One workspace's outbox, seen by one process.

    Args:
        runner: the workspace's scripts.
        token: names this process in the lease.
    """

    def __init__(self, runner: Runner, token: str) -> None:
        self._runner = runner
        self._token = token

    async def lead(self) -> bool:
        """Take or keep the lease."""
        return bool(await self._runner.run("lead", token=self._token))

    async def resign(self) -> None:
        """Give the lease up."""
        await self._runner.run("resign", token=self._token)

    async def due(self, limit: int) -> tuple[Sequence[Request], float]:
        """Requests to draw, decided ones first; and seconds until the next, one at most."""
        answer = await self._runner.outcome("due", limit=limit)
        ids = [request for request in answer["ids"].split(",") if request]
        found = await load(self._runner, ids)
        for gone in set(ids) - {request.id for request in found}:
            await self.shown(gone)
        wait = 1.0 if answer["wait"] < 0 else min(answer["wait"] / 1000, 1.0)
        return sorted(found, key=lambda request: request.state is State.PENDING), wait

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        found = await load(self._runner, [request])
        return found[0] if found else None

    async def shown(self, request: str, **surfaces: str | int) -> None:
        """Store what is shown; clears the mark if nothing is left to show."""
        texts = {name: str(value) for name, value in surfaces.items()}
        await self._runner.run("shown", id=request, surfaces=texts)

    async def unstray(self, request: str, mark: str) -> None:
        """Forget a stray message that is deleted."""
        await self._runner.run("unstray", id=request, mark=mark)

    async def delay(self, request: str, seconds: float) -> None:
        """Try this one again later."""
        await self._runner.run("delay", id=request, milliseconds=int(seconds * 1000))

    async def cursor(self) -> str:
        """The last event whose line is in the audit channel."""
        async with ours():
            return str(await self._runner.client.get(self._runner.key("cursor")) or "0-0")

    async def move_cursor(self, event: str) -> None:
        """That line is posted."""
        await self._runner.run("move_cursor", event=event)
