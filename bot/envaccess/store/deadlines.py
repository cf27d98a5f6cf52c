"""Settle what time alone brings about: fits `projections.ports.Deadlines`."""

from envaccess.store.runner import Runner


class RedisDeadlines:
    """What time alone brings about: fits `projections.ports.Deadlines`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def settle(self, limit: int) -> float:
        """Run what is overdue; seconds until the next deadline, one at most."""
        wait = int(await self._runner.run("settle", limit=limit))
        return 1.0 if wait < 0 else min(wait / 1000, 1.0)
