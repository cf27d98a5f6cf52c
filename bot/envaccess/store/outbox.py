"""What the relay has still to show, and what time alone brings about: fits `projections.ports`."""

from envaccess.domain.render_batch import RenderBatch
from envaccess.domain.request import Request
from envaccess.store.request_reader import RequestReader
from envaccess.store.runner import Runner

_SORTED_AT_ONCE = 50
"""Marks that one step sorts into the queues: each is read whole, in some microseconds."""

_PUT_ASIDE = 300.0
"""Seconds after which a refused record is looked at again."""


class RedisOutbox:
    """One workspace's outbox, seen by one process.

    Args:
        runner: the workspace's scripts.
        token: names this process in the lease.
        reader: reads records, and tells of those that it refuses.
    """

    def __init__(self, runner: Runner, token: str, reader: RequestReader) -> None:
        self._runner = runner
        self.token = token
        self._reader = reader

    async def lead(self) -> bool:
        """Take or keep the lease."""
        return bool(await self._runner.run("lead", token=self.token))

    async def resign(self) -> None:
        """Give the lease up."""
        await self._runner.run("resign", token=self.token)

    async def due(self, limit: int, posts: int) -> RenderBatch:
        """What is to be rendered now; a refused record is put aside, so that a later version renders it."""
        most = max(limit, _SORTED_AT_ONCE)
        answer = await self._runner.outcome("due", limit=limit, posts=posts, sorted=most)
        postings, drawings = (answer[queue].split(",") for queue in ("postings", "drawings"))
        ids = list(dict.fromkeys(filter(None, [*postings, *drawings])))
        loaded = await self._reader.load(ids)
        found = {request.id: request for request in loaded.requests}
        refused = {error.request for error in loaded.refused}
        for request in ids:
            if request in refused:
                await self.delay(request, _PUT_ASIDE)
            elif request not in found:
                await self.shown(request)
        return RenderBatch(
            postings=[found[request] for request in postings if request in found],
            drawings=[found[request] for request in drawings if request in found],
            posts=answer["posts"],
            wait=1.0 if answer["wait"] < 0 else min(answer["wait"] / 1000, 1.0),
        )

    async def get(self, request: str) -> Request | None:
        """One request, as it stands."""
        return await self._reader.get(request)

    async def shown(self, request: str, **surfaces: str | int) -> None:
        """Store what is shown; clears the mark if nothing is left to show."""
        texts = {name: str(value) for name, value in surfaces.items()}
        await self._runner.run("shown", id=request, surfaces=texts)

    async def forget_orphan(self, request: str, mark: str) -> None:
        """Forget an orphaned message that is deleted."""
        await self._runner.run("forget_orphan", id=request, mark=mark)

    async def delay(self, request: str, seconds: float, *, posts: bool = True) -> None:
        """Try this one again later."""
        await self._runner.run("delay", id=request, milliseconds=int(seconds * 1000), posts=int(posts))


class RedisDeadlines:
    """What time alone brings about: fits `projections.ports.Deadlines`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def settle(self, limit: int) -> float:
        """Run what is overdue; seconds until the next deadline, one at most."""
        wait = int(await self._runner.run("settle", limit=limit))
        return 1.0 if wait < 0 else min(wait / 1000, 1.0)
