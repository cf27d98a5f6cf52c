"""Write a backup's keys into a workspace that nobody serves, and end what was live in it.

From its first write to its last step a mark (`restoring` in store/keys.py) says that the store is not whole.
Nothing is served while it is there, so a restore that is killed leaves nothing that anybody could use; the
next one deletes what it left.
"""

from collections.abc import Iterable, Mapping
from contextlib import aclosing
from typing import Any, Final

from envaccess.domain.audit import NO_EVENT, Actor
from envaccess.domain.backup import KeyPart
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.errors import RestoreRefusedError
from envaccess.store.client import PAGE_SECONDS, name_pages, ours
from envaccess.store.exclusive import ExclusiveLease
from envaccess.store.health import is_restoring
from envaccess.store.runner import Runner

_COMMANDS: Final = 500
"""Items that are written at once, about."""
_REFUSED: Final = {
    "served": "Somebody serves or restores this workspace, or did in the last ten seconds: stop them first",
    "holds": "The store holds this workspace already: --replace deletes what is there first",
}
"""Why no restore begins."""


class RestoreWriter:
    """One restore of one workspace.

    Args:
        runner: the workspace's scripts.
        token: names this restore in the lease that the serving process has otherwise.
    """

    def __init__(self, runner: Runner, token: str) -> None:
        self._runner = runner
        self._client: Any = runner.client
        self._lease = ExclusiveLease(runner, token)

    async def begin(self, about: str, *, replace: bool) -> str:
        """Take the workspace; returns the last event of what is to be deleted there, or nothing.

        Raises:
            RestoreRefusedError: somebody serves it, or it holds something that must not be replaced.
            StoreError: Redis could not do it.
        """
        if not replace and not await is_restoring(self._runner) and await self._holds_anything():
            raise RestoreRefusedError(f"{_REFUSED['holds']}.")
        last = await self._last()
        answer = await self._runner.outcome(
            "begin_restore", token=self._lease.token, replace=str(int(replace)), about=about
        )
        if "refused" in answer:
            raise RestoreRefusedError(f"{_REFUSED[answer['refused']]}.")
        return "" if answer["unfinished"] or last == NO_EVENT else last

    async def clear(self) -> None:
        """Delete every key of the workspace but what says that it is being restored."""
        async for page in self._lease.names():
            if old := self._others(page):
                async with ours(PAGE_SECONDS, writes=True):
                    await self._client.delete(*old)

    async def write(self, parts: Iterable[KeyPart]) -> None:
        """Write what a backup holds. What has ended since then is not there.

        Raises:
            BackupFileError: `parts` found a fault.
        """
        pipe, waiting = self._client.pipeline(transaction=False), 0
        for part in parts:
            waiting += _write(pipe, self._runner.prefix + part.key, part)
            if waiting >= _COMMANDS:
                await self._send(pipe)
                pipe, waiting = self._client.pipeline(transaction=False), 0
        await self._send(pipe)

    async def _send(self, pipe: Any) -> None:  # noqa: ANN401 - redis-py's annotations cannot tell the answers
        await self._lease.keep()
        async with ours(PAGE_SECONDS, writes=True):
            await pipe.execute()

    async def end_live(self, actor: Actor) -> tuple[int, int]:
        """End every grant that is live and every request that waits; returns how many of each."""
        return await self._lease.end_live(actor, EndReason.RESTORED)

    async def finish(self, actor: Actor, detail: Mapping[str, str]) -> None:
        """Write down that it is done, and let it be served; in one step."""
        await self._lease.keep()
        await self._runner.run(
            "finish_restore", token=self._lease.token, actor=str(actor), detail=dict(detail)
        )

    async def _last(self) -> str:
        async with ours():
            found = await self._client.xrevrange(self._runner.key("audit"), count=1)
        return str(found[0][0]) if found else NO_EVENT

    async def _holds_anything(self) -> bool:
        async with aclosing(name_pages(self._client, f"{self._runner.prefix}*", PAGE_SECONDS)) as pages:
            async for page in pages:
                if self._others(page):
                    return True
        return False

    def _others(self, names: Iterable[str]) -> list[str]:
        """Without what says that the workspace is being restored."""
        own = {self._runner.key("restoring"), self._runner.key("lease")}
        return [name for name in names if name not in own]


def _write(pipe: Any, name: str, part: KeyPart) -> int:  # noqa: ANN401 - redis-py's pipeline
    """Add the commands that write a part; returns about how many items they are."""
    if not part.part:
        pipe.delete(name)
    held = part.holds
    if held:
        _WRITERS[part.type](pipe, name, held)
    elif part.type == "string":
        pipe.set(name, "")
    if part.ends:
        pipe.pexpireat(name, part.ends)
    return 1 if isinstance(held, str) else 1 + len(held)


def _add_entries(pipe: Any, name: str, held: Any) -> None:  # noqa: ANN401 - the same
    for entry, fields in held:
        pipe.xadd(name, fields, id=entry)


_WRITERS: Final[Mapping[str, Any]] = {
    "string": lambda pipe, name, held: pipe.set(name, held),
    "hash": lambda pipe, name, held: pipe.hset(name, mapping=held),
    "zset": lambda pipe, name, held: pipe.zadd(name, dict(held)),
    "set": lambda pipe, name, held: pipe.sadd(name, *held),
    "list": lambda pipe, name, held: pipe.rpush(name, *held),
    "stream": _add_entries,
}
"""How a part is written, by its type."""
