"""Answers of Slack that all processes of a workspace share: fits `slack.ttl_cache.SharedCache`."""

from envaccess.store.client import ours
from envaccess.store.runner import Runner


class RedisCache:
    """Answers of Slack that replicas share: fits `slack.ttl_cache.SharedCache`."""

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
