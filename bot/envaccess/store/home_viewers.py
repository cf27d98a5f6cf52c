"""Who may be looking at their Home tab: fits `projections.home_tabs.HomeViewers`."""

import json
from collections.abc import Mapping

from envaccess.store.client import ours
from envaccess.store.records import read_time
from envaccess.store.runner import Runner

LOOKING_MILLISECONDS = 900_000
"""A tab that was opened or used so lately may still be looked at."""
_MOST = 200


class RedisHomeViewers:
    """One workspace's."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def looking(self, person: str, pages: Mapping[str, int]) -> None:
        """Somebody opened it, or turned a page."""
        key, client = self._runner.key, self._runner.client
        async with ours():  # in doubt it counts as not made: nobody could look for it
            now = read_time(await client.time())
            pipe = client.pipeline(transaction=True)
            pipe.zadd(key("homes"), {person: now})
            pipe.zremrangebyscore(key("homes"), "-inf", now - LOOKING_MILLISECONDS)
            pipe.pexpire(key("homes"), LOOKING_MILLISECONDS)
            pipe.set(key("pages", person), json.dumps(dict(pages)), px=LOOKING_MILLISECONDS)
            await pipe.execute()

    async def lately(self) -> Mapping[str, Mapping[str, int]]:
        """Everybody who may be looking, those who looked last first, with their pages."""
        key, client = self._runner.key, self._runner.client
        async with ours():
            people = await client.zrange(key("homes"), 0, _MOST - 1, desc=True)
            found = await client.mget([key("pages", person) for person in people]) if people else []
        return {person: json.loads(text) for person, text in zip(people, found, strict=True) if text}
