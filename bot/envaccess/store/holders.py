"""Whoever a deadline waits for: the people whom a sweep asks Slack about (law 4)."""

from collections.abc import Collection
from typing import Final

from envaccess.domain.principal import Principal, read_principal
from envaccess.store.client import ours
from envaccess.store.keys import DEADLINES
from envaccess.store.runner import Runner

_PAGE: Final = 500


async def holders_of(runner: Runner, about: str, owner: str) -> Collection[Principal]:
    """Everybody whose record has a deadline.

    ZSCAN returns whatever is there all the while, also where workers remove entries beside it.

    Args:
        runner: the workspace's scripts.
        about: the kind of record, a word of `DEADLINES`.
        owner: its field that says whose it is.
    """
    key, client = runner.key, runner.client
    found: set[Principal] = set()
    cursor = 0
    while True:
        async with ours():
            cursor, page = await client.zscan(key("deadlines"), cursor, count=_PAGE)
            pipe = client.pipeline(transaction=False)
            for entry, _ in page:
                kind, _, record = entry.partition(":")
                if DEADLINES.get(kind) == about:
                    pipe.hmget(key(about, record), owner, "behind")
            kept = await pipe.execute()
        found.update(read_principal(who, behind or "") for who, behind in kept if who)
        if not cursor:
            return found
