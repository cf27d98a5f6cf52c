"""Small adapters around the clock: what people do in a minute, deadlines, shared answers of Slack."""

from envaccess.domain.limits import Act
from envaccess.store.client import nothing_to_check, ours
from envaccess.store.keys import COUNTED, NAMES, TTLS
from envaccess.store.runner import Runner


class RedisThrottle:
    """Law 12's limit: fits `ports.process.Throttle`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def allow(self, op: str, person: str, act: Act = Act.COMMAND) -> bool:
        """Count an act; False above its limit. A count that may have landed is nothing to look after."""
        operation = f"{person}:{op}"
        counted = {NAMES["commands"] + kind + person: str(limit) for kind, limit in COUNTED[act].items()}
        async with nothing_to_check():
            allowed = await self._runner.run(
                "throttle",
                outcome=NAMES["outcome"] + operation,
                told=NAMES["commands"] + operation,
                idle=NAMES["dirty"],
                counted=counted,
                minute=TTLS["minute"],
                repeat=TTLS["repeat"],
            )
        return bool(allowed)


class RedisDeadlines:
    """What time alone brings about: fits `projections.ports.Deadlines`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def settle(self, limit: int) -> float:
        """Run what is overdue; seconds until the next deadline, one at most."""
        wait = int(await self._runner.run("settle", limit=limit))
        return 1.0 if wait < 0 else min(wait / 1000, 1.0)


class RedisCache:
    """Answers of Slack that replicas share: fits `slack.directory.SharedCache`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def get(self, key: str) -> str | None:
        """The stored text, if it is young enough."""
        async with ours():
            found: str | None = await self._runner.client.get(self._runner.key("cache", key))
        return found

    async def put(self, key: str, text: str, milliseconds: int) -> None:
        """Store a text for a while."""
        async with ours(writes=True):
            await self._runner.client.set(self._runner.key("cache", key), text, px=milliseconds)

    async def drop(self, key: str) -> None:
        """Forget it."""
        async with ours(writes=True):
            await self._runner.client.delete(self._runner.key("cache", key))
